"""Checks of a credit or debit adjustment (812): the lines come to what is claimed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from canonical.credit_debit_adjustment import AdjustmentLine, CreditDebitAdjustment
from canonical.error_condition import ErrorCondition
from hub.rules import general
from hub.rules.arithmetic import HALF_CENT, money, plain, shown_quantity, signed
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

ADJUSTMENT_TOTAL = Rule(
    "adjustment-total",
    "The amount (BCD04) is the sum of the lines (CDD04), each in its own direction, with or without the charges.",
    CheckSetting.HOLD,
    ErrorCondition.TOTAL_OUT_OF_BALANCE,
)
ADJUSTMENT_AMOUNT = Rule(
    "adjustment-amount",
    "The amount of a line with a price difference is that times its quantity.",
    CheckSetting.WARNING,
    ErrorCondition.NOT_MATCHING,
)
RULES = (ADJUSTMENT_TOTAL, ADJUSTMENT_AMOUNT)


def check(document: CreditDebitAdjustment, context: CheckContext) -> Iterator[Hit]:
    yield from general.currency_agreed([("/currency", document.currency)], context)
    for index, line in enumerate(document.lines):
        pointer, name = f"/lines/{index}", f"line {line.line_number or index + 1}"
        yield from general.gtins(f"{pointer}/identifiers", name, line.identifiers)
        yield from general.quantity(f"{pointer}/quantity", name, line.quantity, zero=True)
        yield from _amount(pointer, name, line, context)
    yield from _total(document, context)


def _amount(pointer: str, name: str, line: AdjustmentLine, context: CheckContext) -> Iterator[Hit]:
    """Senders write the difference with either sign."""
    if line.amount is None or line.quantity is None or line.unit_price_difference is None:
        return
    amount = abs(line.quantity.value * line.unit_price_difference)
    if abs(amount - abs(line.amount)) > context.rounding_tolerance + HALF_CENT:
        product = f"{shown_quantity(line.quantity)} x {plain(line.unit_price_difference)} = {money(amount)}"
        yield Hit(
            ADJUSTMENT_AMOUNT,
            f"{pointer}/amount",
            f"{name}: {product}, the document says {money(line.amount)}",
            value=plain(line.amount),
            expected=money(amount),
        )


def _total(document: CreditDebitAdjustment, context: CheckContext) -> Iterator[Hit]:
    """Only where every line states an amount. A line of the other direction lowers the sum."""
    stated = [line.amount for line in document.lines]
    if not stated or None in stated:
        return
    lines = Decimal(0)
    for line in document.lines:
        along = line.credit_debit is document.credit_debit
        lines += (line.amount or Decimal(0)) * (1 if along else -1)
    charges = sum((signed(entry) or Decimal(0) for entry in document.allowances_and_charges), Decimal(0))
    candidates = (lines, lines + charges, lines - charges)
    if min(abs(document.amount - total) for total in candidates) > context.rounding_tolerance + HALF_CENT:
        yield Hit(
            ADJUSTMENT_TOTAL,
            "/amount",
            f"the {len(stated)} lines come to {money(lines)} {document.credit_debit}, "
            f"the document says {money(document.amount)}",
            value=plain(document.amount),
            expected=money(lines),
            fix="correct the amount or the lines and send the adjustment again",
        )
