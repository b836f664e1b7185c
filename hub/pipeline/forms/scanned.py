"""What the scan of an arrival comes to: the interchanges that it holds, or documents that stand there by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field

from canonical.finding import Finding
from channels.channel import Codec
from channels.files.records import Arrival
from channels.x12.envelope import Scan
from hub.pipeline.piece import FilePlace
from partners.profile import TradingPartner


@dataclass(frozen=True, slots=True)
class Sought:
    """What a scan goes by, beside the bytes: what their sender calls them, the profiles whose mappings may read them,
    those of one channel or, None, of any, and when they came."""

    name: str = ""
    channel: str | None = None
    profiles: tuple[TradingPartner, ...] = ()
    received_at: datetime | None = None

    def arrival(self, partner: TradingPartner) -> Arrival:
        """What a mapping of this partner may take from how the file came."""
        at = self.received_at
        return Arrival(self.name, at.astimezone(ZoneInfo(partner.time_zone)).date() if at else None)


def files_channel(door: str, profiles: Iterable[TradingPartner]) -> str | None:
    """The channel by which files came through a door, as profiles name it; None for a door for every form, which has
    no mappings of its own."""
    name = door.rpartition("/")[2]
    found = (profile.channel(name) for profile in profiles)
    return name if any(channel is not None and channel.codec is Codec.FILES for channel in found) else None


@dataclass(frozen=True, slots=True)
class Interchanges:
    """X12: its envelopes, and the SHA-256 of each interchange's own bytes."""

    scan: Scan
    digests: tuple[str, ...]

    @property
    def documents(self) -> int:
        """How many there are, worked or not."""
        return sum(len(group.sets) for interchange in self.scan.interchanges for group in interchange.groups)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.scan.findings


@dataclass(frozen=True, slots=True)
class Documents:
    """Any other form: where each document stands. With an error among ``findings`` there are none: a file that cannot
    be told to its end is refused whole."""

    places: tuple[FilePlace, ...] = ()
    findings: tuple[Finding, ...] = ()
    partner: str | None = None  # whose it is, where several may send by the channel
    unfit: str | None = None  # why a person has to look at it: nothing that is agreed reads it, or it tells of nobody

    @property
    def documents(self) -> int:
        return len(self.places)


Scanned: TypeAlias = Annotated[Interchanges | Documents, Field(union_mode="left_to_right")]
