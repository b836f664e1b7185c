"""The mappings that come with the hub: each is sound, and carries real documents there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from canonical.advance_ship_notice import AdvanceShipNotice
from canonical.document import Document
from canonical.finding import Severity
from canonical.purchase_order_acknowledgment import PurchaseOrderAcknowledgment
from channels.errors import PayloadError
from channels.files import differences, read_all, scan, write
from channels.x12 import read as read_x12
from partners.ready_mappings import READY, ready_mapping

CASES = Path(__file__).parents[4] / "samples" / "cases"


def documents() -> list[Document]:
    """Every document of the samples that follows the standard."""
    bodies = [path.read_bytes() for path in sorted(CASES.glob("*/input.edi"))]
    sets = [one for body in bodies for interchange in read_x12(body) for one in interchange]
    return [one.document for one in sets if one.document is not None and one.verdict.value == "accepted"]


def plainer(document: Document) -> Document | None:
    """A second one of what not every form carries: an answer that accepts everything, a notice of items without
    packages."""
    if isinstance(document, PurchaseOrderAcknowledgment):
        accepted = tuple(line for line in document.lines if all(a.status == "accepted" for a in line.acknowledgments))
        return document.model_copy(update={"lines": accepted, "purchase_order_number": "ACCEPTED"})
    if isinstance(document, AdvanceShipNotice):
        (shipment,) = document.levels
        orders = [
            order.model_copy(
                update={"levels": tuple(item.item for item in document.iter_items() if order in item.path)}
            )
            for order in shipment.levels
        ]
        levels = (shipment.model_copy(update={"levels": tuple(orders)}),)
        return document.model_copy(update={"levels": levels, "shipment_identification": "UNPACKED"})
    return None


SAMPLES = documents()
DOCUMENTS = SAMPLES + [one for one in map(plainer, SAMPLES) if one is not None]


@pytest.mark.parametrize("name", READY)
def test_a_ready_mapping_works_in_both_directions(name: str) -> None:
    assert ready_mapping(name).outbound_problems() == []


UNCARRIED = {
    ("idoc-advance-ship-notice", "SH88123"): "no place for pack",
    ("idoc-advance-ship-notice", "BP-60417"): "no place for tare",
    ("ubl-advance-ship-notice", "BP-60417"): "no place for tare",
    ("cxml-advance-ship-notice", "BP-60417"): "no place for tare",
    ("cxml-purchase-order-acknowledgment", "10045"): "no word in the mapping's lookup",
    ("idoc-purchase-order-acknowledgment", "10045"): "The file would say something else",
    ("ubl-purchase-order-acknowledgment", "10045"): "no word in the mapping's lookup",
}
"""Mapping and number of a document that its form cannot carry: why."""

PAIRS = [(name, one) for name in READY for one in DOCUMENTS if one.type == ready_mapping(name).document]


@pytest.mark.parametrize(("name", "original"), PAIRS, ids=[f"{n}-{one.document_number()}" for n, one in PAIRS])
def test_documents_that_came_as_x12_come_back_from_the_file_but_for_what_is_named(
    name: str, original: Document
) -> None:
    mapping = ready_mapping(name)
    reason = UNCARRIED.get((name, original.document_number()))
    if reason is not None:
        with pytest.raises(PayloadError, match=reason):
            write([original], mapping)
        return
    file = write([original], mapping)
    (again,) = read_all(file.body, mapping, scan(file.body, mapping).documents)
    assert again.is_good, again.findings
    assert again.document is not None
    lost = {pointer for pointer, _, _ in differences(original, again.document)}
    assert lost == {finding.locator for finding in file.findings if finding.severity is Severity.WARNING}
    assert again.document.order_keys() == original.order_keys()
    second = write([again.document], mapping)
    assert second.findings == ()
    (third,) = read_all(second.body, mapping, scan(second.body, mapping).documents)
    assert third.document == again.document
