"""Business checks of one document by itself, each named, graded by the partner's profile. Pure: no store, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from canonical.document import Document, DocumentType
from canonical.finding import Finding
from hub.rules import (
    advance_ship_notice,
    general,
    invoice,
    lines,
    order,
    purchase_order,
    purchase_order_acknowledgment,
)
from hub.rules.rule import Action, CheckContext, Hit, Rule, RuleResult

__all__ = ["Action", "CheckContext", "Rule", "RuleResult", "CHECKS", "RULES", "evaluate"]

CHECKS: dict[DocumentType, Callable[[Any, CheckContext], Iterator[Hit]]] = {
    DocumentType.PURCHASE_ORDER: purchase_order.check,
    DocumentType.PURCHASE_ORDER_ACKNOWLEDGMENT: purchase_order_acknowledgment.check,
    DocumentType.ADVANCE_SHIP_NOTICE: advance_ship_notice.check,
    DocumentType.INVOICE: invoice.check,
}
"""What looks at which document; acknowledgments have nothing to check."""

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        *general.RULES,
        *lines.RULES,
        *order.RULES,
        *purchase_order_acknowledgment.RULES,
        *advance_ship_notice.RULES,
        *invoice.RULES,
    )
}
"""Every check by the name that profiles use."""

RESULTS_PER_RULE = 20
"""Results of one rule on one document that are told apart; the rest is counted."""


def evaluate(document: Document, context: CheckContext) -> list[RuleResult]:
    """Every result of every rule, as the profile grades it; rules that are off leave none."""
    checks = CHECKS.get(DocumentType(document.type))
    hits = chain(general.document_agreed(document, context), checks(document, context) if checks else ())
    results: list[RuleResult] = []
    counts: dict[str, int] = {}
    for hit in hits:
        result = context.grade(hit)
        if result is None:
            continue
        counts[hit.rule.name] = counts.get(hit.rule.name, 0) + 1
        if counts[hit.rule.name] <= RESULTS_PER_RULE:
            results.append(result)
    for name, count in counts.items():
        if count > RESULTS_PER_RULE:
            results.append(_rest(RULES[name], count - RESULTS_PER_RULE, results))
    return results


def _rest(rule: Rule, count: int, results: list[RuleResult]) -> RuleResult:
    """Says how many more there were, as grave as the others."""
    like = next(result for result in results if result.finding.code == rule.code)
    message = f"and {count} more of the same: {rule.meaning}"
    return RuleResult(Finding(code=rule.code, severity=like.finding.severity, message=message), like.action)
