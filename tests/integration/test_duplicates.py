"""Duplicates in five layers: recognised, linked to the first, answered as the partner's profile says (promise 4)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from channels.channel import Codec
from hub.node.arrivals import UNAVAILABLE, UnderWay
from hub.operator import administration
from hub.operator.operations import replay
from hub.pipeline import flow, record
from hub.services import HubServices
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.schema.records import StoredDocument, Transmission
from hub.store.store import Store
from hub.store.traffic import interchanges, transmissions
from tests.integration.stepping import SteppedHub, profile, sent_after, stepped_hub
from tests.integration.x12_text import Isa, body_of, group, purchase_order
from tests.receiving import Arrival, receive

RESENT = int(os.environ.get("FAULT_RESENT", "25"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "3"))

ORDER = group("PO", purchase_order())
GOOD = Isa().around(ORDER)
SAME_ORDER = Isa(number="000000043").around(ORDER)
CHANGED_ORDER = Isa(number="000000044").around(group("PO", purchase_order(lines=["PO1*1*13*EA*9.95"]), number="9"))
ACCEPTED = "AK1*PO*7\nAK2*850*0001\nAK5*A\nAK9*A*1*1*1"


@contextmanager
def hub_with(store: Store, folder: Path, **layers: str) -> Iterator[SteppedHub]:
    """A hub whose partner's profile says this of duplicates."""
    lines = "".join(f"\n  {layer}: {what}" for layer, what in layers.items())
    with stepped_hub(store, folder, profile() + (f"duplicates:{lines}\n" if layers else "")) as hub:
        yield hub


def document_of(hub: SteppedHub, taken: Transmission) -> StoredDocument:
    (found,) = [d for d in hub.documents_of(taken) if d.direction == "inbound"]
    return found


def delivered(hub: SteppedHub) -> int:
    return len(list(hub.erp.iterdir()))


def test_whatever_is_sent_again_takes_effect_once_and_gets_the_first_answer_each_time(
    store: Store, tmp_path: Path
) -> None:
    with hub_with(store, tmp_path) as hub:
        first = hub.take(GOOD)
        answer = hub.leave()
        assert [body_of(text) for text in answer] == [ACCEPTED]
        for number in range(RESENT):
            again = hub.take(GOOD) if number % 2 else by_hand(hub, GOOD)
            assert (again.status, again.duplicate_of) == (ArrivalStatus.DUPLICATE, first.id)
            assert hub.leave() == answer, "the same bytes under the same control numbers"
        assert delivered(hub) == 1
        assert hub.work_items() == []


def test_a_duplicate_that_comes_before_the_first_is_answered_gets_that_answer_once(
    store: Store, tmp_path: Path
) -> None:
    with hub_with(store, tmp_path) as hub:
        hub.take(GOOD)
        assert hub.take(GOOD).status == ArrivalStatus.DUPLICATE
        assert [body_of(text) for text in hub.leave()] == [ACCEPTED]


