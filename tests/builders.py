"""Documents and segments for tests: valid by default, one keyword to change one thing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from canonical.advance_ship_notice import AdvanceShipNotice
from canonical.application_advice import ApplicationAdvice
from canonical.credit_debit_adjustment import CreditDebitAdjustment
from canonical.document import parse_document
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from canonical.identifier import check_digit
from canonical.inventory_advice import InventoryAdvice
from canonical.invoice import Invoice
from canonical.order import OrderLine
from canonical.party import Party
from canonical.purchase_order import PurchaseOrder, PurchaseOrderChange
from canonical.purchase_order_acknowledgment import PurchaseOrderAcknowledgment, PurchaseOrderChangeAcknowledgment
from canonical.receiving_advice import ReceivingAdvice
from canonical.remittance_advice import RemittanceAdvice
from canonical.return_authorization import ReturnAuthorization

ORDER_DATE = date(2025, 3, 3)


def make_sscc(serial: int = 1) -> str:
    """An SSCC-18 with a right check digit."""
    digits = f"0061414{serial:010}"
    return digits + check_digit(digits)


def make_party(**changes: Any) -> Party:
    """A ship-to with the buyer's location number."""
    fields: dict[str, Any] = {
        "role": "ship_to",
        "name": "Distribution Center 5",
        "identifier": {"qualifier": "92", "value": "0005"},
        "address": {
            "lines": ["1 Main Street"],
            "city": "Dallas",
            "state_or_province": "TX",
            "postal_code": "75001",
            "country": "US",
        },
    }
    return Party.model_validate(fields | changes)


def make_line(number: int = 1, **changes: Any) -> OrderLine:
    """Twelve each at 9.95 with the vendor's and the buyer's item number."""
    fields: dict[str, Any] = {
        "line_number": str(number),
        "quantity": {"value": "12", "unit_of_measure": "EA"},
        "unit_price": "9.95",
        "unit_price_basis": "PE",
        "identifiers": [
            {"kind": "vendor_item_number", "value": f"V-{number:04}"},
            {"kind": "buyer_item_number", "value": f"B-{number:04}"},
        ],
        "descriptions": [{"type_code": "F", "text": f"Widget {number}"}],
    }
    return OrderLine.model_validate(fields | changes)


def make_purchase_order(lines: int = 2, **changes: Any) -> PurchaseOrder:
    """An original stand-alone order with right totals."""
    fields: dict[str, Any] = {
        "purpose": "original",
        "order_type": "stand_alone",
        "purchase_order_number": "PO-1001",
        "order_date": ORDER_DATE,
        "currency": {"entity": "BY", "code": "USD"},
        "dates": [{"kind": "requested_delivery", "date": "2025-03-17"}],
        "parties": [make_party()],
        "lines": [make_line(number) for number in range(1, lines + 1)],
        "totals": {"line_item_count": lines, "hash_total": str(12 * lines)},
    }
    return PurchaseOrder.model_validate(fields | changes)


def make_purchase_order_acknowledgment(lines: int = 2, **changes: Any) -> PurchaseOrderAcknowledgment:
    """Every line of ``make_purchase_order`` accepted as ordered."""
    accepted = {"status": "accepted", "quantity": {"value": "12", "unit_of_measure": "EA"}}
    answered = [{**make_line(number).model_dump(), "acknowledgments": [accepted]} for number in range(1, lines + 1)]
    fields: dict[str, Any] = {
        "purpose": "original",
        "acknowledgment_type": "accepted_with_detail",
        "purchase_order_number": "PO-1001",
        "order_date": ORDER_DATE,
        "acknowledgment_date": "2025-03-04",
        "lines": answered,
        "totals": {"line_item_count": lines},
    }
    return PurchaseOrderAcknowledgment.model_validate(fields | changes)


def make_purchase_order_change(lines: int = 2, **changes: Any) -> PurchaseOrderChange:
    """The first of ``make_purchase_order``'s lines raised by eight each, the others as they were."""
    fields: dict[str, Any] = {
        "purpose": "change",
        "order_type": "stand_alone",
        "purchase_order_number": "PO-1001",
        "change_order_sequence": "1",
        "order_date": ORDER_DATE,
        "change_date": "2025-03-05",
        "parties": [make_party()],
        "lines": [
            {
                **make_line(number).model_dump(),
                "change": "quantity_increase" if number == 1 else "nothing",
                "quantity": {"value": "20" if number == 1 else "12", "unit_of_measure": "EA"},
                "quantity_left_to_receive": "20" if number == 1 else "12",
            }
            for number in range(1, lines + 1)
        ],
        "totals": {"line_item_count": lines, "hash_total": str(12 * lines + 8)},
    }
    return PurchaseOrderChange.model_validate(fields | changes)


