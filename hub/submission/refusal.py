"""What was sent does not validate: every problem of it as a finding, each at its JSON pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from canonical.document import DocumentType
from canonical.finding import Finding, Severity

_TYPES = ", ".join(DocumentType)
PLAIN_WORDS = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "union_tag_not_found": f'The document does not say its "type"; it is one of {_TYPES}.',
    "union_tag_invalid": f"There is no such type of document; it is one of {_TYPES}.",
    "model_attributes_type": "A JSON object is expected here.",
    "model_type": "A JSON object is expected here.",
    "tuple_type": "A JSON array is expected here.",
    "string_type": "Text is expected here.",
    "string_pattern_mismatch": "This text has characters that are not allowed here.",
    "string_too_short": "This text is empty.",
}
"""pydantic's kinds of error in words for who sent the data."""


class Refused(Exception):
    """What was sent does not validate. ``findings`` name every problem; nothing was changed by it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].message if findings else "refused")
        self.findings = findings


def refused(error: ValidationError, place: Callable[[tuple[int | str, ...]], str], fix: str | None = None) -> Refused:
    """pydantic's errors in plain words; ``place`` says where in what was sent each of its paths lies."""
    return Refused(tuple(_finding(problem, place, fix) for problem in error.errors(include_url=False)))


def pointer(parts: tuple[int | str, ...]) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def finding(code: str, place: str, message: str, value: Any = None, fix: str | None = None) -> Finding:
    shown = None if value is None else str(value)
    return Finding(code=code, severity=Severity.ERROR, locator=place, message=message, value=shown, fix=fix)


def _finding(problem: Any, place: Callable[[tuple[int | str, ...]], str], fix: str | None) -> Finding:
    given = problem.get("input")
    value = given if isinstance(given, str | int | float | bool) else None
    message = PLAIN_WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return finding(f"JSON-{problem['type'].upper().replace('_', '-')}", place(problem["loc"]), message, value, fix)
