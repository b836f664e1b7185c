"""What waits: invoices for a crosswalk entry, received and worked as they are in earnest; a delivery for its target's
word."""

from __future__ import annotations

from pathlib import Path

from channels.channel import Codec
from hub.node.arrivals import process_pending
from hub.pipeline import settle
from hub.settings import Confirmation
from hub.store.configuration import configurations, crosswalks
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter
from hub.store.schema.records import CrosswalkRow, StoredDelivery, StoredDocument
from hub.store.traffic import deliveries, transmissions
from tests.integration.store.rows_for_tests import arrival, departure, document
from tests.integration.web.running_hub import Site
from tests.receiving import Arrival, receive

SAMPLES = Path(__file__).parents[3] / "samples"
KEY = "acme-fasteners"


def hold_invoices(site: Site, count: int) -> list[StoredDocument]:
    """So many invoices of a partner, held as their units are unknown."""
    profile = (SAMPLES / "partners" / f"{KEY}.yaml").read_text().replace('unit: "on"', "unit: required")
    body = (SAMPLES / "cases" / "invoice-with-freight" / "input.edi").read_bytes()
    with site.store.begin() as tx:
        configurations.apply(tx, "hub", "hub", (SAMPLES / "hub.yaml").read_text(), "test", site.clock())
        configurations.apply(tx, "partner", KEY, profile, "test", site.clock())
    site.services.configuration_changed()
    for number in range(1, count + 1):
        control = str(500 + number).encode()
        own = body.replace(b"000000103", control.zfill(9)).replace(b"*103*X*", b"*" + control + b"*X*")
        own = own.replace(b"GE*1*103", b"GE*1*" + control).replace(b"INV-55120", b"INV-" + str(number).encode())
        arrival = Arrival(f"{KEY}/files", own, Codec.X12.content_type, "file")
        receive(site.store, arrival, partner=KEY, actor="test", now=site.clock())
    process_pending(site.services, "test")
    return invoices(site)


def invoices(site: Site) -> list[StoredDocument]:
    """Oldest first."""
    with site.store.read() as tx:
        return search.documents(tx, DocumentFilter(partner=KEY, type="invoice", direction="inbound", limit=500))[::-1]


def mend(site: Site, case: str = "CA") -> None:
    rows = [CrosswalkRow("unit", "", "BX", case), CrosswalkRow("unit", "", "EA", "EA")]
    with site.store.begin() as tx:
        crosswalks.merge(tx, KEY, rows, "operator:test", site.clock())


def handed_over(site: Site, confirmation: Confirmation) -> StoredDelivery:
    """A delivery of a new document that the ERP has answered by 202."""
    with site.store.begin() as tx:
        stored = document(tx, arrival(tx).id)
        made = deliveries.record(
            tx,
            document_id=stored.id,
            partner="acme",
            target="erp",
            idempotency_key=f"{stored.origin_id}.1.erp",
            order_keys=["PO-1"],
            now=site.clock(),
        )
        left = departure(tx)
        made = deliveries.set_status(tx, made, "composed", now=site.clock(), departure_id=left.id)
        settle.handed_over(tx, transmissions.hold(tx, left.id), confirmation, site.clock())
    return made
