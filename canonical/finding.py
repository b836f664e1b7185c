"""A finding: one problem in data, in the one shape that every answer, page and command shows."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from canonical.base import CanonicalModel

VALUE_LIMIT = 80
"""Characters of an offending value that are repeated back; the rest is cut (reliability: echoed values are hostile)."""


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Verdict(StrEnum):
    """How a transaction set or document was judged; the letters are X12 717 (AK501)."""

    ACCEPTED = "accepted"  # A: info and warnings only
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"  # E
    REJECTED = "rejected"  # R


def clip(value: object, limit: int = VALUE_LIMIT) -> str:
    """A value made safe to repeat: control characters escaped, cut to ``limit`` characters."""
    text = str(value)
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


class Finding(CanonicalModel):
    """One problem: what (``code``), how bad, where, what was there, what was expected and how to mend it.

    ``locator`` is a place in the sender's own bytes, e.g. ``ST*0001/PO1[3]/PO102`` or ``Sheet1!B7``, or a JSON pointer
    (``/lines/2/quantity``) for canonical input. ``value`` is clipped and escaped.
    """

    code: str
    severity: Severity
    locator: str = ""
    message: str
    value: Annotated[str | None, BeforeValidator(lambda v: None if v is None else clip(v))] = None
    expected: str | None = None
    allowed: tuple[str, ...] = Field(
        default=(), description="The codes that would have been valid, where the list is short"
    )
    fix: str | None = None


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity present, or None when there are no findings."""
    order = list(Severity)
    return max((f.severity for f in findings), key=order.index, default=None)