def test_a_duplicate_that_comes_while_another_node_writes_down_that_the_first_answer_left_gets_it_again(
    emptied_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite one writes at a time."""
    with closing(Store(emptied_postgres_url, tmp_path / "data")) as store, hub_with(store, tmp_path) as hub:
        first = hub.take(GOOD)
        (answer,) = hub.compose()
        sent_after(monkeypatch, hub, "of_document")
        again = hub.take(GOOD)
        assert (again.status, again.duplicate_of) == (ArrivalStatus.DUPLICATE, first.id)
        assert hub.leave() == [answer], "it had left, so it leaves once more"


@pytest.mark.parametrize("layer", ["content", "interchange"])
def test_an_interchange_again_may_be_refused_and_its_sender_told(store: Store, tmp_path: Path, layer: str) -> None:
    layers = {"content": "reject", "interchange": "accept_and_answer_again"}
    layers = layers if layer == "content" else dict.fromkeys(layers, "reject")
    beside = b"" if layer == "content" else b"\r\n"
    with hub_with(store, tmp_path, **layers) as hub:
        first = hub.take(GOOD)
        hub.leave()
        again = hub.take(GOOD + beside)
        assert (again.status, again.duplicate_of) == (ArrivalStatus.REJECTED, first.id if layer == "content" else None)
        assert first.id in (again.reason or "")
        (told,) = hub.leave()
        assert "TA1*000000042" in told
        assert "*R*025" in told
        assert delivered(hub) == 1


def test_the_same_bytes_may_wait_for_a_person_who_can_let_them_pass(store: Store, tmp_path: Path) -> None:
    with hub_with(store, tmp_path, content="hold", document="hold") as hub:
        first = hub.take(GOOD)
        hub.leave()
        again = hub.take(GOOD)
        assert (again.status, again.duplicate_of) == (ArrivalStatus.QUARANTINED, first.id)
        assert hub.leave() == [], "nobody is answered before a person has looked"
        assert [item.kind for item in hub.work_items()] == ["quarantine"]
        replay(hub.services, [again.id], reason="they mean it", actor="test")
        passed = hub.take(b"nothing")  # works what waits
        assert passed.status == ArrivalStatus.REJECTED
        assert [body_of(text) for text in hub.leave()] == [ACCEPTED]
        assert delivered(hub) == 1, "the document is still the one that came before"


@pytest.mark.parametrize(
    ("what", "status", "effects"),
    [
        ("accept_and_answer_again", DocumentStatus.DUPLICATE, 1),
        ("hold", DocumentStatus.HELD, 1),
        ("reject", DocumentStatus.REJECTED, 1),
    ],
)
def test_the_same_document_in_another_interchange(
    store: Store, tmp_path: Path, what: str, status: str, effects: int
) -> None:
    with hub_with(store, tmp_path, document=what) as hub:
        first = document_of(hub, hub.take(GOOD))
        same = document_of(hub, hub.take(SAME_ORDER))
        assert (same.status, first.id in (same.reason or "")) == (status, True)
        assert [body_of(text) for text in hub.leave()] == [ACCEPTED] * 2, "its syntax is sound"
        assert delivered(hub) == effects


@pytest.mark.parametrize(("what", "status"), [("hold", DocumentStatus.HELD), ("reject", DocumentStatus.REJECTED)])
def test_other_content_under_a_used_document_number(store: Store, tmp_path: Path, what: str, status: str) -> None:
    with hub_with(store, tmp_path, identity=what) as hub:
        first = document_of(hub, hub.take(GOOD))
        other = document_of(hub, hub.take(CHANGED_ORDER))
        assert (other.status, first.id in (other.reason or "")) == (status, True)
        hub.leave()
        assert delivered(hub) == 1


@pytest.mark.parametrize(("layer", "repeated"), [("document", SAME_ORDER), ("identity", CHANGED_ORDER)])
def test_a_document_that_is_refused_is_answered_by_an_advice_that_names_its_first(
    store: Store, tmp_path: Path, layer: str, repeated: bytes
) -> None:
    agreed = "  - {type: application_advice, direction: outbound, channel: files}\n"
    with hub_with(store, tmp_path, **{layer: "reject"}) as hub:
        hub.apply(profile() + agreed + f"duplicates:\n  {layer}: reject\n")
        first = document_of(hub, hub.take(GOOD))
        hub.leave()
        refused = document_of(hub, hub.take(repeated))
        assert (refused.status, refused.findings[-1]["value"]) == (DocumentStatus.REJECTED, first.id)
        left = hub.leave()
        (advice,) = [text for text in left if "ST*824" in text]
        assert ["AK5*A" in text for text in left if text != advice] == [True], "its syntax is sound"
        said = [segment.strip() for segment in advice.split("~")]
        assert [one for one in said if one.startswith("TED*DUP*")], said
        assert [one[:15] for one in said if one.startswith("OTI*")] == ["OTI*TR*PO*PO-1*"]
        assert first.id in " ".join(said)
        assert hub.take(repeated).status == ArrivalStatus.DUPLICATE
        assert sorted(hub.leave()) == sorted(left), "the same again is told the same"
        assert delivered(hub) == 1


def test_a_used_group_number_is_nothing_unless_the_profile_says_so(store: Store, tmp_path: Path) -> None:
    other = Isa(number="000000045").around(group("PO", purchase_order(order="PO-2")))
    with hub_with(store, tmp_path) as hub:
        hub.take(GOOD)
        assert hub.take(other).status == ArrivalStatus.PROCESSED
    with hub_with(store, tmp_path, group="hold") as hub:
        third = Isa(number="000000046").around(group("PO", purchase_order(order="PO-3")))
        held = hub.take(third)
        assert held.status == ArrivalStatus.QUARANTINED
        assert "Functional group 7 was already received" in (held.reason or "")
        new = Isa(number="000000047").around(group("PO", purchase_order(order="PO-4"), number="8"))
        assert hub.take(new).status == ArrivalStatus.PROCESSED


def by_hand(hub: SteppedHub, body: bytes) -> Transmission:
    """Through the operator's door, worked to its end."""
    taken = administration.ingest(hub.services, "order.edi", hub.store.keep(body), actor="test")
    return hub._worked(taken)


@contextmanager
def decided_before_commits(monkeypatch: pytest.MonkeyPatch, count: int) -> Iterator[None]:
    """While the block runs nobody writes what it came to before so many have come to something."""
    decided = Barrier(count, timeout=60)

    def commit(services: HubServices, chunk: Sequence[record.Part]) -> None:
        decided.wait()
        record.commit(services, chunk)

    with monkeypatch.context() as patched:
        patched.setattr(flow, "commit", commit)
        yield


@pytest.mark.parametrize("round", range(ROUNDS))
def test_two_that_come_at_the_same_instant_by_two_doors_take_effect_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, round: int
) -> None:
    with hub_with(store, tmp_path) as hub:
        services = hub.services
        first, second = _arrive_by_two_doors(hub)
        claimed = [claimed_alone(hub), claimed_alone(hub)]
        assert {one.id for one in claimed if one} == {first.id, second.id}
        with decided_before_commits(monkeypatch, 2), ThreadPoolExecutor(2) as nodes:
            working: list[Future[Any]] = [nodes.submit(UnderWay(services, [one]).step) for one in claimed if one]
            failures = [future.exception() for future in working]
        (overtaken,) = [one for one, failure in zip(claimed, failures, strict=True) if failure is not None]
        assert any(isinstance(failure, UNAVAILABLE) for failure in failures), failures
        assert overtaken is not None
        with store.begin() as tx:
            transmissions.release(tx, [overtaken])
        settled = hub._worked(overtaken)
        assert settled.status == ArrivalStatus.DUPLICATE
        with store.read() as tx:
            rows = [row for one in (first, second) for row in interchanges.of_transmission(tx, one.id)]
        taken = [row for row in rows if not row.duplicate_of]
        assert len(taken) == 1
        assert len({body_of(text) for text in hub.leave()}) == 1
        assert delivered(hub) == 1


def claimed_alone(hub: SteppedHub) -> Transmission | None:
    """As a node claims one that happens to be there alone."""
    with hub.store.begin() as tx:
        return transmissions.claim_arrival(tx, "test", hub.services.clock(), 30)


def _arrive_by_two_doors(hub: SteppedHub) -> tuple[Transmission, Transmission]:
    arrival = Arrival("acme/files", GOOD, Codec.X12.content_type, "file")
    first = receive(hub.store, arrival, partner="acme", actor="test", now=hub.services.clock())
    return first, administration.ingest(hub.services, "order.edi", hub.store.keep(GOOD), actor="test")
