"""Checks of a purchase order acknowledgment (855)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from canonical.error_condition import ErrorCondition
from canonical.purchase_order_acknowledgment import LineAcknowledgment, PurchaseOrderAcknowledgment
from canonical.quantity import Quantity
from hub.rules import general
from hub.rules.arithmetic import plain, shown_quantity
from hub.rules.lines import label
from hub.rules.order import order_checks
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

ANSWERED_QUANTITY = Rule(
    "answered-quantity",
    "The answers (ACK) of a line together cover the line's quantity.",
    CheckSetting.WARNING,
    ErrorCondition.NOT_MATCHING,
)
RULES = (ANSWERED_QUANTITY,)


def check(document: PurchaseOrderAcknowledgment, context: CheckContext) -> Iterator[Hit]:
    """Zero is a quantity here: the seller delivers none of it."""
    yield from order_checks(document, document.lines, context)
    for index, line in enumerate(document.lines):
        pointer, name = f"/lines/{index}", label(line, index)
        yield from general.quantity(f"{pointer}/quantity", name, line.quantity, zero=True)
        yield from answered(pointer, name, line.quantity, line.acknowledgments)


def answered(
    pointer: str, name: str, quantity: Quantity | None, acknowledgments: Sequence[LineAcknowledgment]
) -> Iterator[Hit]:
    """Only where every answer has a quantity, in the line's own unit."""
    answers = [answer.quantity for answer in acknowledgments if answer.quantity is not None]
    if quantity is None or not answers or len(answers) < len(acknowledgments):
        return
    if any(answer.unit_of_measure not in (None, quantity.unit_of_measure) for answer in answers):
        return
    covered = sum((answer.value for answer in answers), Decimal(0))
    if covered != quantity.value:
        yield Hit(
            ANSWERED_QUANTITY,
            f"{pointer}/acknowledgments",
            f"{name}: {shown_quantity(quantity)} ordered, the answers cover {plain(covered)}",
            value=plain(covered),
            expected=plain(quantity.value),
        )
