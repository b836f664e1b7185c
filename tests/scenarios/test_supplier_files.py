"""A supplier without EDI: files of its own programs in, workbooks out, and every answer in a file or for the asking."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from canonical.document import parse_document, to_json
from canonical.invoice import Invoice
from channels.files import read_all, scan, write
from hub.compute.pool import Children, Limits
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredDocument
from hub.store.schema.tables import transmissions as table
from hub.store.store import Store
from partners.loader import load_profile_text
from partners.ready_mappings import ready_mapping
from tests.builders import make_invoice, make_purchase_order
from tests.scenarios.running import PATIENCE, SAMPLES, RunningHub, running_hub, sample_profiles

INVOICES = (SAMPLES / "files" / "invoices.csv").read_bytes()
PROFILE = (SAMPLES / "files" / "copper-tools.yaml").read_text()
SHEETS = """\
mappings:
  sheets: {ready: xlsx-invoice, names: ["*.xlsx"]}
  ubl: {ready: ubl-invoice}
"""
SEVERAL = PROFILE.replace("mappings:\n", SHEETS, 1).replace("mapping: invoices", "mapping: [invoices, sheets, ubl]")
CXML = """\
partner: brass-works
name: Brass Works
role: supplier
usage_indicator: production
mappings:
  orders: {ready: cxml-purchase-order}
channels:
  - {name: files, kind: folder, codec: files, inbound: brass-works/in, outbound: brass-works/out, poll_seconds: 60}
documents:
  - {type: purchase_order, direction: outbound, channel: files, mapping: orders}
"""


LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Invoice>&c;</Invoice>'


@pytest.mark.sqlite_suffices
async def test_invoices_in_csv_xlsx_and_xml_reach_the_erp_and_orders_leave_as_workbook_and_cxml(
    store: Store, tmp_path: Path
) -> None:
    children = Children("hub.pipeline.child", 1, Limits())
    profiles = sample_profiles() | {"copper-tools": SEVERAL, "brass-works": CXML}
    async with running_hub(store, tmp_path, profiles, children) as hub:
        supplier = hub.partner("copper-tools")
        supplier.put("INV-0131.csv", INVOICES)
        first = await hub.until(lambda: arrival(hub, "INV-0131.csv"))
        await hub.erp.wait_for(2, PATIENCE)
        assert [d.status for d in inbound(first)] == [
            DocumentStatus.ROUTED,
            DocumentStatus.REJECTED,
            DocumentStatus.ROUTED,
        ]
        (told,) = await hub.until(lambda: list((supplier.root / "out").glob("*.csv")))
        (row,) = csv.DictReader(io.StringIO(told.read_text()))
        assert (row["Invoice No"], row["Value"]) == ("CT-502", "a dozen")
        assert row["Problem"].startswith('line 3, column "Qty": ')
        supplier.put("INV-again.csv", INVOICES)
        again = await hub.until(lambda: arrival(hub, "INV-again.csv"))
        assert (again.transmission.status, again.transmission.duplicate_of) == (
            ArrivalStatus.DUPLICATE,
            first.transmission.id,
        )
        supplier.put("laughs.xml", LAUGHS)
        hostile = await hub.until(lambda: arrival(hub, "laughs.xml"))
        assert (hostile.transmission.status, hostile.documents) == (ArrivalStatus.REJECTED, [])
        assert "DTD" in (hostile.transmission.reason or "")
        invoice = make_invoice(invoice_number="CT-600")
        for name, ready in (("CT-600.xlsx", "xlsx-invoice"), ("CT-601.xml", "ubl-invoice")):
            own = invoice.model_copy(update={"invoice_number": name.partition(".")[0]})
            supplier.put(name, write([own], ready_mapping(ready)).body)
        await hub.erp.wait_for(4, PATIENCE)
        order = make_purchase_order()
        for partner in ("copper-tools", "brass-works"):
            body = json.dumps({"partner": partner, "document": json.loads(to_json(order))}).encode()
            hub.desk("system", "erp").accept_document(body, partner)
        (sent,) = await hub.until(lambda: list((supplier.root / "out").glob("*.xlsx")))
        (cxml,) = await hub.until(lambda: list((hub.partner("brass-works").root / "out").glob("*.xml")))
        assert b"<OrderRequest>" in cxml.read_bytes()
        mapping = load_profile_text(PROFILE, "").require().mappings["orders"]
        found = scan(sent.read_bytes(), mapping)
        (read,) = read_all(sent.read_bytes(), mapping, found.documents)
    children.close()
    taken = [parse_document(effect.body["document"]) for effect in hub.erp.effects.values()]
    assert sorted(document.document_number() for document in taken) == ["CT-501", "CT-503", "CT-600", "CT-601"]
    for whole in (document for document in taken if document.document_number() in ("CT-600", "CT-601")):
        assert isinstance(whole, Invoice)
        assert whole.total_amount == invoice.total_amount
        assert [(line.quantity, line.unit_price, line.identifiers[0].value) for line in whole.lines] == [
            (line.quantity, line.unit_price, line.identifiers[0].value) for line in invoice.lines
        ]
    assert read.document is not None
    assert read.document.document_number() == order.purchase_order_number
    assert [line.quantity for line in read.document.lines] == [line.quantity for line in order.lines]  # type: ignore[union-attr]


def arrival(hub: RunningHub, name: str) -> Trace | None:
    """What has come under this name, once it is worked."""
    with hub.services.store.read() as tx:
        named = select(table.c.id).where(table.c.transport_id == name, table.c.direction == "in")
        found = list(tx.execute(named).scalars())
    trace = hub.desk("partner", "copper-tools").transmission(found[0]) if found else None
    return trace if trace and trace.transmission.finished_at else None


def inbound(trace: Trace) -> list[StoredDocument]:
    return [document for document in trace.documents if document.direction == "inbound"]
