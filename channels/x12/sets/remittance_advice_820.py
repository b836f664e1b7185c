"""820 Payment Order/Remittance Advice ⇄ ``RemittanceAdvice``."""

from __future__ import annotations

from canonical.reference import ReferenceKind
from canonical.remittance_advice import PaymentAction, PaymentMethod, RemittanceAdvice
from canonical.settlement import AdjustmentReason, CreditDebit, TransactionHandling
from channels.x12.sets.binding import Part, SetBinding, coded, day, decimal, each, integer, part, segment
from channels.x12.sets.order_lines import SUBLINES, priced_lines
from channels.x12.sets.segments import (
    ALLOWANCES_AND_CHARGES,
    CONTACTS,
    CURRENCY,
    DATES,
    INSTRUCTIONS,
    PARTIES,
    QUANTITIES,
    REFERENCES,
    TAXES,
)


def _account(first: int) -> Part:
    """Bank qualifier and number, account type and number, in four elements from the ``first`` on."""
    bank_qualifier, bank, account_type, account = (f"BPR{first + place:02}" for place in range(4))
    return part(bank_qualifier=bank_qualifier, bank=bank, account_type=account_type, account=account)


_LINES = priced_lines("IT1").containing(QUANTITIES, REFERENCES, ALLOWANCES_AND_CHARGES.containing(TAXES), SUBLINES)

_ADJUSTMENTS = each(
    "adjustments",
    "ADX",
    amount=decimal("ADX01"),
    reason=coded("ADX02", AdjustmentReason),
    explained_by_qualifier="ADX03",
    explained_by="ADX04",
).containing(INSTRUCTIONS, CONTACTS, DATES, REFERENCES, _LINES)

_ITEMS = each(
    "items",
    "RMR",
    kind=coded("RMR01", ReferenceKind, "qualifier"),
    number="RMR02",
    action=coded("RMR03", PaymentAction),
    amount_paid=decimal("RMR04"),
    invoice_amount=decimal("RMR05"),
    discount_taken=decimal("RMR06"),
    adjustment_reason=coded("RMR07", AdjustmentReason),
    adjustment_amount=decimal("RMR08"),
).containing(INSTRUCTIONS, REFERENCES, DATES, _LINES, _ADJUSTMENTS)

BINDING = SetBinding(
    "820",
    RemittanceAdvice,
    segment(
        "BPR",
        handling=coded("BPR01", TransactionHandling),
        amount=decimal("BPR02"),
        credit_debit=coded("BPR03", CreditDebit),
        payment_method=coded("BPR04", PaymentMethod),
        payment_format="BPR05",
        originating_account=_account(6),
        originating_company="BPR10",
        originating_company_supplement="BPR11",
        receiving_account=_account(12),
        effective_date=day("BPR16"),
        business_function="BPR17",
        return_account=_account(18),
    ),
    segment(
        "TRN",
        trace=part(type_code="TRN01", number="TRN02", originating_company="TRN03", further_number="TRN04"),
    ),
    INSTRUCTIONS,
    CURRENCY,
    REFERENCES,
    DATES,
    PARTIES,
    each(
        "entities",
        "ENT",
        assigned_number=integer("ENT01"),
        entity="ENT02",
        identifier=part(qualifier="ENT03", value="ENT04"),
        related_entity="ENT05",
        related_identifier=part(qualifier="ENT06", value="ENT07"),
        reference_qualifier="ENT08",
        reference="ENT09",
    ).containing(_ADJUSTMENTS, _ITEMS),
)
