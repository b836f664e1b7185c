"""Who is asking and what for, as its credential says: nothing else in a request has a say in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Kind = Literal["partner", "system", "gateway"]


class Scope(StrEnum):
    """What a credential may be used for, as OAuth 2 names it."""

    DOCUMENTS_READ = "documents:read"  # documents, transmissions, outbox: looking, and fetching bytes
    DOCUMENTS_WRITE = "documents:write"  # sending
    DELIVERIES_WRITE = "deliveries:write"  # taking, confirming and asking again for what was sent to the caller
    REPLAYS_WRITE = "replays:write"  # having own documents worked again


EVERY_SCOPE = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Principal:
    """A partner by its key, or a system or gateway by its name in hub.yaml. ``person`` is the id of the user where one
    of a partner's people asks, and then who did it."""

    kind: Kind
    subject: str
    person: str = ""

    def __str__(self) -> str:
        return f"user:{self.person}" if self.person else f"{self.kind}:{self.subject}"
