"""Checks of the lines that orders, acknowledgments and invoices have alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, TypeAlias

from canonical.error_condition import ErrorCondition
from canonical.order import OrderLine, Totals
from canonical.quantity import MonetaryAmount, Quantity
from hub.rules import general
from hub.rules.arithmetic import HALF_CENT, line_amount, money, plain, shown_product
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

LINE_AMOUNT = Rule(
    "line-amount",
    "A stated line amount is quantity times price, per the price basis.",
    CheckSetting.WARNING,
    ErrorCondition.NOT_MATCHING,
)
RULES = (LINE_AMOUNT,)

if TYPE_CHECKING:
    from canonical.invoice import InvoiceLine

    Line: TypeAlias = OrderLine | InvoiceLine

_LINE_TOTAL = "1"
"""X12 522 of an amount that is the line's own."""


class Numbered(Protocol):
    """Any line of any document."""

    @property
    def line_number(self) -> str | None: ...


def label(line: Numbered, index: int) -> str:
    """What people call a line: its own number, or its place."""
    return f"line {line.line_number or index + 1}"


def line_checks(lines: Sequence[Line], context: CheckContext) -> Iterator[Hit]:
    """Everything about a line but its quantity, which means something else in each document."""
    for index, line in enumerate(lines):
        pointer, name = f"/lines/{index}", label(line, index)
        yield from general.gtins(f"{pointer}/identifiers", name, line.identifiers)
        if line.currency is not None:
            yield from general.currency_agreed([(f"{pointer}/currency", line.currency)], context)
        if line.amounts:
            priced = (line.quantity, line.unit_price, line.unit_price_basis)
            yield from stated_amounts(pointer, name, *priced, line.amounts, context)


def control_totals(totals: Totals | None, lines: Sequence[Line]) -> Iterator[Hit]:
    if totals is not None:
        yield from general.line_count("/totals/line_item_count", totals.line_item_count, len(lines))
        yield from general.hash_total("/totals/hash_total", totals.hash_total, [line.quantity for line in lines])


def stated_amounts(
    pointer: str,
    name: str,
    quantity: Quantity | None,
    unit_price: Decimal | None,
    basis: str | None,
    amounts: Sequence[MonetaryAmount],
    context: CheckContext,
) -> Iterator[Hit]:
    """The line's own amounts against quantity times price, where both are known."""
    amount = line_amount(quantity, unit_price, basis)
    if amount is None or quantity is None or unit_price is None:
        return
    for index, stated in enumerate(amounts):
        if stated.qualifier == _LINE_TOTAL and abs(stated.amount - amount) > context.rounding_tolerance + HALF_CENT:
            product = shown_product(quantity, unit_price, basis, amount)
            yield Hit(
                LINE_AMOUNT,
                f"{pointer}/amounts/{index}/amount",
                f"{name}: {product}, the document says {money(stated.amount)}",
                value=plain(stated.amount),
                expected=money(amount),
            )
