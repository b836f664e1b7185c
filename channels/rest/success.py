"""Which answer of a target says that it took what it was sent. Answers are not trusted: they are read as data only."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from canonical.finding import clip
from channels.channel import SettingsModel, refuse_inconsistent
from channels.rest.answer import Answer
from channels.rest.url import KeyUrl, filled

_HTML = (b"<!doctype html", b"<html")


def _compiles(value: str) -> str:
    try:
        jmespath.compile(value)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {' '.join(str(error).split())}") from error
    return value


Expression = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_compiles)]
"""JMESPath (jmespath.org) over a JSON answer, such as ``status == 'ok'``."""

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
        if search(question.accepted, answer.body):
            return "accepted", ""
        if question.refused is not None and search(question.refused, answer.body):
            return "refused", str(search(question.reason, answer.body) or "") if question.reason else ""
    except ValueError:
        pass
    return None, ""


def objection(rule: SuccessRule, answer: Answer) -> str | None:
    """Why a 2xx answer is no success, or None when it is one."""
    if rule.statuses and answer.status not in rule.statuses:
        return f"only {', '.join(map(str, rule.statuses))} is"
    if answer.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML):
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
        return None if search(rule.expression, answer.body) else f"{rule.expression} is not true of it"
    except ValueError as error:
        return str(error)


def has_it_already(rule: SuccessRule, answer: Answer, key: str) -> bool:
    """Whether a 409 says that the target has what was sent under ``key``."""
    if rule.exists_key is None or answer.status != 409 or not answer.whole:
        return False
    try:
        found = search(rule.exists_key, answer.body)
    except ValueError:
        return False
    return bool(found == key)


def search(expression: str, body: bytes) -> Any:
    """What the expression finds in a JSON answer; None where there is nothing.

    Raises ValueError in plain words for what is no JSON, or has values that the expression cannot work with."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    try:
        return jmespath.search(expression, value)
    except (JMESPathError, RecursionError) as error:
        raise ValueError(f"{expression} cannot be asked of it") from error
