from __future__ import annotations

from datetime import date
from decimal import Decimal

from canonical.invoice import Invoice, InvoiceLine
from canonical.quantity import Quantity
from canonical.reference import Reference, ReferenceKind


def line(order: str | None = None) -> InvoiceLine:
    references = (Reference(kind=ReferenceKind.PURCHASE_ORDER, value=order),) if order else ()
    return InvoiceLine(
        quantity=Quantity(value=Decimal(3), unit_of_measure="CA"), unit_price=Decimal("12.50"), references=references
    )


def invoice(**changes: object) -> Invoice:
    return Invoice.model_validate({"invoice_number": "INV1", "invoice_date": date(2026, 11, 21), **changes})


def test_survives_json() -> None:
    document = invoice(lines=(line("PO2"), line()), total_amount=Decimal("75.00"))
    assert Invoice.model_validate_json(document.model_dump_json()) == document


def test_an_invoice_needs_no_code_a_credit_always_has_one() -> None:
    assert (invoice().kind, invoice().kind_code, invoice().is_credit) == (None, None, False)
    assert invoice(kind="credit").is_credit
    assert invoice(kind="credit").kind_code == "CR"
    assert invoice(kind="credit", kind_code="CN").kind_code == "CN"
    assert invoice(kind="debit_memo").kind_code == "DR"


def test_every_order_is_named_once_header_first() -> None:
    document = invoice(
        purchase_order_number="PO9",
        references=(Reference(kind=ReferenceKind.PURCHASE_ORDER, value="PO2"),),
        lines=(line("PO1"), line("PO2"), line()),
    )
    assert document.purchase_order_numbers() == ("PO9", "PO2", "PO1")
