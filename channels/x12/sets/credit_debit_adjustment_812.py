"""812 Credit/Debit Adjustment ⇄ ``CreditDebitAdjustment``."""

from __future__ import annotations

from canonical.credit_debit_adjustment import CreditDebitAdjustment
from canonical.order import Purpose
from canonical.settlement import AdjustmentReason, CreditDebit, TransactionHandling
from channels.x12.sets.binding import SetBinding, coded, day, decimal, each, repeat, segment, with_decimals
from channels.x12.sets.segments import (
    ALLOWANCES_AND_CHARGES,
    CONTACTS,
    CURRENCY,
    DATES,
    DELIVERY_TERMS,
    INDUSTRY_CODES,
    NOTES,
    PACKAGING,
    PARTIES,
    PAYMENT_TERMS,
    identifiers,
    quantity,
)

_SHIPMENTS = each(
    "shipments",
    "SHD",
    shipped=decimal("SHD01"),
    received=decimal("SHD02"),
    unit_of_measure="SHD03",
    weight=quantity("SHD04", "SHD05"),
    volume=quantity("SHD06", "SHD07"),
    price_bracket="SHD09",
    method="SHD10",
    scac="SHD11",
    status="SHD12",
    reference_qualifier="SHD13",
    reference="SHD14",
)

_LINES = each(
    "lines",
    "CDD",
    reason=coded("CDD01", AdjustmentReason),
    credit_debit=coded("CDD02", CreditDebit),
    line_number="CDD03",
    amount=with_decimals(2, "CDD04"),
    price_bracket="CDD06",
    quantity=quantity("CDD07", "CDD08"),
    unit_price_difference=decimal("CDD09"),
    prices=repeat(2, 2, price_identifier="CDD10", unit_price=decimal("CDD11")),
    message="CDD14",
).containing(
    segment("LIN", item_line_number="LIN01", identifiers=identifiers("LIN", 2, 15)),
    PACKAGING,
    ALLOWANCES_AND_CHARGES,
    NOTES,
    DATES,
    INDUSTRY_CODES,
    each("stores", "N11", store_number="N1101", location="N1102", reference="N1103").containing(PARTIES),
)

BINDING = SetBinding(
    "812",
    CreditDebitAdjustment,
    segment(
        "BCD",
        date=day("BCD01"),
        adjustment_number="BCD02",
        handling=coded("BCD03", TransactionHandling),
        amount=with_decimals(2, "BCD04"),
        credit_debit=coded("BCD05", CreditDebit),
        invoice_date=day("BCD06"),
        invoice_number="BCD07",
        vendor_order_number="BCD08",
        purchase_order_date=day("BCD09"),
        purchase_order_number="BCD10",
        purpose=coded("BCD11", Purpose),
        transaction_type="BCD12",
        reference_qualifier="BCD13",
        reference="BCD14",
        action_code="BCD15",
    ),
    CURRENCY,
    NOTES,
    CONTACTS,
    PAYMENT_TERMS,
    DATES,
    DELIVERY_TERMS,
    _SHIPMENTS,
    ALLOWANCES_AND_CHARGES,
    PARTIES,
    INDUSTRY_CODES,
    _LINES,
)
