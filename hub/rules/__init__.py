"""Business checks of one document by itself, each named, graded by the partner's profile. Pure: no store, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Protocol

from canonical.application_advice import ErrorCondition
from canonical.document import Document, DocumentType
from canonical.finding import Finding
from hub.rules import (
    advance_ship_notice,
    application_advice,
    credit_debit_adjustment,
    general,
    inventory_advice,
    invoice,
    lines,
    order,
    purchase_order,
    purchase_order_acknowledgment,
    purchase_order_change,
    purchase_order_change_acknowledgment,
    receiving_advice,
    remittance_advice,
    return_authorization,
)
from hub.rules.rule import Action, CheckContext, Hit, Rule, RuleResult

__all__ = ["Action", "CheckContext", "Rule", "RuleResult", "CHECKS", "RULES", "condition_of", "evaluate"]


class DocumentRules(Protocol):
    """What a module says of one document type: the check, and the rules of its own that it looks at."""

    @property
    def check(self) -> Callable[[Any, CheckContext], Iterator[Hit]]: ...
    @property
    def RULES(self) -> tuple[Rule, ...]: ...


CHECKS: dict[DocumentType, DocumentRules] = {
    DocumentType.PURCHASE_ORDER: purchase_order,
    DocumentType.PURCHASE_ORDER_ACKNOWLEDGMENT: purchase_order_acknowledgment,
    DocumentType.PURCHASE_ORDER_CHANGE: purchase_order_change,
    DocumentType.PURCHASE_ORDER_CHANGE_ACKNOWLEDGMENT: purchase_order_change_acknowledgment,
    DocumentType.ADVANCE_SHIP_NOTICE: advance_ship_notice,
    DocumentType.INVOICE: invoice,
    DocumentType.INVENTORY_ADVICE: inventory_advice,
    DocumentType.RETURN_AUTHORIZATION: return_authorization,
    DocumentType.RECEIVING_ADVICE: receiving_advice,
    DocumentType.REMITTANCE_ADVICE: remittance_advice,
    DocumentType.CREDIT_DEBIT_ADJUSTMENT: credit_debit_adjustment,
    DocumentType.APPLICATION_ADVICE: application_advice,
}
"""What looks at which document; acknowledgments have nothing to check."""

RULES: dict[str, Rule] = {
    rule.name: rule
    for rules in (general.RULES, lines.RULES, order.RULES, *(module.RULES for module in CHECKS.values()))
    for rule in rules
}
"""Every check by the name that profiles use."""

RESULTS_PER_RULE = 20
"""Results of one rule on one document that are told apart; the rest is counted."""


def evaluate(document: Document, context: CheckContext) -> list[RuleResult]:
    """Every result of every rule, as the profile grades it; rules that are off leave none."""
    rules = CHECKS.get(DocumentType(document.type))
    hits = chain(general.document_agreed(document, context), rules.check(document, context) if rules else ())
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


def condition_of(finding: Finding) -> ErrorCondition | None:
    """What an application advice calls the finding; None for one that no check has made."""
    return next((rule.condition for rule in RULES.values() if rule.code == finding.code), None)


def _rest(rule: Rule, count: int, results: list[RuleResult]) -> RuleResult:
    """Says how many more there were, as grave as the others."""
    like = next(result for result in results if result.finding.code == rule.code)
    message = f"and {count} more of the same: {rule.meaning}"
    return RuleResult(Finding(code=rule.code, severity=like.finding.severity, message=message), like.action)
