"""Checks that a purchase order, its change and their acknowledgments share, as they share their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from canonical.error_condition import ErrorCondition
from canonical.order import OrderDocument, OrderLine
from hub.rules import general
from hub.rules.arithmetic import HALF_CENT, line_amount, money, plain, signed
from hub.rules.lines import control_totals, line_checks
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

ORDER_TOTAL = Rule(
    "order-total",
    "The stated total (AMT) is the sum of the lines, with or without charges.",
    CheckSetting.WARNING,
    ErrorCondition.TOTAL_OUT_OF_BALANCE,
)
RULES = (ORDER_TOTAL,)

_TRANSACTION_TOTAL = "TT"
"""X12 522."""


def order_checks(
    document: OrderDocument, lines: Sequence[OrderLine], context: CheckContext, *, whole: bool = True
) -> Iterator[Hit]:
    """Everything these documents have in common. ``whole`` says whether all lines of the order are there: only then do
    they add up to its total."""
    yield from general.currency_agreed([("/currency", document.currency)], context)
    yield from line_checks(lines, context)
    yield from control_totals(document.totals, lines)
    if whole:
        yield from _order_total(document, lines, context)


def _order_total(document: OrderDocument, lines: Sequence[OrderLine], context: CheckContext) -> Iterator[Hit]:
    totals = [(i, stated) for i, stated in enumerate(document.total_amounts) if stated.qualifier == _TRANSACTION_TOTAL]
    if not totals:
        return
    amounts = [line_amount(line.quantity, line.unit_price, line.unit_price_basis) for line in lines]
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts):
        return
    goods = sum(known, Decimal(0))
    extra = sum((signed(entry) or Decimal(0) for entry in document.allowances_and_charges), Decimal(0))
    tolerance = context.rounding_tolerance + HALF_CENT * len(known)
    for index, stated in totals:
        if min(abs(stated.amount - goods), abs(stated.amount - goods - extra)) > tolerance:
            yield Hit(
                ORDER_TOTAL,
                f"/total_amounts/{index}/amount",
                f"the {len(known)} lines add up to {money(goods)}"
                + (f", with allowances and charges to {money(goods + extra)}" if extra else "")
                + f", the document says {money(stated.amount)}",
                value=plain(stated.amount),
                expected=money(goods + extra),
            )
