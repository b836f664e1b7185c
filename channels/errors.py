"""Errors of channels and connectors, named by what the caller can do about them.

Adapters translate foreign exceptions into these at their edge and keep the cause (``raise ... from error``). No message
holds a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from canonical.finding import Finding

_NAMED = 100
"""Problems that a message names; the rest is counted."""


class ChannelError(Exception):
    """Root of everything a transport, codec or sender raises. ``detail`` is safe to show to an operator."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TransientError(ChannelError):
    """Try again later. ``retry_after`` is the other side's own wish in seconds, if it gave one."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ThrottledError(TransientError):
    """The other side asks for patience: send it nothing at all for that long."""


class InProgressError(TransientError):
    """The other side is still at work on an earlier attempt: ask again later, and send the others meanwhile."""


class PausedError(TransientError):
    """Nothing was tried: an earlier failure is waited out, which has been told."""


class CertificateError(TransientError):
    """The other side cannot prove who it is: tell the operator at once, and try again later."""


class PermanentError(ChannelError):
    """The same bytes will fail again: a person has to look."""


class MisdirectedError(PermanentError):
    """The other side takes nothing at this place, as far as this one answer tells: ``answer`` in a few words. Said to
    one document it is about the document; said to all, about the address."""

    def __init__(self, detail: str, answer: str) -> None:
        super().__init__(detail)
        self.answer = answer


class CredentialError(ChannelError):
    """The other side does not let us in: pause the target, keep the backlog, tell the operator."""


class PayloadError(ChannelError):
    """The bytes cannot be read or the document cannot be written in this form. ``findings`` has each problem, where
    they are known one by one."""

    def __init__(self, detail: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(detail)
        self.findings = tuple(findings)

    @classmethod
    def of(cls, findings: Sequence[Finding], what: str = "") -> Self:
        """The error of these problems, its detail naming all of them behind ``what``."""
        named = [
            f"{finding.locator}: {finding.message}" if finding.locator else finding.message for finding in findings
        ]
        more = [f"and {len(named) - _NAMED} more"] if len(named) > _NAMED else []
        return cls(what + "; ".join(named[:_NAMED] + more), findings)
