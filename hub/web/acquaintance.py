"""Who has signed in makes the connection known on which it did: no newcomer's any more."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from aiohttp import web


@runtime_checkable
class Acquainted(Protocol):
    """A connection that is told so."""

    def signed_in(self) -> None: ...


def has_signed_in(request: web.Request) -> None:
    """The caller of this request is known, and so is its connection from now on."""
    if isinstance(request.protocol, Acquainted):
        request.protocol.signed_in()