def make_purchase_order_change_acknowledgment(lines: int = 2, **changes: Any) -> PurchaseOrderChangeAcknowledgment:
    """Every line of ``make_purchase_order_change`` accepted."""
    changed = make_purchase_order_change(lines).lines
    fields: dict[str, Any] = {
        "purpose": "original",
        "acknowledgment_type": "accepted_with_detail",
        "purchase_order_number": "PO-1001",
        "change_order_sequence": "1",
        "order_date": ORDER_DATE,
        "change_date": "2025-03-05",
        "acknowledgment_date": "2025-03-06",
        "lines": [
            {**line.model_dump(), "acknowledgments": [{"status": "accepted", "quantity": line.quantity}]}
            for line in changed
        ],
        "totals": {"line_item_count": lines},
    }
    return PurchaseOrderChangeAcknowledgment.model_validate(fields | changes)


def make_advance_ship_notice(lines: int = 2, **changes: Any) -> AdvanceShipNotice:
    """One shipment of one order in one carton with an SSCC (S-O-P-I)."""
    items = [
        {
            "kind": "item",
            "line_number": str(number),
            "identifiers": [{"kind": "vendor_item_number", "value": f"V-{number:04}"}],
            "quantity": {"shipped": {"value": "12", "unit_of_measure": "EA"}},
        }
        for number in range(1, lines + 1)
    ]
    carton = {"kind": "pack", "marks": [{"kind": "sscc", "value": make_sscc()}], "levels": items}
    order = {"kind": "order", "purchase_order": {"purchase_order_number": "PO-1001"}, "levels": [carton]}
    shipment = {
        "kind": "shipment",
        "dates": [{"kind": "shipped", "date": "2025-03-14"}],
        "parties": [make_party()],
        "levels": [order],
    }
    fields: dict[str, Any] = {
        "shipment_identification": "SHIP-1",
        "date": "2025-03-14",
        "time": "10:30",
        "levels": [shipment],
        "totals": {"line_item_count": lines},
    }
    return AdvanceShipNotice.model_validate(fields | changes)


def make_invoice(lines: int = 2, **changes: Any) -> Invoice:
    """The order of ``make_purchase_order`` billed in full, with the right total."""
    billed = [
        {
            "line_number": str(number),
            "quantity": {"value": "12", "unit_of_measure": "EA"},
            "unit_price": "9.95",
            "identifiers": [{"kind": "vendor_item_number", "value": f"V-{number:04}"}],
        }
        for number in range(1, lines + 1)
    ]
    fields: dict[str, Any] = {
        "invoice_number": "INV-1",
        "invoice_date": "2025-03-15",
        "purchase_order_number": "PO-1001",
        "currency": {"entity": "SE", "code": "USD"},
        "parties": [make_party(role="remit_to")],
        "lines": billed,
        "total_amount": str(Decimal("119.40") * lines),
        "totals": {"line_item_count": lines},
    }
    return Invoice.model_validate(fields | changes)


def make_receiving_advice(lines: int = 2, **changes: Any) -> ReceivingAdvice:
    """The shipment of ``make_advance_ship_notice``: of each item ten are good, one is damaged and one is missing."""
    received = [
        {
            "line_number": str(number),
            "received": {"value": "10", "unit_of_measure": "EA"},
            "questioned": [
                {"quantity": {"value": "1", "unit_of_measure": "EA"}, "condition": "damaged"},
                {"quantity": {"value": "1", "unit_of_measure": "EA"}, "condition": "short"},
            ],
            "shipped": {"shipped": {"value": "12", "unit_of_measure": "EA"}},
            "identifiers": [{"kind": "vendor_item_number", "value": f"V-{number:04}"}],
            "purchase_orders": [{"purchase_order_number": "PO-1001"}],
        }
        for number in range(1, lines + 1)
    ]
    fields: dict[str, Any] = {
        "receiving_advice_number": "RC-1",
        "date": "2025-03-17",
        "advice_type": "post_receipt",
        "references": [{"kind": "shipment", "value": "SHIP-1"}],
        "dates": [{"kind": "delivered", "date": "2025-03-17"}],
        "parties": [make_party()],
        "lines": received,
        "totals": {"line_item_count": lines},
    }
    return ReceivingAdvice.model_validate(fields | changes)


def make_remittance_advice(**changes: Any) -> RemittanceAdvice:
    """``make_invoice`` paid by ACH, less a discount and a deduction for damage."""
    deduction = {"amount": "-19.90", "reason": "damaged"}
    item = {
        "kind": "invoice",
        "number": "INV-1",
        "action": "pay_item",
        "amount_paid": "214.12",
        "invoice_amount": "238.80",
        "discount_taken": "4.78",
        "references": [{"kind": "purchase_order", "value": "PO-1001"}],
        "adjustments": [deduction],
    }
    fields: dict[str, Any] = {
        "handling": "remittance_only",
        "amount": "214.12",
        "credit_debit": "credit",
        "payment_method": "ach",
        "payment_format": "CTX",
        "originating_account": {
            "bank_qualifier": "01",
            "bank": "999999992",
            "account_type": "DA",
            "account": "1234567",
        },
        "effective_date": "2025-04-14",
        "trace": {"type_code": "1", "number": "TRACE-1"},
        "parties": [make_party(role="payer"), make_party(role="payee")],
        "entities": [{"assigned_number": 1, "items": [item]}],
    }
    return RemittanceAdvice.model_validate(fields | changes)


