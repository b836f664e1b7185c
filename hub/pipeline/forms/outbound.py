"""What is written for a partner, in whatever form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from canonical.document import Document
from canonical.finding import Finding
from hub.store.schema.records import StoredDocument


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes of a departure. ``numbers`` are the control numbers that the partner's answer names a document by, by
    what ``add`` called it; a form without envelopes has none, and is not answered."""

    body: bytes
    content_type: str
    extension: str
    numbers: Mapping[str, dict[str, str]] = field(default_factory=dict)


class Outbound(Protocol):
    """One departure in the making: documents are added, then it is written."""

    def place(self, document: Document) -> int | None:
        """The part of it that a document would stand in, from 0, in the order of their writing; None when it does not
        go together with what is inside."""
        ...

    def add(self, id: str, stored: StoredDocument, document: Document) -> tuple[Finding, ...]:
        """Adds a document, and returns what the partner's rules changed in it. ``id`` is what ``write`` calls it.
        Raises PayloadError, and nothing is added, for what does not fit."""
        ...

    def write(self) -> Written:
        """Raises PayloadError for what cannot be written as a whole."""
        ...
