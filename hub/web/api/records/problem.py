"""Problem details (RFC 9457), with the findings where data is at fault."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from canonical.finding import Finding
from hub.web.api.records.record import Record


class Problem(Record):
    """``type`` is about:blank: the status says what kind of problem it is, the findings say which. A finding's locator
    is a JSON pointer into the body, or begins with ``/query`` where the address is at fault."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    findings: tuple[Finding, ...] | None = None
    duplicate_of: str | None = None
    """The transmission that brought the same bytes before."""

    @classmethod
    def of(
        cls, status: int, detail: str, findings: Iterable[Finding] = (), *, duplicate_of: str | None = None
    ) -> Problem:
        return cls(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            findings=tuple(findings) or None,
            duplicate_of=duplicate_of,
        )
