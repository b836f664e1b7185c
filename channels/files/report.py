"""Findings of one document, or of a file as a whole, as they are met. Their number is capped, the rest is counted."""

from __future__ import annotations

from canonical.finding import Finding, Severity

FINDING_LIMIT = 100
"""Findings of one document that are told one by one."""


class Report:
    """Collects findings. ``refused`` is whether any of them is an error, ``count`` how many were met."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._more = 0
        self.refused = False
        self.count = 0

    def add(
        self,
        code: str,
        severity: Severity,
        locator: str,
        message: str,
        *,
        value: str | None = None,
        expected: str | None = None,
        fix: str | None = None,
    ) -> None:
        """One finding. The same words about the same place are told once."""
        self.refused |= severity is Severity.ERROR
        self.count += 1
        if self.is_full:
            self._more += 1
            return
        found = Finding(
            code=code, severity=severity, locator=locator, message=message, value=value, expected=expected, fix=fix
        )
        if found not in self._found[-5:]:
            self._found.append(found)

    @property
    def is_full(self) -> bool:
        """Whether more findings are only counted: then nobody needs to know where."""
        return len(self._found) >= FINDING_LIMIT

    def error(self, code: str, locator: str, message: str, **more: str | None) -> None:
        self.add(code, Severity.ERROR, locator, message, **more)

    def warn(self, code: str, locator: str, message: str, **more: str | None) -> None:
        self.add(code, Severity.WARNING, locator, message, **more)

    def tell(self, code: str, locator: str, message: str, **more: str | None) -> None:
        self.add(code, Severity.INFO, locator, message, **more)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, those beyond the limit as one that counts them."""
        if not self._more:
            return tuple(self._found)
        severity = Severity.ERROR if self.refused else Severity.WARNING
        message = f"{self._more} more findings of this kind; mend those named and send the file again"
        return (*self._found, Finding(code="FILE-MORE", severity=severity, message=message))
