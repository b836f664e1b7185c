"""The main path, told as what partners, ERP and WMS see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from canonical.document import Document, parse_document, to_json
from canonical.finding import Verdict
from channels.x12.envelope import scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT
from channels.x12.sets import decode
from hub.operator.operations import replay, resend
from hub.states import DeliveryStatus, DocumentStatus
from hub.store.schema.records import StoredDelivery
from hub.store.store import Store
from hub.store.traffic import deliveries, transmissions
from hub.store.trail import work_items
from samples.partner_side import accept, segments
from tests.receiving import Arrival, receive
from tests.scenarios.running import PATIENCE, SAMPLES, RunningHub, running_hub, sample_profiles


def delivery_of(hub: RunningHub, document_id: str, target: str) -> StoredDelivery | None:
    with hub.services.store.read() as tx:
        return next((d for d in deliveries.of_document(tx, document_id) if d.target == target), None)


async def test_a_ship_notice_reaches_erp_and_the_wms_of_its_ship_to(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        acme = hub.partner("acme-fasteners")
        acme.put("asn.edi", hub.case("shipment-cartons"))
        await hub.erp.wait_for(1, PATIENCE)
        await hub.wms.wait_for(1, PATIENCE)
        answers = await hub.until(lambda: acme.taken("997"))
    assert len(answers) == 1
    assert "AK5*A~" in answers[0]
    (at_erp,), (at_wms,) = hub.erp.effects.values(), hub.wms.effects.values()
    assert at_erp.body["document"] == at_wms.body["document"]
    assert at_erp.body["document"]["type"] == "advance_ship_notice"
    assert at_erp.body["envelope"]["interchange_control_number"]


async def test_an_erp_s_order_leaves_as_an_850_and_the_partner_s_997_closes_it(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        accepted = hub.desk("system", "erp").accept_document(hub.document("erp-purchase-order-10045.json"), "order-1")
        acme = hub.partner("acme-fasteners")
        (order,) = await hub.until(lambda: acme.taken("850"))
        (document,) = hub.documents_of(accepted.transmission_id)
        target = "channel:acme-fasteners/files"
        delivered = await hub.until(
            lambda: (d := delivery_of(hub, document.id, target)) and (d.status == DeliveryStatus.DELIVERED) and d
        )
        assert delivered.acknowledgment_due is not None
        acme.put("answer.edi", accept(order, 77))
        await hub.until(
            lambda: (d := delivery_of(hub, document.id, target)) and (d.status == DeliveryStatus.ACKNOWLEDGED) and d
        )
        assert not acme.taken("997"), "an acknowledgment is never acknowledged"
    assert "*10045*" in next("*".join(s) for s in segments(order) if s[0] == "BEG") + "*"


async def test_a_customer_s_order_is_answered_by_the_erp(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        corner = hub.partner("corner-hardware")
        corner.put("order.edi", hub.case("customer-order"))
        await hub.erp.wait_for(1, PATIENCE)
        hub.desk("system", "erp").accept_document(hub.document("erp-acknowledgment-CH-20771.json"), "answer-1")
        (answer,) = await hub.until(lambda: corner.taken("855"))
        # ISA14 = 1: the customer asked for a TA1 as well
        await hub.until(lambda: len([1 for text in _files(corner.root / "out") if "\nTA1" in text or "~TA1" in text]))
    (order,) = hub.erp.effects.values()
    assert order.body["partner"]["key"] == "corner-hardware"
    assert order.body["document"]["purchase_order_number"] == "CH-20771"
    assert "CH-20771" in answer


def _files(folder: Path) -> list[str]:
    """Those that are whole: a leading dot says that the hub is still at it."""
    return [path.read_text() for path in sorted(folder.glob("[!.]*"))]


async def test_one_bad_invoice_of_three_holds_neither_neighbour(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        acme = hub.partner("acme-fasteners")
        acme.put("three.edi", hub.case("three-invoices-one-bad"))
        (answer,) = await hub.until(lambda: acme.taken("997"))
        await hub.erp.wait_for(2, PATIENCE)
    told = ["*".join(segment) for segment in segments(answer)]
    assert [s for s in told if s.startswith("AK5")] == ["AK5*A", "AK5*R*5", "AK5*A"]
    assert [s for s in told if s.startswith("AK9")] == ["AK9*P*3*3*2"]
    assert len(hub.erp.effects) == 2


async def test_the_same_file_again_has_no_second_effect_and_the_first_answer(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        acme = hub.partner("acme-fasteners")
        acme.put("a.edi", hub.case("invoice-with-freight"))
        (first,) = await hub.until(lambda: acme.taken("997"))
        await hub.erp.wait_for(1, PATIENCE)
        for path in (acme.root / "out").iterdir():
            path.unlink()
        acme.put("b.edi", hub.case("invoice-with-freight"))
        (second,) = await hub.until(lambda: acme.taken("997"))
    assert second == first
    assert hub.erp.attempts == 1


async def test_a_held_document_is_released_by_a_replay(store: Store, tmp_path: Path) -> None:
    profiles = sample_profiles()
    profiles["acme-fasteners"] += "\nchecks: {invoice-total: hold}\n"
    wrong = b"TDS*358880~", b"TDS*358890~"
    async with running_hub(store, tmp_path, profiles) as hub:
        hub.partner("acme-fasteners").put("a.edi", hub.case("invoice-with-freight").replace(*wrong))
        held = await hub.until(lambda: _with_status(hub, DocumentStatus.HELD))
        assert hub.erp.attempts == 0
        (outcome,) = replay(hub.services, [held], reason="agreed by telephone", actor="operator:test")
        assert outcome.done, outcome.message
        await hub.erp.wait_for(1, PATIENCE)
        with hub.services.store.read() as tx:
            assert not work_items.open_items(tx)


def _with_status(hub: RunningHub, status: DocumentStatus) -> str | None:
    from sqlalchemy import select

    from hub.store.schema.tables import documents

    with hub.services.store.read() as tx:
        return tx.execute(select(documents.c.id).where(documents.c.status == status)).scalar()


async def test_another_partner_s_identity_is_quarantined_and_answered_by_nothing(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.partner("acme-fasteners").put("a.edi", hub.case("customer-order"))
        item = await hub.until(lambda: _open_item(hub, "quarantine"))
        assert not _files(hub.partner("acme-fasteners").root / "out")
        assert not _files(hub.partner("corner-hardware").root / "out")
        trace = hub.trace(item)
        assert trace.transmission.status == "quarantined"
    assert not hub.erp.effects


def _open_item(hub: RunningHub, kind: str) -> str | None:
    """The first subject of an open work item of this kind."""
    with hub.services.store.read() as tx:
        return next((item.subjects[0] for item in work_items.open_items(tx) if item.kind == kind), None)


async def test_an_unknown_sender_is_kept_until_its_profile_is_there(store: Store, tmp_path: Path) -> None:
    from hub.store.configuration import configurations

    profiles = sample_profiles()
    unknown = profiles.pop("corner-hardware")
    async with running_hub(store, tmp_path, profiles) as hub:
        stored = _ingest(hub, hub.case("customer-order"))
        await hub.until(lambda: _open_item(hub, "quarantine"))
        with store.begin() as tx:
            configurations.apply(tx, "partner", "corner-hardware", unknown, "test", hub.services.clock())
        hub.services.configuration_changed()
        (hub.services.folder_root / "corner-hardware/out").mkdir(parents=True)
        (outcome,) = replay(hub.services, [stored], reason="profile added", actor="operator:test")
        assert outcome.done, outcome.message
        await hub.erp.wait_for(1, PATIENCE)
        assert not _open_item(hub, "quarantine")


def _ingest(hub: RunningHub, body: bytes) -> str:
    arrival = Arrival("ingest", body, "application/edi-x12", "by-hand.edi")
    stored = receive(hub.services.store, arrival, partner=None, actor="operator:test", now=hub.services.clock())
    hub.services.wake()
    return stored.id


async def test_test_traffic_never_reaches_a_production_target(store: Store, tmp_path: Path) -> None:
    profiles = sample_profiles()
    key = "acme-fasteners"
    profiles[key] = profiles[key].replace("usage_indicator: production", "usage_indicator: test")
    body = hub_case_as_test("invoice-with-freight")
    async with running_hub(store, tmp_path, profiles) as hub:
        hub.partner(key).put("test.edi", body)
        await hub.until(lambda: hub.partner(key).taken("997"))
        await hub.until(lambda: _with_status(hub, DocumentStatus.UNROUTED))
    assert not hub.erp.effects


def hub_case_as_test(name: str) -> bytes:
    from tests.scenarios.running import SAMPLES

    return (SAMPLES / "cases" / name / "input.edi").read_bytes().replace(b"*0*P*>~", b"*0*T*>~", 1)


async def test_production_and_test_are_not_mixed_up_by_a_sender(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.partner("acme-fasteners").put("test.edi", hub_case_as_test("invoice-with-freight"))
        answer = await hub.until(lambda: "".join(_files(hub.partner("acme-fasteners").root / "out")))
    assert "*R*020~" in answer
    assert not hub.erp.effects


async def test_an_erp_that_is_down_gets_everything_once_when_it_is_up(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.erp.fail_next(2)
        hub.partner("acme-fasteners").put("a.edi", hub.case("invoice-with-freight"))
        await hub.erp.wait_for(1, PATIENCE)
    assert hub.erp.attempts == 3
    assert len(hub.erp.effects) == 1


async def test_a_refused_document_is_a_dead_letter_until_it_is_resent(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.erp.fail_next(1, status=422)
        hub.partner("acme-fasteners").put("a.edi", hub.case("invoice-with-freight"))
        departure = await hub.until(lambda: _open_item(hub, "dead-letter"))
        with hub.services.store.read() as tx:
            dead = transmissions.get(tx, departure)
        assert dead is not None
        assert dead.reason
        assert "422" in dead.reason
        (outcome,) = resend(hub.services, [departure], reason="mended", actor="operator:test")
        assert outcome.done, outcome.message
        await hub.erp.wait_for(1, PATIENCE)
        await hub.until(lambda: not _open_item(hub, "dead-letter"))


async def test_a_posted_canonical_document_reaches_the_erp_as_it_was_posted(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        desk = hub.desk("partner", "birch-paper")
        desk.accept_document(hub.document("birch-acknowledgment-10046.json"), "birch-1")
        await hub.erp.wait_for(1, PATIENCE)
    (taken,) = hub.erp.effects.values()
    assert parse_document(taken.body["document"]) == parse_document(hub.document("birch-acknowledgment-10046.json"))


@pytest.mark.parametrize(
    ("case", "set_type"),
    [("acknowledgment-with-backorder", "855"), ("shipment-pallets", "856"), ("invoice-with-freight", "810")],
)
async def test_what_the_erp_issues_to_a_customer_leaves_as_x12_and_reads_back_equal(
    case: str, set_type: str, store: Store, tmp_path: Path
) -> None:
    issued = only_document((SAMPLES / "cases" / case / "input.edi").read_bytes())
    async with running_hub(store, tmp_path) as hub:
        body = json.dumps({"partner": "corner-hardware", "document": json.loads(to_json(issued))}).encode()
        hub.desk("system", "erp").accept_document(body, case)
        (sent,) = await hub.until(lambda: hub.partner("corner-hardware").taken(set_type))
    assert only_document(sent.encode()) == issued


def only_document(interchange: bytes) -> Document:
    """The canonical document of an interchange with one set, which the strict judge accepts."""
    (found,) = scan(interchange).interchanges
    (span,) = found.groups[0].sets
    rules = grammar(found.groups[0].release, span.type)
    judgement = judge(set_segments(interchange, span, found.separators), rules, STRICT, found.separators, span.errors)
    assert judgement.verdict is Verdict.ACCEPTED, judgement.findings
    return parse_document(json.loads(to_json(decode(span.type, rules, judgement, found.separators).document)))  # type: ignore[arg-type]
