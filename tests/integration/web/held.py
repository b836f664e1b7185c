"""Invoices that wait for a crosswalk entry: received and worked as they are in earnest."""

from __future__ import annotations

from pathlib import Path

from channels.channel import Codec
from channels.ports import Arrival
from hub.node.arrivals import process_pending
from hub.pipeline.receive import receive
from hub.store import configurations, crosswalks, search
from hub.store.records import CrosswalkRow, StoredDocument
from hub.store.search import DocumentFilter
from tests.integration.web.running_hub import Site

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
