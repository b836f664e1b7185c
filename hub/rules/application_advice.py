"""Checks of an application advice (824)."""

from __future__ import annotations

from collections.abc import Iterator

from canonical.application_advice import ApplicationAdvice, ApplicationVerdict
from canonical.error_condition import ErrorCondition
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

ADVICE_REASON = Rule(
    "advice-reason",
    "Every document that an application advice rejects has a reason.",
    CheckSetting.WARNING,
    ErrorCondition.MISSING,
)
RULES = (ADVICE_REASON,)


def check(document: ApplicationAdvice, context: CheckContext) -> Iterator[Hit]:
    for index, advised in enumerate(document.documents):
        if advised.verdict is ApplicationVerdict.REJECTED and not (advised.errors or advised.codes):
            yield Hit(
                ADVICE_REASON,
                f"/documents/{index}/errors",
                f"{advised.number} is rejected without a reason",
                expected="at least one error",
                fix=f"ask {context.profile.name} what is wrong with it",
            )
