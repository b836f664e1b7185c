"""Errors of channels and connectors, named by what the caller can do about them.

Adapters translate foreign exceptions into these at their edge and keep the cause (``raise ... from error``). No message
holds a secret.
"""

from __future__ import annotations


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


class PermanentError(ChannelError):
    """The same bytes will fail again: a person has to look."""


class CredentialError(ChannelError):
    """The other side does not let us in: pause the target, keep the backlog, tell the operator."""


class PayloadError(ChannelError):
    """The bytes cannot be read or the document cannot be written in this form."""
