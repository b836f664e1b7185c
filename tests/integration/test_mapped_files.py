"""Files that a partner's mappings read and write: the same promises as for X12."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.node.arrivals import process_pending
from hub.operator.operations import replay
from hub.pipeline.basis import Basis
from hub.pipeline.batch import compose_batch
from hub.pipeline.chunks import CHUNK_SETS
from hub.pipeline.compose import compose_due
from hub.pipeline.effect import Act
from hub.pipeline.replay import Decision, Replays, replay_transmission
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.questions import ledger
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.verify.checks import verify
from hub.verify.defect import Subject
from tests.builders import make_purchase_order
from tests.integration.stepping import SteppedHub, stepped_hub

PROFILE = """
partner: acme
name: Acme
role: supplier
usage_indicator: production
mappings:
  bills:
    document: invoice
    format: {kind: csv}
    group: [invoice_number]
    fields:
      invoice_number: {column: Invoice, required: true}
      invoice_date: {column: Date, required: true}
      currency.code: {constant: USD}
      purchase_order_number: {column: Order}
      total_amount: {column: Total}
    lists:
      lines:
        fields:
          line_number: {column: Line}
          quantity.value: {column: Qty, required: true}
          quantity.unit_of_measure: {constant: EA}
          unit_price: {column: Price}
          identifiers[vendor_item_number].value: {column: Item, required: true}
  orders:
    document: purchase_order
    format: {kind: csv, separator: ";"}
    unwritable: omit
    group: [purchase_order_number]
    fields:
      purpose: {constant: original}
      order_type: {constant: stand_alone}
      purchase_order_number: {column: PO}
      order_date: {column: Date}
    lists:
      lines:
        fields:
          line_number: {column: Line}
          quantity.value: {column: Qty}
          quantity.unit_of_measure: {column: Unit}
          unit_price: {column: Price}
          identifiers[vendor_item_number].value: {column: Item}
channels: [{name: files, kind: folder, codec: files, inbound: acme/in, outbound: acme/out}]
documents:
  - {type: invoice, direction: inbound, channel: files, mapping: bills}
  - {type: purchase_order, direction: outbound, channel: files, mapping: orders}