def make_credit_debit_adjustment(**changes: Any) -> CreditDebitAdjustment:
    """Two damaged pieces of ``make_invoice`` charged back."""
    line = {
        "reason": "damaged",
        "credit_debit": "debit",
        "line_number": "1",
        "amount": "19.90",
        "quantity": {"value": "2", "unit_of_measure": "EA"},
        "prices": [{"price_identifier": "INV", "unit_price": "9.95"}],
        "identifiers": [{"kind": "vendor_item_number", "value": "V-0001"}],
    }
    fields: dict[str, Any] = {
        "adjustment_number": "CD-1",
        "date": "2025-03-20",
        "handling": "deduct_from_next_remittance",
        "amount": "19.90",
        "credit_debit": "debit",
        "invoice_number": "INV-1",
        "invoice_date": "2025-03-15",
        "purchase_order_number": "PO-1001",
        "parties": [make_party(role="supplier")],
        "lines": [line],
    }
    return CreditDebitAdjustment.model_validate(fields | changes)


def make_application_advice(**changes: Any) -> ApplicationAdvice:
    """``make_invoice`` refused for its total."""
    error = {
        "condition": "total_out_of_balance",
        "message": "lines 238.80, the invoice says 240.00",
        "segment": "TDS",
        "segment_position": 9,
        "element_position": 1,
        "bad_value": "24000",
    }
    refused = {
        "verdict": "rejected",
        "kind": "invoice",
        "number": "INV-1",
        "group_control_number": "1",
        "transaction_set_control_number": "0001",
        "transaction_set": "810",
        "references": [{"kind": "purchase_order", "value": "PO-1001"}],
        "errors": [error],
    }
    fields: dict[str, Any] = {"advice_number": "AD-1", "date": "2025-03-15", "documents": [refused]}
    return ApplicationAdvice.model_validate(fields | changes)


def make_inventory_advice(lines: int = 2, **changes: Any) -> InventoryAdvice:
    """What a supplier has of some items in one warehouse, and when more will come."""
    stock = [
        {
            "line_number": str(number),
            "identifiers": [{"kind": "vendor_item_number", "value": f"V-{number:04}"}],
            "quantities": [
                {"kind": "on_hand", "quantity": {"value": "40", "unit_of_measure": "EA"}},
                {
                    "kind": "on_order",
                    "quantity": {"value": "60", "unit_of_measure": "EA"},
                    "dates": [{"kind": "estimated_delivery", "date": "2025-04-01"}],
                },
            ],
        }
        for number in range(1, lines + 1)
    ]
    fields: dict[str, Any] = {
        "purpose": "original",
        "report_type": "seller",
        "reference_number": "STOCK-1",
        "date": "2025-03-03",
        "parties": [make_party(role="warehouse")],
        "lines": stock,
        "totals": {"line_item_count": lines, "hash_total": str(100 * lines)},
    }
    return InventoryAdvice.model_validate(fields | changes)


def make_return_authorization(lines: int = 2, **changes: Any) -> ReturnAuthorization:
    """The request to send back two of each item of ``make_purchase_order``, damaged."""
    returned = [
        {
            "identifiers": [
                {"kind": "vendor_item_number", "value": f"V-{number:04}"},
                {"kind": "buyer_item_number", "value": f"B-{number:04}"},
            ],
            "quantity": {"value": "2", "unit_of_measure": "EA"},
            "price_identifier": "PUR",
            "unit_price": "9.95",
            "decision": {"reason": "damaged"},
            "purchase_order": {"purchase_order_number": "PO-1001", "line_number": str(number)},
        }
        for number in range(1, lines + 1)
    ]
    fields: dict[str, Any] = {
        "purpose": "request",
        "reference_number": "RET-1",
        "date": "2025-03-20",
        "parties": [make_party(role="vendor")],
        "lines": returned,
    }
    return ReturnAuthorization.model_validate(fields | changes)


def make_functional_acknowledgment(**changes: Any) -> FunctionalAcknowledgment:
    """A group of one purchase order, accepted."""
    fields: dict[str, Any] = {
        "type": "functional_acknowledgment",
        "group": {"functional_identifier": "PO", "control_number": "1"},
        "verdict": "accepted",
        "sets_included": 1,
        "sets_received": 1,
        "sets_accepted": 1,
        "transaction_sets": [{"transaction_set": "850", "control_number": "0001", "verdict": "accepted"}],
    }
    document = parse_document(fields | changes)
    assert isinstance(document, FunctionalAcknowledgment)
    return document
