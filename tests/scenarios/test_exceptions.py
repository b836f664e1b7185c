"""What goes wrong between partners and us, told as what each of them sees."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from hub.operator.operations import close, give_up, replay, resend
from hub.states import DeliveryStatus, DocumentStatus
from hub.store.configuration import crosswalks
from hub.store.schema import tables
from hub.store.schema.records import CrosswalkRow, WorkItem
from hub.store.store import Store
from hub.store.trail import work_items
from samples.partner_side import accept, segments
from tests.benchmarks.interchanges import order_of_customer, orders_of_customer
from tests.scenarios.running import PATIENCE, SAMPLES, RunningHub, running_hub, sample_profiles

KEY = "acme-fasteners"


def open_items(hub: RunningHub, kind: str) -> list[WorkItem]:
    with hub.services.store.read() as tx:
        return [item for item in work_items.open_items(tx) if item.kind == kind]


def statuses(hub: RunningHub, kind: str) -> list[str]:
    table = tables.documents
    with hub.services.store.read() as tx:
        found = select(table.c.status).where(table.c.type == kind).order_by(table.c.seq)
        return list(tx.execute(found).scalars())


async def test_a_dead_letter_holds_back_its_own_order_and_nothing_else(store: Store, tmp_path: Path) -> None:
    """The acknowledgment of order CH-1 may not overtake it; another order passes."""
    first, second = order_of_customer(1), order_of_customer(2)
    change = first.replace(b"BEG*00*", b"BEG*05*").replace(b"000000001", b"000000003")
    async with running_hub(store, tmp_path) as hub:
        customer = hub.partner("corner-hardware")
        hub.erp.fail_next(1, status=400)
        customer.put("1.edi", first)
        (dead,) = await hub.until(lambda: open_items(hub, "dead-letter"))
        customer.put("2.edi", change)
        customer.put("3.edi", second)
        await hub.erp.wait_for(1, PATIENCE)
        (taken,) = hub.erp.effects.values()
        assert taken.body["document"]["purchase_order_number"] == "CH-0000002"
        (outcome,) = give_up(hub.services, dead.subjects, reason="entered by hand", actor="operator:test")
        assert outcome.done, outcome.message
        await hub.erp.wait_for(2, PATIENCE)
    purposes = [taken.body["document"].get("purpose") for taken in hub.erp.effects.values()]
    assert purposes[1] == "replace"


async def test_an_acknowledgment_of_nothing_we_sent_is_kept_and_shown(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.desk("system", "erp").accept_document(hub.document("erp-purchase-order-10045.json"), "order-1")
        acme = hub.partner(KEY)
        (order,) = await hub.until(lambda: acme.taken("850"))
        number = next(segment[6] for segment in segments(order) if segment[0] == "GS")
        acme.put("wrong.edi", accept(order, 78).replace(f"AK1*PO*{number}".encode(), b"AK1*PO*99999"))
        (item,) = await hub.until(lambda: open_items(hub, "orphan-acknowledgment"))
        trace = hub.trace(item.subjects[0])
        assert trace.documents[0].status == DocumentStatus.ORPHAN
    assert statuses(hub, "purchase_order") == [DocumentStatus.ROUTED]


async def test_a_refused_order_is_a_work_item_and_a_second_answer_changes_nothing(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        accepted = hub.desk("system", "erp").accept_document(hub.document("erp-purchase-order-10045.json"), "order-1")
        acme = hub.partner(KEY)
        (order,) = await hub.until(lambda: acme.taken("850"))
        refusal = accept(order, 79).replace(b"AK5*A", b"AK5*R*5").replace(b"AK9*A*1*1*1", b"AK9*R*1*1*0")
        acme.put("refusal.edi", refusal)
        await hub.until(lambda: open_items(hub, "refused"))
        acme.put("acceptance.edi", accept(order, 80))
        await hub.until(lambda: open_items(hub, "acknowledgment-conflict"))
        (delivery,) = hub.trace(accepted.transmission_id).deliveries
    assert delivery.status == DeliveryStatus.REFUSED


async def test_a_supplier_whose_invoice_does_not_add_up_is_told_so_in_an_824_once(store: Store, tmp_path: Path) -> None:
    """Its 997 has accepted the syntax; the 824 says what is wrong with the content. The next invoice goes through."""
    profiles = sample_profiles()
    profiles[KEY] += "checks: {invoice-total: error}\n"
    good = (SAMPLES / "cases" / "invoice-with-freight" / "input.edi").read_bytes()
    wrong = good.replace(b"TDS*358880", b"TDS*308880").replace(b"000000103", b"000000199")
    async with running_hub(store, tmp_path, profiles) as hub:
        acme = hub.partner(KEY)
        acme.put("wrong.edi", wrong)
        (advice,) = await hub.until(lambda: acme.taken("824"))
        assert statuses(hub, "invoice") == [DocumentStatus.REJECTED]
        acme.put("corrected.edi", good)
        await hub.erp.wait_for(1, PATIENCE)
        answers = await hub.until(lambda: len(acme.taken("997")) == 2 and acme.taken("997"))
        assert [segment[1] for answer in answers for segment in segments(answer) if segment[0] == "AK9"] == ["A", "A"]
        assert acme.taken("824") == [advice]
    told = {segment[0]: segment for segment in segments(advice)}
    assert told["OTI"][1:4] == ["TR", "IV", "INV-55120"]
    assert told["OTI"][8:11] == ["103", "0001", "810"]
    assert told["TED"][1] == "010"
    assert told["TED"][3:] == ["TDS", "19", "1", "610", "308880"]


async def test_a_missing_crosswalk_entry_is_one_work_item_until_it_is_there(store: Store, tmp_path: Path) -> None:
    profiles = sample_profiles()
    profiles[KEY] = profiles[KEY].replace('unit: "on"', "unit: required")
    async with running_hub(store, tmp_path, profiles) as hub:
        hub.partner(KEY).put("invoice.edi", hub.case("invoice-with-freight"))
        items = await hub.until(lambda: open_items(hub, "crosswalk"))
        assert not hub.erp.effects
        rows = [CrosswalkRow("unit", "", unit, unit) for unit in ("BX", "EA")]
        with store.begin() as tx:
            crosswalks.merge(tx, KEY, rows, "operator:test", hub.services.clock())
        held = sorted({subject for item in items for subject in item.subjects})
        (outcome,) = replay(hub.services, held, reason="units added", actor="operator:test")
        assert outcome.done, outcome.message
        await hub.erp.wait_for(1, PATIENCE)


async def test_the_same_order_in_another_interchange_is_delivered_once(store: Store, tmp_path: Path) -> None:
    again = order_of_customer(1).replace(b"000000001", b"000000002")
    other = again.replace(b"PO1*1*12*", b"PO1*1*13*").replace(b"CTT*3*22", b"CTT*3*23")
    other = other.replace(b"000000002", b"000000003")
    async with running_hub(store, tmp_path) as hub:
        customer = hub.partner("corner-hardware")
        for name, body in {"1.edi": order_of_customer(1), "2.edi": again, "3.edi": other}.items():
            customer.put(name, body)
            count = int(name[0])
            await hub.until(lambda: len(customer.taken("997")) == count)  # noqa: B023 - waited for at once
        await hub.erp.wait_for(1, PATIENCE)
        assert statuses(hub, "purchase_order") == [
            DocumentStatus.ROUTED,
            DocumentStatus.DUPLICATE,
            DocumentStatus.HELD,
        ]
    assert hub.erp.attempts == 1


async def test_a_control_number_used_for_other_content_is_refused_and_kept(store: Store, tmp_path: Path) -> None:
    other = order_of_customer(2).replace(b"000000002", b"000000001")
    async with running_hub(store, tmp_path) as hub:
        customer = hub.partner("corner-hardware")
        customer.put("1.edi", order_of_customer(1))
        await hub.erp.wait_for(1, PATIENCE)
        customer.put("2.edi", other)
        await hub.until(lambda: open_items(hub, "quarantine"))
        assert statuses(hub, "purchase_order") == [DocumentStatus.ROUTED], "nothing was made of the second"
    assert len(hub.erp.effects) == 1


async def test_a_file_that_is_no_x12_is_refused_with_its_kind_named(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.partner(KEY).put("page.edi", b"<!doctype html><html><body>Please sign in</body></html>")
        (item,) = await hub.until(lambda: open_items(hub, "unreadable"))
        trace = hub.trace(item.subjects[0])
    assert trace.transmission.status == "rejected"
    assert "HTML" in (trace.transmission.reason or "")


async def test_bytes_behind_the_last_interchange_are_kept_and_shown(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.partner(KEY).put("a.edi", hub.case("invoice-with-freight") + b"and something more")
        await hub.erp.wait_for(1, PATIENCE)
        (item,) = await hub.until(lambda: open_items(hub, "remnant"))
    assert "18 bytes" in item.summary


async def test_a_large_interchange_is_worked_in_chunks_and_answered_once(store: Store, tmp_path: Path) -> None:
    count = 250
    async with running_hub(store, tmp_path) as hub:
        customer = hub.partner("corner-hardware")
        customer.put("many.edi", orders_of_customer(count))
        (answer,) = await hub.until(lambda: customer.taken("997"))
        await hub.erp.wait_for(count, PATIENCE)
    told = list(segments(answer))
    assert sum(segment[0] == "AK2" for segment in told) == count
    assert next(segment for segment in told if segment[0] == "AK9")[1:5] == ["A", *[str(count)] * 3]


async def test_a_folder_that_is_gone_is_a_work_item_until_it_is_back(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        (hub.partner(KEY).root / "in").rmdir()
        (item,) = await hub.until(lambda: open_items(hub, "channel"))
    assert item.key == "channel:acme-fasteners/files"
    assert item.partner == KEY


async def test_a_large_file_of_one_partner_holds_no_other_partner_up(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        large, small = hub.partner("corner-hardware"), hub.partner(KEY)
        large.put("many.edi", orders_of_customer(3000))
        small.put("invoice.edi", hub.case("invoice-with-freight"))
        await hub.until(lambda: small.taken("997"))
        assert not large.taken("997"), "the large file should still be at work"


async def test_a_delivery_that_cannot_be_composed_stops_no_other(store: Store, tmp_path: Path) -> None:
    profiles = sample_profiles()
    profiles["birch-paper"] = profiles["birch-paper"].replace("x12:\n", "x12:\n  identity: gone\n")
    async with running_hub(store, tmp_path, profiles) as hub:
        for number in ("10046", "10045"):
            hub.desk("system", "erp").accept_document(hub.document(f"erp-purchase-order-{number}.json"), number)
        await hub.until(lambda: hub.partner(KEY).taken("850"))
        (item,) = await hub.until(lambda: open_items(hub, "unfit"))
    assert "no identity gone" in item.summary


async def test_an_unchanged_replay_keeps_its_delivery_and_sends_nothing(store: Store, tmp_path: Path) -> None:
    """Although a crosswalk was changed meanwhile; the delivery is shown with the document that the replay made."""
    async with running_hub(store, tmp_path) as hub:
        hub.partner(KEY).put("invoice.edi", hub.case("invoice-with-freight"))
        await hub.erp.wait_for(1, PATIENCE)
        (taken,) = hub.erp.effects.values()
        with store.begin() as tx:
            crosswalks.merge(tx, KEY, [CrosswalkRow("unit", "", "ZZ", "EA")], "operator:test", hub.services.clock())
        before = hub.trace(taken.body["document_id"])
        (outcome,) = replay(hub.services, [taken.body["document_id"]], reason="look again", actor="operator:test")
        assert outcome.done, outcome.message
        assert "nothing is sent" in outcome.message
        assert statuses(hub, "invoice") == [DocumentStatus.REPLACED, DocumentStatus.ROUTED]
        documents_now = hub.documents_of(before.transmission.id)
        made = next(one for one in documents_now if (one.type, one.status) == ("invoice", DocumentStatus.ROUTED))
        (delivery,) = hub.trace(made.id).deliveries
        assert delivery.id == before.deliveries[0].id
    assert hub.erp.attempts == 1


async def test_a_target_whose_secret_is_mended_goes_on_when_asked_to(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.erp.fail_next(1, status=401)
        hub.partner(KEY).put("invoice.edi", hub.case("invoice-with-freight"))
        (item,) = await hub.until(lambda: open_items(hub, "credentials"))
        (outcome,) = resend(hub.services, item.subjects, reason="the secret is right now", actor="operator:test")
        assert outcome.done, outcome.message
        await hub.erp.wait_for(1, PATIENCE)
        await hub.until(lambda: not open_items(hub, "credentials"))


async def test_a_work_item_that_is_settled_can_be_closed(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        hub.partner(KEY).put("page.edi", b"<html>Please sign in</html>")
        (item,) = await hub.until(lambda: open_items(hub, "unreadable"))
        (outcome,) = close(hub.services, [item.id], reason="the partner was told", actor="operator:test")
        assert outcome.done, outcome.message
        assert not open_items(hub, "unreadable")
        (again,) = close(hub.services, [item.id], reason="once more", actor="operator:test")
        assert not again.done
