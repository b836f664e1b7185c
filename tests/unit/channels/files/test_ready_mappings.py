"""The mappings that come with the hub: each is sound, and carries real documents there and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from canonical.advance_ship_notice import AdvanceShipNotice
from canonical.document import Document
from canonical.finding import Severity
from canonical.invoice import Invoice, InvoiceKind
from canonical.purchase_order_acknowledgment import AcknowledgmentType, PurchaseOrderAcknowledgment
from channels.errors import PayloadError
from channels.files import FileMapping, differences, read_all, scan, write
from channels.files.read_back import judge
from channels.files.report import Report
from channels.x12 import read as read_x12
from partners.loader import read_model
from partners.ready_mappings import READY, ready_mapping, ready_text
from tests.builders import make_purchase_order

CASES = Path(__file__).parents[4] / "samples" / "cases"


def documents() -> list[Document]:
    """One document of each sort that the samples have, two ship notices."""
    paths = [path for path in sorted(CASES.glob("*/input.edi")) if path.parent.name != "three-invoices-one-bad"]
    bodies = [path.read_bytes() for path in paths]
    sets = [one for body in bodies for interchange in read_x12(body) for one in interchange]
    return [one.document for one in sets if one.document is not None and one.verdict.value == "accepted"]


def variants(document: Document) -> Iterator[Document]:
    """More of what not every form carries: an answer that takes everything, line by line or as a whole; a notice of
    items without packages; a credit."""
    if isinstance(document, PurchaseOrderAcknowledgment):
        accepted = tuple(line for line in document.lines if all(a.status == "accepted" for a in line.acknowledgments))
        yield document.model_copy(update={"lines": accepted, "purchase_order_number": "ACCEPTED"})
        whole = {"acknowledgment_type": AcknowledgmentType.ACCEPTED, "acknowledgment_type_code": "AT"}
        yield document.model_copy(update={"lines": (), "purchase_order_number": "WHOLE", **whole})
    if isinstance(document, AdvanceShipNotice):
        (shipment,) = document.levels
        orders = []
        for order in shipment.levels:
            items = tuple(found.item for found in document.iter_items() if order in found.path)
            orders.append(order.model_copy(update={"levels": items}))
        levels = (shipment.model_copy(update={"levels": tuple(orders)}),)
        yield document.model_copy(update={"levels": levels, "shipment_identification": "UNPACKED"})
    if isinstance(document, Invoice):
        yield document.model_copy(
            update={
                "kind": InvoiceKind.CREDIT,
                "kind_code": "CR",
                "invoice_number": f"CREDIT-{document.invoice_number}",
            }
        )


SAMPLES = documents()
DOCUMENTS = SAMPLES + [variant for one in SAMPLES for variant in variants(one)]


def counted(document: Document) -> int:
    """Lines or items, of which no form may lose one."""
    if isinstance(document, AdvanceShipNotice):
        return len(list(document.iter_items()))
    return len(getattr(document, "lines", ()))


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
    ("ubl-order-response-simple", "10045"): "no word in the mapping's lookup",
    ("ubl-order-response-simple", "ACCEPTED"): "no word in the mapping's lookup",
    ("ubl-credit-note", "INV-55120"): "would say something else",
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
    assert counted(again.document) == counted(original)
    lost = {pointer for pointer, _, _ in differences(original, again.document)}
    assert lost == {finding.locator for finding in file.findings if finding.severity is Severity.WARNING}
    assert again.document.order_keys() == original.order_keys()
    second = write([again.document], mapping)
    assert second.findings == ()
    (third,) = read_all(second.body, mapping, scan(second.body, mapping).documents)
    assert third.document == again.document


@pytest.mark.parametrize("name", [name for name in READY if name.endswith("-purchase-order")])
def test_a_file_that_lacks_a_line_does_not_leave_whatever_may_be_left_out(name: str) -> None:
    order = next(one for one in SAMPLES if one.type == "purchase_order")
    short = order.model_copy(update={"lines": order.lines[:-1]})
    mapping, report = ready_mapping(name), Report()
    judge(write([short], mapping).body, [order], mapping, report)
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    assert [finding.locator for finding in errors] == [f"/lines/{len(order.lines) - 1}"]


@pytest.mark.parametrize("name", [name for name in READY if name.endswith("-purchase-order")])
def test_an_order_that_says_its_items_by_another_code_leaves_and_the_code_is_named(name: str) -> None:
    order = make_purchase_order()  # its vendor's item numbers have the code VN, in files VP is usual
    codes = [f for f in write([order], ready_mapping(name)).findings if f.locator.endswith("/identifiers/0/qualifier")]
    assert {(finding.severity, finding.value) for finding in codes} <= {(Severity.WARNING, "VN")}


def test_a_file_that_would_say_another_currency_is_refused_whatever_may_be_left_out() -> None:
    (order,) = (one for one in SAMPLES if one.type == "purchase_order")
    plain = read_model(FileMapping, ready_text("csv-purchase-order"), "").require()
    in_euros = {"fields": {**plain.fields, "currency.code": {"constant": "EUR"}}}
    mapping = FileMapping.model_validate(plain.model_dump(exclude_unset=True) | in_euros)
    with pytest.raises(PayloadError, match="/currency/code: The file would say something else"):
        write([order], mapping)
