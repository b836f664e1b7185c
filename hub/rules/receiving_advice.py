"""Checks of a receiving advice (861): quantities that agree with each other."""

from __future__ import annotations

from collections.abc import Iterator

from canonical.error_condition import ErrorCondition
from canonical.quantity import Quantity
from canonical.receiving_advice import ReceivedLine, ReceivingAdvice
from hub.rules import general
from hub.rules.arithmetic import plain, shown_quantity
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

RECEIPT_DIFFERENCE = Rule(
    "receipt-difference",
    "Of what is stated short less was received than shipped, of what is stated over more.",
    CheckSetting.WARNING,
    ErrorCondition.NOT_MATCHING,
)
RECEIPT_UNITS = Rule(
    "receipt-units",
    "All quantities of a received line are in one unit.",
    CheckSetting.WARNING,
    ErrorCondition.INVALID_UNIT,
)
RULES = (RECEIPT_DIFFERENCE, RECEIPT_UNITS)


def check(document: ReceivingAdvice, context: CheckContext) -> Iterator[Hit]:
    """Zero is a quantity here: nothing of it arrived."""
    yield from general.currency_agreed([("/currency", document.currency)], context)
    for index, line in enumerate(document.lines):
        pointer, name = f"/lines/{index}", f"line {line.line_number or index + 1}"
        yield from general.gtins(f"{pointer}/identifiers", name, line.identifiers)
        yield from general.quantity(f"{pointer}/received", name, line.received, zero=True)
        yield from general.quantity(f"{pointer}/returned", name, line.returned, zero=True)
        for place, entry in enumerate(line.questioned):
            yield from general.quantity(f"{pointer}/questioned/{place}/quantity", name, entry.quantity, zero=True)
        yield from _units(pointer, name, line)
        yield from _difference(pointer, name, line)
    if document.totals is not None:
        yield from general.line_count("/totals/line_item_count", document.totals.line_item_count, len(document.lines))


def _units(pointer: str, name: str, line: ReceivedLine) -> Iterator[Hit]:
    stated = [line.received, line.returned, *(entry.quantity for entry in line.questioned)]
    units = list(dict.fromkeys(q.unit_of_measure for q in stated if q is not None and q.unit_of_measure))
    if len(units) > 1:
        yield Hit(
            RECEIPT_UNITS,
            pointer,
            f"{name}: the quantities are in {' and '.join(units)}, which cannot be compared",
            value=units[1],
            expected=units[0],
        )


def _difference(pointer: str, name: str, line: ReceivedLine) -> Iterator[Hit]:
    """Only the direction is compared: whether damaged goods count as received differs from sender to sender."""
    shipped, received = line.shipped.shipped if line.shipped else None, line.received
    if shipped is None or received is None or shipped.unit_of_measure != received.unit_of_measure:
        return
    if _some(line.short) and not _some(line.over) and received.value >= shipped.value:
        yield _against(pointer, name, "short", shipped, received)
    if _some(line.over) and not _some(line.short) and received.value <= shipped.value:
        yield _against(pointer, name, "over", shipped, received)


def _some(quantity: Quantity | None) -> bool:
    return quantity is not None and quantity.value > 0


def _against(pointer: str, name: str, stated: str, shipped: Quantity, received: Quantity) -> Hit:
    return Hit(
        RECEIPT_DIFFERENCE,
        f"{pointer}/received/value",
        f"{name} is stated {stated}, yet {shown_quantity(shipped)} were shipped "
        f"and {shown_quantity(received)} received",
        value=plain(received.value),
        expected=f"{'below' if stated == 'short' else 'above'} {plain(shipped.value)}",
    )
