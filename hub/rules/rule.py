"""What a business check is, what it finds, and what the partner's profile makes of that."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from canonical.error_condition import ErrorCondition
from canonical.finding import Finding, Severity
from partners.agreement import CheckSetting, Direction, DocumentAgreement
from partners.profile import TradingPartner


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that profiles can name. ``default`` holds where a profile does not say otherwise; ``condition`` is what
    an application advice (824) calls it."""

    name: str
    meaning: str
    default: CheckSetting
    condition: ErrorCondition = ErrorCondition.INCORRECT_DATA

    @property
    def code(self) -> str:
        """The code of its findings."""
        return f"CHECK-{self.name.upper()}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A document breaks a rule. ``locator`` is a JSON pointer into the canonical document."""

    rule: Rule
    locator: str
    message: str
    value: str | None = None
    expected: str | None = None
    fix: str | None = None


class Action(StrEnum):
    """What becomes of the document."""

    PASS = "pass"
    WARN = "warn"
    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class RuleResult:
    finding: Finding
    action: Action


_GRADES = {
    CheckSetting.INFO: (Severity.INFO, Action.PASS),
    CheckSetting.WARNING: (Severity.WARNING, Action.WARN),
    CheckSetting.HOLD: (Severity.ERROR, Action.HOLD),
    CheckSetting.ERROR: (Severity.ERROR, Action.REJECT),
}


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Under whose profile a document is checked; ``agreement`` is None when nothing is agreed about its type."""

    profile: TradingPartner
    agreement: DocumentAgreement | None
    direction: Direction

    @property
    def rounding_tolerance(self) -> Decimal:
        return self.agreement.rounding_tolerance if self.agreement else Decimal("0.01")

    def setting(self, rule: Rule) -> CheckSetting:
        """The document's agreement goes before the profile, the profile before the rule's own default."""
        agreed = self.agreement.checks.get(rule.name) if self.agreement else None
        return agreed or self.profile.checks.get(rule.name) or rule.default

    def grade(self, hit: Hit) -> RuleResult | None:
        """The finding and its consequence, or None when the profile switched the rule off."""
        setting = self.setting(hit.rule)
        if setting is CheckSetting.OFF:
            return None
        severity, action = _GRADES[setting]
        finding = Finding(
            code=hit.rule.code,
            severity=severity,
            locator=hit.locator,
            message=hit.message,
            value=hit.value,
            expected=hit.expected,
            fix=hit.fix,
        )
        return RuleResult(finding, action)
