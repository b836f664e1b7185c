"""Checks of the answer to a purchase order change, or of the change that a seller asks for (865)."""

from __future__ import annotations

from collections.abc import Iterator

from canonical.purchase_order_acknowledgment import PurchaseOrderChangeAcknowledgment
from hub.rules import purchase_order_acknowledgment, purchase_order_change
from hub.rules.lines import label
from hub.rules.order import order_checks
from hub.rules.purchase_order_acknowledgment import answered
from hub.rules.purchase_order_change import line_changes
from hub.rules.rule import CheckContext, Hit

RULES = (
    purchase_order_acknowledgment.ANSWERED_QUANTITY,
    purchase_order_change.CHANGE_TYPE,
    purchase_order_change.CHANGE_REPEATED,
)


def check(document: PurchaseOrderChangeAcknowledgment, context: CheckContext) -> Iterator[Hit]:
    yield from order_checks(document, document.lines, context, whole=False)
    yield from line_changes(document.lines)
    for index, line in enumerate(document.lines):
        yield from answered(f"/lines/{index}", label(line, index), line.quantity, line.acknowledgments)
