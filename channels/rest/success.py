"""Which answer of a target says that it took what it was sent. Answers are not trusted: they are read as data only."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from canonical.finding import clip
from channels.channel import SettingsModel, refuse_inconsistent
from channels.expression import Expression, find, parsed
from channels.rest.answer import Answer
from channels.rest.url import KeyUrl, filled

_HTML = (b"<!doctype html", b"<html")


Accepting = Annotated[int, Field(ge=200, le=299)]


class SuccessRule(SettingsModel):
    """What an answer has to be, besides 2xx and no HTML page, so that the target counts as having taken a departure."""

    statuses: tuple[Accepting, ...] = Field(default=(), description="Only these; without it every 2xx")
    content_type: str | None = Field(default=None, max_length=100, description="Such as application/json")
    expression: Expression | None = Field(default=None, description="Must be true of the answer, which must be JSON")
    otherwise: Literal["retry", "refuse"] = Field(
        default="retry", description="Whether another 2xx is tried again, or is a dead letter at once"
    )
    exists_key: Expression | None = Field(
        default=None, description="Where a 409 names the Idempotency-Key it has; ours there says that it took it before"
    )


class StatusQuestion(SettingsModel):
    """Where the hub asks what became of a document, and which JSON answer says what; any other says nothing yet."""

    url: KeyUrl = Field(description="With {key} where the Idempotency-Key stands")
    every_seconds: float = Field(default=60.0, ge=1, le=86_400)
    accepted: Expression
    refused: Expression | None = None
    reason: Expression | None = Field(default=None, description="Where a refusal says why")

    @model_validator(mode="after")
    def _names_the_key(self) -> Self:
        if "{key}" not in self.url:
            refuse_inconsistent([(("url",), "it needs {key}, or it would ask the same of everything")])
        return self

    def url_of(self, key: str) -> str:
        return filled(self.url, key=key)


def said(question: StatusQuestion, answer: Answer) -> tuple[Literal["accepted", "refused"] | None, str]:
    """What an answer says of a document, and for a refusal why."""
    if answer.status != 200 or not answer.whole:
        return None, ""
    try:
        if find(question.accepted, parsed(answer.body)):
            return "accepted", ""
        if question.refused is not None and find(question.refused, parsed(answer.body)):
            return "refused", str(find(question.reason, parsed(answer.body)) or "") if question.reason else ""
    except ValueError:
        pass
    return None, ""


def objection(rule: SuccessRule, answer: Answer) -> str | None:
    """Why a 2xx answer is no success, or None when it is one."""
    if rule.statuses and answer.status not in rule.statuses:
        return f"only {', '.join(map(str, rule.statuses))} is"
    if is_page(answer.body):
        return "it is an HTML page, such as one to sign in at"
    if rule.content_type is not None and answer.content_type.lower() != rule.content_type.lower():
        return f"it is {clip(answer.content_type or 'of no type', 100)}, not {rule.content_type}"
    if rule.expression is None:
        return None
    if not answer.body:
        return "it is empty"
    if not answer.whole:
        return "it broke off, or is too long to be read"
    try:
        return None if find(rule.expression, parsed(answer.body)) else f"{rule.expression} is not true of it"
    except ValueError as error:
        return str(error)


def is_page(start: bytes) -> bool:
    """Whether a body is an HTML page: what a proxy or a sign-in form answers instead of what was asked for."""
    return start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML)


def has_it_already(rule: SuccessRule, answer: Answer, key: str) -> bool:
    """Whether a 409 says that the target has what was sent under ``key``."""
    if rule.exists_key is None or answer.status != 409 or not answer.whole:
        return False
    try:
        found = find(rule.exists_key, parsed(answer.body))
    except ValueError:
        return False
    return bool(found == key)
