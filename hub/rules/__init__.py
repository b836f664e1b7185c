"""Business checks of one document by itself, each named, graded by the partner's profile. Pure: no store, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import chain
from typing import Any, Protocol

from canonical.document import Document, DocumentType
from canonical.error_condition import ErrorCondition
from canonical.finding import Finding
from hub.rules import general
from hub.rules.rule import Action, CheckContext, Hit, Rule, RuleResult

__all__ = ["Action", "CheckContext", "Rule", "RuleResult", "all_rules", "checks_of", "condition_of", "evaluate"]


class DocumentRules(Protocol):
    """What a module says of one document type: the check, and the rules of its own that it looks at."""

    @property
    def check(self) -> Callable[[Any, CheckContext], Iterator[Hit]]: ...
    @property
    def RULES(self) -> tuple[Rule, ...]: ...


@cache
def checks_of(kind: DocumentType) -> DocumentRules | None:
    """What looks at a type of document: the file of its name, loaded when first asked for. Acknowledgments have nothing
    to check."""
    if kind is DocumentType.FUNCTIONAL_ACKNOWLEDGMENT:
        return None
    rules: DocumentRules = import_module(f"hub.rules.{kind}")
    return rules


@cache
def all_rules() -> dict[str, Rule]:
    """Every check by the name that profiles use."""
    from hub.rules import lines, order  # here: one document needs at most its own

    found = (checks_of(kind) for kind in DocumentType)
    known = (general.RULES, lines.RULES, order.RULES, *(rules.RULES for rules in found if rules))
    return {rule.name: rule for rules in known for rule in rules}


RESULTS_PER_RULE = 20
"""Results of one rule on one document that are told apart; the rest is counted."""


def evaluate(document: Document, context: CheckContext) -> list[RuleResult]:
    """Every result of every rule, as the profile grades it; rules that are off leave none."""
    rules = checks_of(DocumentType(document.type))
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
            results.append(_rest(all_rules()[name], count - RESULTS_PER_RULE, results))
    return results


def condition_of(finding: Finding) -> ErrorCondition | None:
    """What an application advice calls the finding; None for one that no check has made."""
    return next((rule.condition for rule in all_rules().values() if rule.code == finding.code), None)


def _rest(rule: Rule, count: int, results: list[RuleResult]) -> RuleResult:
    """Says how many more there were, as grave as the others."""
    like = next(result for result in results if result.finding.code == rule.code)
    message = f"and {count} more of the same: {rule.meaning}"
    return RuleResult(Finding(code=rule.code, severity=like.finding.severity, message=message), like.action)
