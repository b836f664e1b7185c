"""How long what is stored is kept. Nothing said means: as the level above says, and at the top for ever."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from channels.channel import SettingsModel

Days = Annotated[int, Field(ge=1, le=36_500)] | Literal["forever"] | None


class Stored(StrEnum):
    """What is kept for a time of its own."""

    RAW = "raw"  # the bytes that came and left; their hash, size and envelope stay
    CANONICAL = "canonical"  # the canonical document and its provenance; hash, identity and findings stay
    ATTEMPTS = "attempts"  # what targets answered
    EVENTS = "events"  # the audit trail; its chain stays verifiable


class RetentionSettings(SettingsModel):
    """Days after which each is removed. Open work is never touched, whatever its age."""

    raw: Days = Field(default=None, description="Bytes as they came and left")
    canonical: Days = Field(default=None, description="Canonical documents")
    attempts: Days = Field(default=None, description="Attempts to deliver, with what the target answered")
    events: Days = Field(default=None, description="The audit trail; of a document type it cannot be said")

    def days(self, what: Stored) -> int | Literal["forever"] | None:
        found: int | Literal["forever"] | None = getattr(self, what.value)
        return found