"""
GATHERING = PROFILE.replace("outbound, ", "outbound, batch: {wait_seconds: 60, max_documents: 2}, ")

HEADER = "Invoice,Date,Order,Line,Item,Qty,Price,Total"


def bill(*numbers: str, quantity: str = "5") -> bytes:
    """A file of invoices with one line each."""
    rows = [f"{number},2025-01-31,PO-{number},1,V-1,{quantity},1.50,7.50" for number in numbers]
    return "\n".join([HEADER, *rows, ""]).encode()


@contextmanager
def mapped_hub(store: Store, folder: Path, text: str = PROFILE) -> Iterator[SteppedHub]:
    with stepped_hub(store, folder, text) as hub:
        yield hub


def test_a_bad_document_of_a_file_is_told_with_row_and_column_and_holds_none_of_its_neighbours(
    store: Store, tmp_path: Path
) -> None:
    with mapped_hub(store, tmp_path) as hub:
        body = bill("R1", "R2", "R3").replace(b"PO-R2,1,V-1,5,", b"PO-R2,1,V-1,five,")
        taken = hub.take(body)
        assert (taken.status, taken.sets, taken.profile_version) == (ArrivalStatus.PROCESSED, 3, 1)
        assert [f["code"] for f in taken.findings or ()] == ["FILE-FORM"]
        _, bad, _ = hub.documents_of(taken)
        assert (bad.status, bad.type, bad.number) == (DocumentStatus.REJECTED, "invoice", "R2")
        (finding,) = [f for f in bad.findings if f["severity"] == "error"]
        assert ("line 3" in finding["locator"], "Qty" in finding["locator"]) == (True, True)
        assert finding["locator"] in (bad.reason or "")
        assert hub.got_by_erp() == ["R1", "R3"]
        again = hub.take(body)
        assert (again.status, again.duplicate_of) == (ArrivalStatus.DUPLICATE, taken.id)
        mended = hub.documents_of(hub.take(bill("R1", "R2", "R3")))
        assert [d.status for d in mended] == [
            DocumentStatus.DUPLICATE,
            DocumentStatus.ROUTED,
            DocumentStatus.DUPLICATE,
        ]
        assert hub.got_by_erp() == ["R1", "R3", "R2"]
        with store.read() as tx:
            line = ledger.line_of(tx, taken.id)
        assert line is not None
        assert line.documents.in_words() == "3 = 2 accepted + 1 rejected"


STOCK = """
partner: acme
name: Acme
role: supplier
time_zone: America/Los_Angeles
usage_indicator: production
mappings: {stock: {ready: csv-inventory-advice}}
channels: [{name: files, kind: folder, codec: files, inbound: acme/in}]
documents: [{type: inventory_advice, direction: inbound, channel: files, mapping: stock}]
"""


def test_stock_without_number_or_day_is_known_by_its_file_and_the_day_it_came(store: Store, tmp_path: Path) -> None:
    with mapped_hub(store, tmp_path, STOCK) as hub:
        taken = hub.take(b"SKU,Quantity,Unit\nV-1,40,EA\n", name="stock-west.csv")
        (advice,) = hub.documents_of(taken)
        assert advice.canonical is not None
        day = taken.received_at.astimezone(ZoneInfo("America/Los_Angeles")).date()
        said = json.loads(advice.canonical)
        assert (said["reference_number"], said["date"]) == ("stock-west.csv", day.isoformat())


def test_a_file_that_lacks_a_column_is_refused_whole_and_says_which(store: Store, tmp_path: Path) -> None:
    with mapped_hub(store, tmp_path) as hub:
        taken = hub.take(bill("R1").replace(b"Qty", b"Colour"))
        assert taken.status == ArrivalStatus.REJECTED
        assert any("Qty" in finding["message"] for finding in taken.findings or ())
        assert [item.kind for item in hub.work_items()] == ["unreadable"]


@pytest.mark.parametrize("body", [b"%PDF-1.7 ...", b"<Order/>", b"\0\1\2\3"])
def test_what_no_mapping_is_for_is_put_aside_for_a_person_with_what_it_is(
    store: Store, tmp_path: Path, body: bytes
) -> None:
    with mapped_hub(store, tmp_path) as hub:
        taken = hub.take(body)
        assert taken.status == ArrivalStatus.QUARANTINED
        assert "bills (csv)" in (taken.reason or "")
        (item,) = hub.work_items()
        assert (item.kind, item.summary) == ("quarantine", taken.reason)
        assert transmissions.body(store, taken) == body


def test_a_restart_goes_on_with_the_next_chunk_under_the_mapping_of_then(store: Store, tmp_path: Path) -> None:
    numbers = [f"R{n:03}" for n in range(CHUNK_SETS + 7)]
    with mapped_hub(store, tmp_path) as hub:
        arrived = hub.receive(bill(*numbers))
        taken = hub.killed_after_a_chunk(arrived, lambda: hub.apply(PROFILE.replace("column: Qty", "column: Another")))
        assert (taken.status, taken.sets) == (ArrivalStatus.PROCESSED, len(numbers))
        found = hub.documents_of(taken)
        assert {document.profile_version for document in found} == {1}
        assert [document.number for document in found] == numbers


def test_a_document_is_replayed_by_the_mapping_of_now_or_of_then(store: Store, tmp_path: Path) -> None:
    wrong = PROFILE.replace("quantity.value: {column: Qty, required: true}", "quantity.value: {column: Price}")
    with mapped_hub(store, tmp_path, wrong + "checks: {invoice-total: hold}\n") as hub:
        taken = hub.take(bill("R1", "R2"))
        first, second = hub.documents_of(taken)
        assert first.status == DocumentStatus.HELD
        hub.apply(PROFILE)
        replay(hub.services, [first.id], reason="the mapping was mended", actor="test")
        replay(hub.services, [second.id], reason="they meant it", actor="test", basis=Basis.AS_RECEIVED)
        assert hub.got_by_erp() == ["R1", "R2"]
        quantities = {
            one.number: json.loads(one.canonical or "")["lines"][0]["quantity"]["value"]
            for one in hub.documents_of(taken)
            if one.status == DocumentStatus.ROUTED
        }
        assert quantities == {"R1": "5", "R2": "1.50"}
        hub.apply(PROFILE.replace("group: [invoice_number]", "group: []", 1))
        (told,) = replay(hub.services, [hub.documents_of(taken)[-1].id], reason="again", actor="test")
        assert not told.done
        assert "other documents in this file, 1 instead of 2" in told.message


def test_our_documents_leave_by_the_mapping_each_in_its_file_unless_they_gather(store: Store, tmp_path: Path) -> None:
    orders = [make_purchase_order(purchase_order_number=f"PO-{n}") for n in range(3)]
    with mapped_hub(store, tmp_path) as hub:
        posted = hub.post(orders[0])
        (text,) = hub.leave()
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        assert [(row["PO"], row["Item"], row["Qty"]) for row in rows] == [
            ("PO-0", "V-0001", "12"),
            ("PO-0", "V-0002", "12"),
        ]
        (file,) = (hub.services.folder_root / "acme" / "out").iterdir()
        assert file.suffix == ".csv"
        (delivery,) = hub.deliveries_of(posted)
        assert {change["rule"] for change in delivery.changes or ()} == {"FILE-LEFT-OUT"}
        hub.apply(GATHERING)
        gathered = [hub.post(order) for order in orders[1:]]
        assert hub.compose() == []
        (batch,) = hub.batches()
        compose_batch(hub.services, batch)
        (text,) = hub.compose()
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        assert [row["PO"] for row in rows] == ["PO-1", "PO-1", "PO-2", "PO-2"]
        (document,) = hub.documents_of(gathered[0])
        (unchanged,) = Replays(hub.services).look(document).deliveries
        assert unchanged.act == Act.KEPT


def test_of_several_mappings_a_file_s_name_or_its_columns_tell_which_is_meant(store: Store, tmp_path: Path) -> None:
    second = PROFILE[PROFILE.index("  bills:") : PROFILE.index("  orders:")].replace("bills:", "others:")
    both = PROFILE.replace("  orders:", f"{second}  orders:").replace("mapping: bills", "mapping: [bills, others]")
    other_columns = both.replace("{column: Invoice,", "{column: Bill,", 1)
    named = both.replace("  bills:\n", "  bills:\n    names: ['*.CSV']\n", 1)
    with mapped_hub(store, tmp_path, both) as hub:
        untold = hub.take(bill("R1"))
        assert untold.status == ArrivalStatus.QUARANTINED
        assert "Several mappings read it, bills, others" in (untold.reason or "")
        hub.apply(other_columns)
        assert "Read by mapping others" in _seen(hub.take(bill("R2")))
        assert "Read by mapping bills" in _seen(hub.take(bill("R3").replace(b"Invoice", b"Bill")))
        hub.apply(named)
        assert "Read by mapping bills" in _seen(hub.take(bill("R4"), name="r4.csv"))


def _seen(taken: Transmission) -> str:
    assert taken.status == ArrivalStatus.PROCESSED, taken.reason
    return "".join(finding["message"] for finding in taken.findings or ())


SHARED = PROFILE.replace("inbound: acme/in, outbound: acme/out", "shared: true, inbound: van/in")
VENDOR = "parties[vendor].identifier.{}: {}\n      currency.code"
SHARED = SHARED.replace("currency.code", VENDOR.format("value", "{column: Vendor}"), 1)
SHARED = SHARED.replace("currency.code", VENDOR.format("qualifier", "{constant: '92'}"), 1)
SHARED = SHARED.replace("  - {type: purchase_order, direction: outbound, channel: files, mapping: orders}\n", "")


def test_on_a_shared_channel_the_vendor_that_a_file_names_tells_whose_it_is(store: Store, tmp_path: Path) -> None:
    acme, bolt = (
        SHARED.replace("acme", key) + f"aliases: [{{qualifier: '92', id: '{number}'}}]\n"
        for key, number in (("acme", "1001"), ("bolt", "1002"))
    )
    stranger = SHARED.replace("acme", "carl").replace("van/in", "carl/in").replace("shared: true, ", "")
    with stepped_hub(store, tmp_path, acme, bolt, stranger + "aliases: [{qualifier: '92', id: '1003'}]\n") as hub:

        def file(*vendors: str) -> Transmission:
            head, *rows = bill(*(f"R{number}" for number, _ in enumerate(vendors))).decode().split()
            named = [f"{row},{vendor}" for row, vendor in zip(rows, vendors, strict=True)]
            return hub.take("\n".join([f"{head},Vendor", *named, ""]).encode(), None, channel="shared/files")

        taken = file("1002", "1002")
        assert (taken.status, taken.partner, taken.profile_version) == (ArrivalStatus.PROCESSED, "bolt", 1)
        assert {document.partner for document in hub.documents_of(taken)} == {"bolt"}
        assert file("1002", "1002").duplicate_of == taken.id
        for vendors, why in (
            (["1001", "1002"], "acme, bolt"),
            (["1002", "1003"], "others name no partner"),
            (["1003"], "No party"),
            ([""], "No party"),
        ):
            aside = file(*vendors)
            assert (aside.status, aside.partner, hub.documents_of(aside)) == (ArrivalStatus.QUARANTINED, None, [])
            assert why in (aside.reason or "")
            places = [finding["locator"] for finding in aside.findings or ()]
            assert places == [f"record {row}" for row, _ in enumerate(vendors, 2)]


def test_a_file_that_is_replayed_keeps_the_day_on_which_it_came(store: Store, tmp_path: Path) -> None:
    undated = PROFILE.replace("{column: Date, required: true}", "{column: Day, default_from: arrival_date}")
    with mapped_hub(store, tmp_path, undated.replace("kind: csv}", 'kind: csv}\n    names: ["x*"]', 1)) as hub:
        aside = hub.take(bill("R1"))
        day = aside.received_at
        assert aside.status == ArrivalStatus.QUARANTINED
        for days, text in ((4, ""), (9, undated)):  # a replay that is put aside as well is replayed
            hub.apply(*filter(None, [text]))
            hub.services.clock = lambda days=days: day + timedelta(days=days)  # type: ignore[misc]
            aside = replay_transmission(hub.services, aside, Decision("mended", "test"))
            process_pending(hub.services, "test")
            with store.read() as tx:
                aside = transmissions.get(tx, aside.id) or aside
        (document,) = hub.documents_of(aside)
        assert json.loads(document.canonical or "")["invoice_date"] == day.date().isoformat()


def test_hub_verify_counts_the_documents_of_a_file_by_the_mapping_of_then(store: Store, tmp_path: Path) -> None:
    with mapped_hub(store, tmp_path, ADVISED) as hub:
        hub.take(bill("R1", "R2").replace(b"V-1,5", b"V-1,five", 1), name="a.csv")
        hub.take(b"%PDF-1.7")
        hub.apply(PROFILE.replace("group: [invoice_number]", "group: []", 1))
        hub.leave()
        subject = Subject(store.read, store.blobs, hub.services.data_dir, hub.services.clock())
        assert [defect.code for _, defect in verify(subject)] == []
        with store.begin() as tx:
            tx.execute(transmissions.table.update().where(transmissions.table.c.sets == 2).values(sets=3))
        assert "SCAN-SETS" in {defect.code for _, defect in verify(subject, ["bytes"])}


ADVISED = PROFILE.replace(
    "  orders:\n",
    """\
  problems:
    document: application_advice
    format: {kind: csv}
    unwritable: omit
    group: [advice_number]
    fields:
      purpose: {constant: response}
      advice_number: {column: Advice}
      date: {column: Date}
    lists:
      documents:
        group: [number]
        fields: {verdict: {constant: rejected}, kind: {column: Kind}, number: {column: Number}}
        lists:
          errors: {fields: {condition: {column: Sort}, message: {column: Problem}, bad_value: {column: Value}}}
  orders:
