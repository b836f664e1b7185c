"""Checks of a purchase order change (860)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from canonical.error_condition import ErrorCondition
from canonical.order import Purpose, Terms
from canonical.purchase_order import ChangedLine, ChangeType, PurchaseOrderChange
from hub.rules import general
from hub.rules.lines import label
from hub.rules.order import order_checks
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

CHANGE_TYPE = Rule(
    "change-type",
    "Every changed line says in a known code what is changed.",
    CheckSetting.HOLD,
    ErrorCondition.INCORRECT_DATA,
)
CHANGE_REPEATED = Rule(
    "change-repeated", "No line is changed twice in the same way.", CheckSetting.HOLD, ErrorCondition.DUPLICATE
)
CHANGE_EMPTY = Rule(
    "change-empty", "A change lists lines or says what else is changed.", CheckSetting.HOLD, ErrorCondition.MISSING
)
CANCELLATION_LINES = Rule(
    "cancellation-lines",
    "The lines of a cancelled order, if listed, are deleted or cancelled.",
    CheckSetting.HOLD,
    ErrorCondition.NOT_MATCHING,
)
RULES = (CHANGE_TYPE, CHANGE_REPEATED, CHANGE_EMPTY, CANCELLATION_LINES)

_CHANGING = (Purpose.CHANGE, Purpose.ADD, Purpose.DELETE, Purpose.REPLACE)
_BESIDE_LINES = ("currency", "parties", *Terms.model_fields)


def check(document: PurchaseOrderChange, context: CheckContext) -> Iterator[Hit]:
    yield from order_checks(document, document.lines, context, whole=document.purpose is Purpose.REPLACE)
    yield from line_changes(document.lines)
    yield from _empty(document)
    if document.purpose is Purpose.CANCELLATION:
        yield from _cancelled(document.lines)


def line_changes(lines: Sequence[ChangedLine]) -> Iterator[Hit]:
    """What is changed about each line. Zero is a quantity here, unless an item is added: none of it is wanted."""
    first: dict[tuple[object, str], str] = {}
    for index, line in enumerate(lines):
        pointer, name = f"/lines/{index}", label(line, index)
        zero = line.change is not ChangeType.ADD_ITEM
        yield from general.quantity(f"{pointer}/quantity", name, line.quantity, zero=zero)
        if line.change is ChangeType.OTHER:
            message = f"{name}: {line.change_code} does not say what is changed"
            yield Hit(CHANGE_TYPE, f"{pointer}/change_code", message, line.change_code, "a code of X12 670")
        known_as = line.line_number or line.identifiers
        earlier = first.setdefault((known_as, line.change_code), pointer)
        if known_as and earlier != pointer:
            yield Hit(
                CHANGE_REPEATED,
                f"{pointer}/change",
                f"{name}: {_words(line.change)} is said of it before, at {earlier}",
                value=line.change_code,
                fix="ask the sender which of the two holds",
            )


def _empty(document: PurchaseOrderChange) -> Iterator[Hit]:
    said = any(getattr(document, name) for name in ("lines", *_BESIDE_LINES))
    if document.purpose in _CHANGING and not said:
        message = f"the order shall be changed ({document.purpose_code}), but nothing is said of what"
        yield Hit(
            CHANGE_EMPTY, "/purpose", message, value=document.purpose_code, expected="lines, dates or other terms"
        )


def _cancelled(lines: Sequence[ChangedLine]) -> Iterator[Hit]:
    for index, line in enumerate(lines):
        if not line.change.ends_the_line and line.change is not ChangeType.NOTHING:
            yield Hit(
                CANCELLATION_LINES,
                f"/lines/{index}/change",
                f"the order is cancelled, but {label(line, index)} says {_words(line.change)}",
                value=line.change_code,
                expected="DI or CF",
            )


def _words(change: ChangeType) -> str:
    return change.value.replace("_", " ")
