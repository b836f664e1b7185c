"""Checks of a return authorization (180)."""

from __future__ import annotations

from collections.abc import Iterator

from canonical.error_condition import ErrorCondition
from canonical.order import Purpose
from canonical.return_authorization import Disposition, ReturnAuthorization, ReturnDecision, ReturnLine
from hub.rules import general
from hub.rules.lines import stated_amounts
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

RETURN_LINES = Rule("return-lines", "A return lists the goods that go back.", CheckSetting.HOLD, ErrorCondition.MISSING)
RETURN_REASON = Rule(
    "return-reason", "A request says why each item is to go back.", CheckSetting.WARNING, ErrorCondition.MISSING
)
RETURN_NUMBER = Rule(
    "return-number",
    "A return that is authorized bears the number under which goods may come.",
    CheckSetting.WARNING,
    ErrorCondition.MISSING,
)
RULES = (RETURN_LINES, RETURN_REASON, RETURN_NUMBER)


def check(document: ReturnAuthorization, context: CheckContext) -> Iterator[Hit]:
    if not document.lines and document.purpose is not Purpose.CANCELLATION:
        yield Hit(RETURN_LINES, "/lines", "the return lists no goods")
    for index, line in enumerate(document.lines):
        pointer, name = f"/lines/{index}", f"line {index + 1}"
        yield from general.quantity(f"{pointer}/quantity", name, line.quantity, zero=_denied(line))
        yield from general.gtins(f"{pointer}/identifiers", name, line.identifiers)
        yield from _line_amounts(pointer, name, line, context)
        decision = line.decision or document.decision
        if document.purpose is Purpose.REQUEST and (decision is None or decision.reason_code is None):
            yield Hit(RETURN_REASON, f"{pointer}/decision", f"{name}: the request gives no reason")
    decisions = [document.decision, *(line.decision for line in document.lines)]
    if any(_authorizes(decision) for decision in decisions) and not document.authorization_numbers():
        message = "the return is authorized, but without the number under which the goods may come"
        yield Hit(RETURN_NUMBER, "/references", message, expected="a reference RZ")


def _line_amounts(pointer: str, name: str, line: ReturnLine, context: CheckContext) -> Iterator[Hit]:
    """Only where the price is for the unit that is counted."""
    unit = line.quantity.unit_of_measure if line.quantity else None
    if line.price_unit in (None, unit):
        yield from stated_amounts(pointer, name, line.quantity, line.unit_price, None, line.amounts, context)


def _authorizes(decision: ReturnDecision | None) -> bool:
    return decision is not None and decision.disposition is Disposition.RETURN_AUTHORIZED


def _denied(line: ReturnLine) -> bool:
    return line.decision is not None and line.decision.disposition is Disposition.DENIED
