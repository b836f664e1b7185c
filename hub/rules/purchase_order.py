"""Checks of a purchase order (850)."""

from __future__ import annotations

from collections.abc import Iterator

from canonical.purchase_order import PurchaseOrder
from hub.rules import general
from hub.rules.lines import label
from hub.rules.order import order_checks
from hub.rules.rule import CheckContext, Hit, Rule

RULES: tuple[Rule, ...] = ()


def check(document: PurchaseOrder, context: CheckContext) -> Iterator[Hit]:
    yield from order_checks(document, document.lines, context)
    for index, line in enumerate(document.lines):
        yield from general.quantity(f"/lines/{index}/quantity", label(line, index), line.quantity)
