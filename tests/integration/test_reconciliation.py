"""Every shape in which a partner answers what we sent, on a real store: what it closes, and what a person is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from channels.x12.envelope import scan
from hub.node.arrivals import process_pending
from hub.operator.operations import replay, resend
from hub.states import ArrivalStatus, DeliveryStatus, DepartureStatus, DocumentStatus
from hub.store.errors import StaleStatus
from hub.store.schema.records import SentSet, StoredDelivery, StoredDocument
from hub.store.store import Store, Tx
from hub.store.traffic import deliveries, documents, transmissions
from tests.builders import make_purchase_order
from tests.integration.stepping import SETTINGS, SteppedHub, profile, sent_after, stepped_hub
from tests.integration.x12_text import Isa, group, transaction_set

ACKNOWLEDGED, REFUSED, DELIVERED = DeliveryStatus.ACKNOWLEDGED, DeliveryStatus.REFUSED, DeliveryStatus.DELIVERED


@dataclass
class Outbound:
    """Three purchase orders that left in one group: interchange 000000001, group 1, sets 0001 to 0003."""

    hub: SteppedHub
    delivery_ids: list[str]
    answers: int = 0

    def answer(self, *groups: str, isa: Isa | None = None) -> StoredDocument:
        """The partner's answer, worked; the first document that it brought."""
        self.answers += 1
        isa = replace(isa or Isa(), number=f"{self.answers:09}")
        return self.hub.documents_of(self.hub.take(isa.around(*groups)))[0]

    @property
    def statuses(self) -> list[str]:
        with self.hub.store.read() as tx:
            found = [deliveries.get(tx, one) for one in self.delivery_ids]
        return [delivery.status for delivery in found if delivery]

    @property
    def reasons(self) -> list[str | None]:
        with self.hub.store.read() as tx:
            found = [deliveries.get(tx, one) for one in self.delivery_ids]
        return [delivery.reason for delivery in found if delivery]

    @property
    def items(self) -> dict[str, str]:
        """Open work items by kind."""
        return {item.kind: item.summary for item in self.hub.work_items()}


@contextmanager
def sent_three(store: Store, folder: Path, *profiles: str, left: bool = True) -> Iterator[Outbound]:
    with stepped_hub(store, folder, *profiles) as hub:
        posted = [hub.post(make_purchase_order(purchase_order_number=f"PO-{n}")) for n in range(3)]
        if left:
            hub.leave()
        else:
            hub.compose()
        found = [hub.deliveries_of(one)[0] for one in posted]
        with store.begin() as tx:
            for number, delivery in enumerate(found, 1):
                sent = SentSet(
                    delivery.id,
                    found[0].departure_id or "",
                    "acme",
                    "000000001",
                    "PO",
                    "000000001",
                    "850",
                    f"000{number}",
                )
                document = documents.get(tx, delivery.document_id)
                assert document is not None
                deliveries.record_sent_sets(tx, [(sent, document.seq)])
        yield Outbound(hub, [delivery.id for delivery in found])


