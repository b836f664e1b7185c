"""Who is asking, as its credential says: nothing else in a request has a say in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["partner", "system", "gateway"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A partner by its key, or a system or gateway by its name in hub.yaml."""

    kind: Kind
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"
