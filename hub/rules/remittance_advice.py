"""Checks of a payment order or remittance advice (820): what is paid adds up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from canonical.error_condition import ErrorCondition
from canonical.remittance_advice import PaymentAction, PaymentAdjustment, RemittanceAdvice, RemittanceItem
from hub.rules import general
from hub.rules.arithmetic import HALF_CENT, money, plain
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

PAYMENT_TOTAL = Rule(
    "payment-total",
    "The payment (BPR02) is the sum of what is paid on each item (RMR04) and of the adjustments beside them (ADX).",
    CheckSetting.HOLD,
    ErrorCondition.PAYMENT_AMOUNT,
)
REMITTANCE_ITEM = Rule(
    "remittance-item",
    "What is paid on an item in full is its amount less the discount, with its adjustments.",
    CheckSetting.WARNING,
    ErrorCondition.NOT_MATCHING,
)
RULES = (PAYMENT_TOTAL, REMITTANCE_ITEM)

_IN_PART = frozenset({PaymentAction.PARTIAL, PaymentAction.PROGRESS, PaymentAction.IN_ADVANCE})
"""Payments that need not come to the item's amount."""


def check(document: RemittanceAdvice, context: CheckContext) -> Iterator[Hit]:
    yield from general.currency_agreed([("/currency", document.currency)], context)
    for place, entity in enumerate(document.entities):
        for index, item in enumerate(entity.items):
            yield from _item(f"/entities/{place}/items/{index}", item, context)
    yield from _total(document, context)


def _total(document: RemittanceAdvice, context: CheckContext) -> Iterator[Hit]:
    """Only where every item says what is paid on it; an advice that lists none says nothing against its amount."""
    paid = [item.amount_paid for item in document.items()]
    known = [amount for amount in paid if amount is not None]
    if not paid or len(known) < len(paid):
        return
    items = sum(known, Decimal(0))
    adjustments = _sum(adjustment for entity in document.entities for adjustment in entity.adjustments)
    total = items + adjustments
    if abs(total - document.amount) > context.rounding_tolerance + HALF_CENT:
        beside = f" with adjustments of {money(adjustments)}" if adjustments else ""
        yield Hit(
            PAYMENT_TOTAL,
            "/amount",
            f"{len(paid)} items of {money(items)}{beside} come to {money(total)}, "
            f"the payment is {money(document.amount)}",
            value=plain(document.amount),
            expected=money(total),
            fix="correct the payment or what it pays, and send the advice again",
        )


def _item(pointer: str, item: RemittanceItem, context: CheckContext) -> Iterator[Hit]:
    """Senders write a discount with either sign, and RMR08 as well."""
    if item.amount_paid is None or item.invoice_amount is None or item.action in _IN_PART:
        return
    net = item.invoice_amount - abs(item.discount_taken or Decimal(0)) + _sum(item.adjustments)
    own = item.adjustment_amount or Decimal(0)
    tolerance = context.rounding_tolerance + HALF_CENT
    if min(abs(item.amount_paid - net - own), abs(item.amount_paid - net + own)) > tolerance:
        expected = money(net + own)
        yield Hit(
            REMITTANCE_ITEM,
            f"{pointer}/amount_paid",
            f"{item.number or 'an item'}: {money(item.invoice_amount)} less discount and adjustments is {expected}, "
            f"{money(item.amount_paid)} is paid",
            value=plain(item.amount_paid),
            expected=expected,
        )


def _sum(adjustments: Iterable[PaymentAdjustment]) -> Decimal:
    return sum((adjustment.amount for adjustment in adjustments), Decimal(0))