def test_an_answer_that_comes_while_another_node_writes_down_that_the_order_left_is_reconciled(
    emptied_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite one writes at a time."""
    with (
        closing(Store(emptied_postgres_url, tmp_path / "data")) as store,
        sent_three(store, tmp_path, left=False) as outbound,
    ):
        sent_after(monkeypatch, outbound.hub, "get")
        outbound.answer(acknowledgment("AK1*PO*1", "AK9*A*3*3*3"))
        assert (outbound.statuses, outbound.items) == ([ACKNOWLEDGED] * 3, {})


def acknowledgment(*body: str, form: str = "997") -> str:
    return group("FA", transaction_set(form, body), release="005010" if form == "999" else "004010")


def ta1(verdict: str, note: str = "000", number: str = "000000001") -> str:
    return f"TA1*{number}*261120*0905*{verdict}*{note}~"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(["AK1*PO*1", "AK9*A*3*3*3"], [ACKNOWLEDGED] * 3, id="a group accepted without naming its sets"),
        pytest.param(["AK1*PO*1", "AK9*E*3*3*3*5"], [ACKNOWLEDGED] * 3, id="a group accepted with errors"),
        pytest.param(["AK1*PO*1", "AK9*R*3*3*0*4"], [REFUSED] * 3, id="a group refused without naming its sets"),
        pytest.param(["AK1*PO*1", "AK9*M*3*3*0"], [REFUSED] * 3, id="a group whose authentication failed"),
        pytest.param(["AK1*PO*1", "AK9*P*3*3*0"], [REFUSED] * 3, id="partially accepted, and none of them"),
        pytest.param(
            ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R*5", "AK2*850*0003", "AK5*E", "AK9*P*3*3*2"],
            [ACKNOWLEDGED, REFUSED, ACKNOWLEDGED],
            id="each set by its own verdict",
        ),
        pytest.param(
            ["AK1*PO*1", "AK2*850*0002", "AK5*R*5", "AK9*P*3*3*2"],
            [ACKNOWLEDGED, REFUSED, ACKNOWLEDGED],
            id="only the set in error is named, and the counts say that the others were taken",
        ),
        pytest.param(
            ["AK1*PO*1", "AK2*850*0002", "AK5*A", "AK9*P*3*3*1"],
            [REFUSED, ACKNOWLEDGED, REFUSED],
            id="only the accepted set is named, and the counts say that the others were not taken",
        ),
        pytest.param(
            ["AK1*PO*1", "AK2*850*0002", "AK5*A", "AK9*R*3*3*0*3"],
            [REFUSED] * 3,
            id="a refused group takes its accepted sets with it",
        ),
        pytest.param(
            ["AK1*PO*1", "AK2*850*0003", "AK5*X", "AK9*A*3*3*3"],
            [ACKNOWLEDGED, ACKNOWLEDGED, REFUSED],
            id="a set refused in a group that was accepted",
        ),
        pytest.param(
            ["AK1*PO*000000001", "AK2*850*1", "AK5*A", "AK2*850*00003", "AK5*A", "AK9*A*3*3*3"],
            [ACKNOWLEDGED] * 3,
            id="leading zeros lost and added",
        ),
        pytest.param(
            ["AK1*PO*1", *["AK2*850*0001", "AK5*A"] * 2, "AK9*A*3*3*3"],
            [ACKNOWLEDGED] * 3,
            id="a set named twice, the same both times",
        ),
    ],
)
def test_a_997_closes_what_it_names(store: Store, tmp_path: Path, body: list[str], expected: list[str]) -> None:
    with sent_three(store, tmp_path) as sent:
        answer = sent.answer(acknowledgment(*body))
        assert answer.status == DocumentStatus.RECONCILED
        assert sent.statuses == expected
        assert set(sent.items) == ({"refused"} if REFUSED in expected else set())


def test_a_999_closes_what_it_names_and_its_words_are_kept(store: Store, tmp_path: Path) -> None:
    body = [
        "AK1*PO*1*005010", "AK2*850*0001", "IK5*A", "AK2*850*0002", "IK3*PO1*4*PO1*8", "CTX*PO1>1", "IK4*3*355*I6*CA",
        "IK5*R*I5", "AK9*P*3*3*2",
    ]  # fmt: skip
    with sent_three(store, tmp_path) as sent:
        answer = sent.answer(acknowledgment(*body, form="999"), isa=Isa(version="00501", standards="^"))
        assert (answer.set_type, answer.status) == ("999", DocumentStatus.RECONCILED)
        assert sent.statuses == [ACKNOWLEDGED, REFUSED, ACKNOWLEDGED]
        assert sent.reasons[1] == (
            "The partner refused 850 0002 of interchange 000000001: I5 Implementation One or More Segments in Error; "
            "PO1 at segment 4, element 3: I6 Code Value Not Used in Implementation (CA)."
        )
        assert sent.items["refused"] == sent.reasons[1]


@pytest.mark.parametrize(
    ("body", "open_ones"),
    [
        pytest.param(["AK1*PO*1", "AK9*P*3*3*2"], [1, 2, 3], id="partially accepted without saying which"),
        pytest.param(["AK1*PO*1", "AK9*A*3*1*1"], [1, 2, 3], id="fewer sets received than were sent"),
        pytest.param(["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"], [2, 3], id="two sets did not arrive"),
        pytest.param(["AK1*PO*1", "AK2*850*0002", "AK5*Q", "AK9*A*3*3*3"], [2], id="a verdict that no list has"),
        pytest.param(["AK1*PO*1", "AK9*Q*3*3*3"], [1, 2, 3], id="a group's verdict that no list has"),
    ],
)
def test_what_an_answer_leaves_open_stays_open_and_a_person_asks(
    store: Store, tmp_path: Path, body: list[str], open_ones: list[int]
) -> None:
    with sent_three(store, tmp_path) as sent:
        sent.answer(acknowledgment(*body))
        assert [number for number, status in enumerate(sent.statuses, 1) if status == DELIVERED] == open_ones
        named = [f"850 000{number} of interchange 000000001" for number in open_ones]
        assert sent.items == {"acknowledgment-unclear": f"The partner's 997 leaves open: {', '.join(named)}."}


@pytest.mark.parametrize(
    ("groups", "named"),
    [
        pytest.param([acknowledgment("AK1*PO*77", "AK9*A*1*1*1")], "functional group PO 77", id="an unknown group"),
        pytest.param([acknowledgment("AK1*IN*1", "AK9*A*1*1*1")], "functional group IN 1", id="another kind of group"),
        pytest.param(
            [acknowledgment("AK1*PO*1000000001", "AK9*A*1*1*1")], "functional group PO 1000000001", id="ten digits"
        ),
        pytest.param([ta1("A", number="000000077")], "interchange 000000077", id="a TA1 for an unknown interchange"),
        pytest.param([ta1("R", "025", number="77")], "interchange 77", id="a refusing TA1 for an unknown interchange"),
    ],
)
def test_an_answer_to_what_was_never_sent_changes_nothing_and_is_shown(
    store: Store, tmp_path: Path, groups: list[str], named: str
) -> None:
    with sent_three(store, tmp_path) as sent:
        answer = sent.answer(*groups)
        assert answer.status == DocumentStatus.ORPHAN
        assert sent.statuses == [DELIVERED] * 3
        assert sent.items == {"orphan-acknowledgment": f"It acknowledges what we never sent to this partner: {named}."}
        assert answer.reason == sent.items["orphan-acknowledgment"]
        assert sent.hub.compose() == []


def test_a_set_that_was_never_sent_is_told_beside_those_that_were(store: Store, tmp_path: Path) -> None:
    body = ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK2*850*0009", "AK5*R", "AK2*810*0002", "AK5*A", "AK9*P*4*4*3"]
    with sent_three(store, tmp_path) as sent:
        answer = sent.answer(acknowledgment(*body))
        assert answer.status == DocumentStatus.RECONCILED
        assert sent.statuses == [ACKNOWLEDGED, ACKNOWLEDGED, ACKNOWLEDGED]
        assert sent.items == {
            "orphan-acknowledgment": "It acknowledges what we never sent to this partner: "
            "850 0009 of group PO 1, 810 0002 of group PO 1."
        }


def test_a_number_of_another_partner_closes_nothing_of_that_partner(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path, profile(), profile("beta", "BETA")) as sent:
        hub = sent.hub
        foreign = Isa(sender="BETA", number="000000001").around(acknowledgment("AK1*PO*1", "AK9*R*3*3*0"))
        (answer,) = hub.documents_of(hub.take(foreign, partner="beta"))
        assert (answer.partner, answer.status) == ("beta", DocumentStatus.ORPHAN)
        assert sent.statuses == [DELIVERED] * 3


def test_a_second_answer_that_says_otherwise_is_kept_and_the_first_stands(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path) as sent:
        sent.answer(acknowledgment("AK1*PO*1", "AK9*A*3*3*3"))
        second = sent.answer(acknowledgment("AK1*PO*1", "AK2*850*0002", "AK5*R*5", "AK9*P*3*3*2"))
        assert second.status == DocumentStatus.RECONCILED
        assert sent.statuses == [ACKNOWLEDGED] * 3
        (item,) = sent.hub.work_items()
        assert item.kind == "acknowledgment-conflict"
        assert item.subjects == (second.id,)
        assert item.summary == (
            "A second acknowledgment of 850 0002 of interchange 000000001 says refused, the first said acknowledged."
        )


@pytest.mark.parametrize(
    ("times", "became"), [(1, ArrivalStatus.PROCESSED), (9, ArrivalStatus.QUARANTINED)], ids=["once", "every time"]
)
def test_an_answer_whose_delivery_changes_at_the_same_moment_is_worked_once_more(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, became: ArrivalStatus
) -> None:
    meetings, set_status = iter(range(times)), deliveries.set_status

    def meet(tx: Tx, delivery: StoredDelivery, status: str, **values: Any) -> StoredDelivery:
        if status == ACKNOWLEDGED and next(meetings, None) is not None:
            raise StaleStatus(f"{delivery.id} is no longer {delivery.status}")
        return set_status(tx, delivery, status, **values)

    with sent_three(store, tmp_path) as outbound:
        monkeypatch.setattr(deliveries, "set_status", meet)
        taken = outbound.hub.take(Isa(number="000000001").around(acknowledgment("AK1*PO*1", "AK9*A*3*3*3")))
        assert taken.status == became
        done = became is ArrivalStatus.PROCESSED
        assert outbound.statuses == [ACKNOWLEDGED if done else DELIVERED] * 3
        assert list(outbound.items) == ([] if done else ["quarantine"])


def test_of_two_answers_that_are_worked_together_the_one_that_came_first_stands(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path) as outbound:
        for number, said in enumerate((acknowledgment("AK1*PO*1", "AK9*A*3*3*3"), ta1("R", "006")), 1):
            outbound.hub.receive(Isa(number=f"{number:09}").around(said))
        assert process_pending(outbound.hub.services, "node") == 2
        assert outbound.statuses == [ACKNOWLEDGED] * 3
        assert "the first said acknowledged" in outbound.items["acknowledgment-conflict"]


def test_a_set_named_twice_with_two_verdicts_keeps_the_first(store: Store, tmp_path: Path) -> None:
    body = ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK2*850*0001", "AK5*R", "AK9*P*3*3*3"]
    with sent_three(store, tmp_path) as sent:
        sent.answer(acknowledgment(*body))
        assert sent.statuses[0] == ACKNOWLEDGED
        assert "acknowledgment-conflict" in sent.items


def test_the_same_answer_again_is_silent(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path) as sent:
        for _ in range(2):
            sent.answer(acknowledgment("AK1*PO*1", "AK9*A*3*3*3"))
        assert sent.statuses == [ACKNOWLEDGED] * 3
        assert sent.items == {}


@pytest.mark.parametrize("verdict", ["A", "E"])
def test_a_ta1_that_accepts_closes_nothing_but_is_kept(store: Store, tmp_path: Path, verdict: str) -> None:
    with sent_three(store, tmp_path) as sent:
        answer = sent.answer(ta1(verdict, "000" if verdict == "A" else "001"))
        assert (answer.set_type, answer.status) == ("TA1", DocumentStatus.RECONCILED)
        assert sent.statuses == [DELIVERED] * 3
        assert sent.items == {}
        sent.answer(acknowledgment("AK1*PO*1", "AK9*A*3*3*3"))
        assert sent.statuses == [ACKNOWLEDGED] * 3


@pytest.mark.parametrize("number", ["000000001", "1", "0000000001"])
def test_a_ta1_that_refuses_refuses_every_set_of_the_interchange(store: Store, tmp_path: Path, number: str) -> None:
    with sent_three(store, tmp_path) as sent:
        sent.answer(ta1("R", "025", number))
        assert sent.statuses == [REFUSED] * 3
        assert sent.reasons[0] == (
            "The partner refused 850 0001 of interchange 000000001: 025 Duplicate Interchange Control Numbers."
        )


def test_a_ta1_that_accepts_after_a_refusing_997_changes_nothing(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path) as sent:
        sent.answer(acknowledgment("AK1*PO*1", "AK9*R*3*3*0"))
        sent.answer(ta1("A"))
        assert sent.statuses == [REFUSED] * 3
        assert set(sent.items) == {"refused"}


def test_an_interchange_with_several_answers_is_read_whole(store: Store, tmp_path: Path) -> None:
    """A TA1, two groups, and one with two sets."""
    with sent_three(store, tmp_path) as sent:
        first = group(
            "FA",
            transaction_set(
                "997", ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*A", "AK9*A*3*2*2"], "0001"
            ),
            transaction_set("997", ["AK1*PO*1", "AK2*850*0003", "AK5*R*3", "AK9*P*3*3*2"], "0002"),
            number="7",
        )
        second = group("FA", transaction_set("997", ["AK1*PO*99", "AK9*A*1*1*1"]), number="8")
        sent.answer(ta1("A"), first, second)
        assert sent.statuses == [ACKNOWLEDGED, ACKNOWLEDGED, REFUSED]
        assert set(sent.items) == {"refused", "orphan-acknowledgment", "acknowledgment-unclear"}


def test_an_answer_in_an_interchange_that_miscounts_is_read_if_the_partner_is_forgiven(
    store: Store, tmp_path: Path
) -> None:
    with sent_three(store, tmp_path) as sent:
        sent.answer(acknowledgment("AK1*PO*1", "AK9*A*3*3*3"), isa=Isa(count="9"))
        assert sent.statuses == [ACKNOWLEDGED] * 3


def test_an_answer_in_a_refused_interchange_is_never_answered_but_shown(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path, profile(policy="strict")) as sent:
        data = Isa(count="9", requested="1").around(acknowledgment("AK1*PO*1", "AK9*A*3*3*3"))
        assert sent.hub.take(data).status == "rejected"
        assert sent.statuses == [DELIVERED] * 3
        assert list(sent.items) == ["unusable-acknowledgment"]
        assert sent.hub.compose() == []


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param([acknowledgment("AK1*PO*1", "AK2*850*0001", "AK9*A*3*3*3")], id="a 997 without its AK5"),
        pytest.param([acknowledgment("AK1*PO*1")], id="a 997 without its AK9"),
        pytest.param([ta1("Z")], id="a TA1 without a verdict"),
        pytest.param([ta1("P")], id="a TA1 with the verdict of a group"),
        pytest.param([ta1("A", number="")], id="a TA1 without a number"),
    ],
)
def test_an_answer_that_cannot_be_read_is_never_answered_but_shown(
    store: Store, tmp_path: Path, groups: list[str]
) -> None:
    with sent_three(store, tmp_path) as sent:
        answer = sent.answer(*groups, isa=Isa(requested="1"))
        assert answer.status == DocumentStatus.REJECTED
        assert sent.statuses == [DELIVERED] * 3
        assert list(sent.items) == ["unusable-acknowledgment"]
        assert sent.hub.compose() == []


@pytest.mark.parametrize("answer", [ta1("A"), acknowledgment("AK1*PO*1", "AK9*A*3*3*3")], ids=["TA1", "997"])
def test_an_answer_proves_that_what_we_took_for_undelivered_arrived(store: Store, tmp_path: Path, answer: str) -> None:
    with sent_three(store, tmp_path, left=False) as sent:
        departure = sent.hub.departures(DepartureStatus.DUE)[0]
        with store.begin() as tx:
            transmissions.set_status(tx, departure, DepartureStatus.DEAD, reason="timed out")
            (delivery,) = deliveries.of_departure(tx, departure.id)
            deliveries.set_status(tx, delivery, DeliveryStatus.DEAD, now=sent.hub.services.clock(), reason="timed out")
        sent.answer(answer)
        assert sent.statuses[0] == (ACKNOWLEDGED if answer.startswith("GS") else DELIVERED)
        assert departure.id in [one.id for one in sent.hub.departures(DepartureStatus.SENT)]


def test_an_answer_to_what_was_given_up_is_shown(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path, left=False) as sent:
        departure = sent.hub.departures(DepartureStatus.DUE)[0]
        with store.begin() as tx:
            now = sent.hub.services.clock()
            dead = transmissions.set_status(tx, departure, DepartureStatus.DEAD, reason="timed out")
            transmissions.set_status(tx, dead, DepartureStatus.GIVEN_UP)
            (delivery,) = deliveries.of_departure(tx, departure.id)
            delivery = deliveries.set_status(tx, delivery, DeliveryStatus.DEAD, now=now)
            deliveries.set_status(tx, delivery, DeliveryStatus.GIVEN_UP, now=now)
        sent.answer(acknowledgment("AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*P*3*3*1"))
        assert sent.statuses[0] == DeliveryStatus.GIVEN_UP
        assert sent.items["acknowledgment-conflict"] == (
            "The partner's acknowledgment of 850 0001 of interchange 000000001 says acknowledged, "
            "but here it is given_up."
        )


def test_what_was_refused_and_resent_can_be_accepted(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path) as sent:
        sent.answer(ta1("R", "023"))
        with store.read() as tx:
            delivery = deliveries.get(tx, sent.delivery_ids[0])
        assert delivery
        (outcome,) = resend(sent.hub.services, [delivery.id], reason="line was cut", actor="operator:jo")
        assert outcome.done, outcome.message
        sent.hub.leave()
        sent.answer(acknowledgment("AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*P*3*3*1"))
        assert sent.statuses[0] == ACKNOWLEDGED


def test_our_own_acknowledgments_are_known_when_a_partner_answers_their_interchange(
    store: Store, tmp_path: Path
) -> None:
    """Some answer every interchange with a TA1, also those that hold nothing but our 997."""
    with stepped_hub(store, tmp_path) as hub:
        order = transaction_set("850", ["BEG*00*SA*PO-1**20261120", "PO1*1*12*EA*9.95", "CTT*1"])
        taken = hub.take(Isa().around(group("PO", order)))
        (text,) = hub.leave()
        (interchange,) = scan(text.encode()).interchanges
        (answer,) = hub.documents_of(
            hub.take(Isa(number="000000043").around(ta1("A", number=interchange.control_number)))
        )
        assert answer.status == DocumentStatus.RECONCILED
        (own,) = [d for d in hub.deliveries_of(taken) if d.target.startswith("channel:")]
        assert own.status == DELIVERED
        assert hub.compose() == []
        assert [item.kind for item in hub.work_items()] == []


def test_a_quarantined_acknowledgment_can_be_worked_again(store: Store, tmp_path: Path) -> None:
    with sent_three(store, tmp_path) as sent:
        answer = sent.answer(acknowledgment("AK1*PO*1", "AK9*A*3*3*3"))
        with store.begin() as tx:
            documents.set_status(tx, answer.id, DocumentStatus.QUARANTINED, "a fault of ours")
        (outcome,) = replay(sent.hub.services, [answer.id], reason="mended", actor="operator:jo")
        assert outcome.done, outcome.message
        assert sent.statuses == [ACKNOWLEDGED] * 3


def test_of_two_identities_with_the_same_numbers_the_addressed_one_is_meant(store: Store, tmp_path: Path) -> None:
    one = "identities: [{key: main, qualifier: ZZ, id: BUYER, default: true}]"
    two = SETTINGS.replace(one, one.replace("]", ", {key: east, qualifier: ZZ, id: BUYEREAST}]"))
    with stepped_hub(store, tmp_path) as hub:
        sent = {}
        for identity in ("main", "east"):
            hub.apply(profile(identity=identity), settings=two)
            posted = hub.post(make_purchase_order(purchase_order_number=f"PO-{identity}"))
            hub.leave()
            sent[identity] = posted
        answer = acknowledgment("AK1*PO*1", "AK9*A*1*1*1")

        def statuses() -> list[str]:
            return [hub.deliveries_of(sent[identity])[0].status for identity in ("main", "east")]

        hub.take(Isa("000000001", receiver="BUYER").around(answer))
        assert statuses() == [ACKNOWLEDGED, DELIVERED]
        hub.take(Isa("000000002", receiver="BUYEREAST").around(ta1("R", "024")))
        assert statuses() == [ACKNOWLEDGED, REFUSED]
