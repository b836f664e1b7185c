"""Several documents in one interchange: what gathers, what leaves, what one bad document does to the others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels.x12.envelope import Interchange, scan
from hub.operator.operations import give_up, resend
from hub.pipeline.batch import TIMER
from hub.services import HubServices
from hub.states import DeliveryStatus
from hub.store.coordination import timers
from hub.store.schema.records import StoredDelivery
from hub.store.store import Store
from hub.store.traffic import deliveries
from samples.partner_side import accept
from tests.integration.web.running_hub import Clock
from tests.scenarios.running import RunningHub, running_hub, sample_profiles

ACME, TARGET = "acme-fasteners", "channel:acme-fasteners/files"
START = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)


def profiles(batch: str, more: str = "") -> dict[str, str]:
    texts = sample_profiles()
    texts[ACME] = texts[ACME].replace("x12:\n", f"x12:\n  batch: {batch}\n{more}", 1)
    assert batch in texts[ACME]
    return texts


def order(number: str, **changes: Any) -> bytes:
    """The sample's purchase order under another number."""
    path = Path(__file__).parents[2] / "samples/documents/erp-purchase-order-10045.json"
    posted = json.loads(path.read_text())
    posted["document"] |= {"purchase_order_number": number} | changes
    return json.dumps(posted).encode()


def post(hub: RunningHub, *numbers: str, **changes: Any) -> None:
    for number in numbers:
        hub.desk("system", "erp").accept_document(order(number, **changes), f"post-{number}")


def waiting(services: HubServices) -> list[StoredDelivery]:
    with services.store.read() as tx:
        found = deliveries.ROWS.all(tx, deliveries.ROWS.select.order_by(deliveries.table.c.seq))
    return [delivery for delivery in found if delivery.target == TARGET]


def written(hub: RunningHub) -> list[tuple[Interchange, bytes]]:
    """What lies in the partner's folder, oldest control number first."""
    files = sorted(path.read_bytes() for path in (hub.partner(ACME).root / "out").glob("*.edi"))
    return [(scan(data).interchanges[0], data) for data in files]


async def test_a_full_batch_leaves_at_once_as_one_interchange(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path, profiles("{wait_seconds: 3600, max_documents: 3}")) as hub:
        post(hub, "B-1", "B-2")
        await hub.until(lambda: len(waiting(hub.services)) == 2)
        assert {d.status for d in waiting(hub.services)} == {DeliveryStatus.PENDING}
        post(hub, "B-3")
        await hub.until(lambda: all(d.status == DeliveryStatus.DELIVERED for d in waiting(hub.services)))
        ((interchange, data),) = written(hub)
        (group,) = interchange.groups
        assert [span.control_number for span in group.sets] == ["0001", "0002", "0003"]
        assert [number in data.decode() for number in ("B-1", "B-2", "B-3")] == [True] * 3
        assert (interchange.note_code, group.errors) == ("000", ())
        (departure,) = {d.departure_id for d in waiting(hub.services)}

        hub.partner(ACME).put("answer.edi", answered(data.decode(), refused="0002"))
        settled = await hub.until(lambda: (found := waiting(hub.services)) and _settled(found) and found)
        assert [d.status for d in settled] == ["acknowledged", "refused", "acknowledged"]

        assert departure is not None
        (outcome,) = resend(hub.services, [departure], reason="they lost it", actor="operator:jo")
        assert outcome.done
        await hub.until(lambda: all(d.status == DeliveryStatus.DELIVERED for d in waiting(hub.services)))
        assert [one for _, one in written(hub)] == [data], "the same bytes under the same name"


def _settled(found: list[StoredDelivery]) -> bool:
    return all(d.status in (DeliveryStatus.ACKNOWLEDGED, DeliveryStatus.REFUSED) for d in found)


def answered(order_text: str, refused: str) -> bytes:
    """The partner's 997, which refuses one set of the group."""
    text = accept(order_text, 77).decode().replace("AK9*A*3*3*3", "AK9*P*3*3*2")
    at = text.index(f"AK2*850*{refused}")
    end = text.index("AK5*A", at)
    return (text[:end] + "AK5*R" + text[end + 5 :]).encode()


async def test_a_document_that_does_not_fit_holds_none_of_the_others(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path, profiles("{wait_seconds: 3600, max_documents: 3}")) as hub:
        post(hub, "B-1")
        post(hub, "B*2")
        post(hub, "B-3")
        found = await hub.until(
            lambda: (all_ := waiting(hub.services)) and all(d.status != DeliveryStatus.PENDING for d in all_) and all_
        )
        await hub.until(lambda: len(written(hub)) == 1)
        assert [d.status == DeliveryStatus.DEAD for d in found] == [False, True, False]
        assert "BEG[1]/BEG03: 'B*2' holds '*'" in (found[1].reason or "")
        ((interchange, _),) = written(hub)
        assert [span.control_number for span in interchange.groups[0].sets] == ["0001", "0002"]


async def test_the_first_that_waited_long_enough_takes_the_others_along(store: Store, tmp_path: Path) -> None:
    clock = Clock()
    async with running_hub(store, tmp_path, profiles("{wait_seconds: 3600}"), clock=clock) as hub:
        post(hub, "B-1", "B-2")
        await hub.until(lambda: len(waiting(hub.services)) == 2)
        clock.pass_by(seconds=3601)
        await hub.until(lambda: len(written(hub)) == 1)
        assert len(written(hub)[0][0].groups[0].sets) == 2
        with hub.services.store.read() as tx:
            name = waiting(hub.services)[0].batch
            assert name is not None
            assert timers.get(tx, TIMER, name) is None, "nothing waits, so nothing is due"


async def test_one_that_waits_may_be_given_up_and_does_not_leave(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path, profiles("{wait_seconds: 3600, max_documents: 3}")) as hub:
        post(hub, "B-1", "B-2")
        first, _ = await hub.until(lambda: len(found := waiting(hub.services)) == 2 and found)
        (outcome,) = give_up(hub.services, [first.id], reason="ordered by mistake", actor="operator:jo")
        assert outcome.done, outcome.message
        post(hub, "B-3", "B-4")
        await hub.until(lambda: len(written(hub)) == 1)
        ((interchange, data),) = written(hub)
        assert len(interchange.groups[0].sets) == 3
        assert b"*B-1*" not in data
        assert waiting(hub.services)[0].status == DeliveryStatus.GIVEN_UP


async def test_an_agreement_may_leave_on_its_own(store: Store, tmp_path: Path) -> None:
    texts = profiles("{wait_seconds: 3600}")
    texts[ACME] = texts[ACME].replace("  - type: purchase_order\n", "  - type: purchase_order\n    batch: none\n", 1)
    assert "batch: none" in texts[ACME]
    async with running_hub(store, tmp_path, texts) as hub:
        post(hub, "B-1")
        await hub.until(lambda: len(written(hub)) == 1)