""",
)
ADVISED += "  - {type: application_advice, direction: outbound, channel: files, mapping: problems}\n"


def test_what_is_wrong_with_a_document_leaves_as_a_file_where_that_is_agreed(store: Store, tmp_path: Path) -> None:
    with mapped_hub(store, tmp_path, ADVISED + "checks: {invoice-total: error}\n") as hub:
        unread, unsound = bill("R1", quantity="five"), bill("R2").replace(b"7.50", b"9.99")
        hub.take(unread)
        hub.take(unsound)
        rows = [row for text in hub.leave() for row in csv.DictReader(io.StringIO(text))]
        assert [(row["Number"], row["Value"]) for row in rows] == [("R1", "five"), ("R2", "9.99")]
        assert [row["Problem"].partition(": ")[0] for row in rows] == ['line 2, column "Qty"', 'line 2, column "Total"']
        hub.take(unread)
        assert len(hub.leave()) == 1, "who sends the same again gets the first answer again"


def test_a_replay_shows_what_a_partner_would_get_and_sends_anew_what_the_mapping_changes(
    store: Store, tmp_path: Path
) -> None:
    with mapped_hub(store, tmp_path) as hub:
        posted = hub.post(make_purchase_order())
        hub.leave()
        (document,) = hub.documents_of(posted)
        replays = Replays(hub.services)
        (kept,) = replays.look(document).deliveries
        hub.apply(PROFILE.replace("{column: PO}", "{column: Bestellung}"))
        (changed,) = Replays(hub.services).look(document).deliveries
        assert (kept.act, changed.act) == (Act.KEPT, Act.REPLACED)
        assert changed.gets is not None
        assert changed.gets.lines[0].startswith("Bestellung;")


def test_a_replay_of_what_left_as_a_workbook_shows_its_cells(store: Store, tmp_path: Path) -> None:
    sheets = PROFILE.replace('format: {kind: csv, separator: ";"}', "format: {kind: sheet}")
    with mapped_hub(store, tmp_path, sheets) as hub:
        posted = hub.post(make_purchase_order())
        compose_due(hub.services)
        (document,) = hub.documents_of(posted)
        (unchanged,) = Replays(hub.services).look(document).deliveries
        hub.apply(sheets.replace("{column: PO}", "{column: Bestellung}"))
        (changed,) = Replays(hub.services).look(document).deliveries
        assert (unchanged.act, changed.act) == (Act.KEPT, Act.REPLACED)
        assert changed.gets is not None
        assert changed.gets.lines[0].startswith("Bestellung\t")
