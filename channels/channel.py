"""What every channel's settings have in common; each adapter's ``settings.py`` builds on this. No I/O."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""The name of a partner, channel, target, identity or location: safe in file names, URLs and logs."""


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'"{value}" is no time zone of the IANA database, e.g. America/Chicago') from error
    return value


TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]


class SettingsModel(BaseModel):
    """Frozen, extra fields forbidden: a misspelt setting is a named problem at load, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


Located = tuple[tuple[str | int, ...], str]
"""A problem between fields: the path of the field to look at, below the model that found it, and what is wrong."""

INCONSISTENT = "inconsistent"
"""Type of the pydantic error whose context holds ``problems``, a list of ``Located``."""


def refuse_inconsistent(problems: Iterable[Located]) -> None:
    """For model validators: raises one error that keeps the place of each problem, or returns when there is none."""
    found = list(problems)
    if found:
        text = "; ".join(message for _, message in found)
        raise PydanticCustomError(INCONSISTENT, "{text}", {"text": text, "problems": found})


T = TypeVar("T", bound=Hashable)


def repeated(values: Iterable[T]) -> Iterable[tuple[int, T]]:
    """Position and value of each value that stands earlier in ``values`` already."""
    seen: set[T] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index, value
        seen.add(value)


@dataclass(frozen=True, slots=True)
class Remote:
    """A server of the partner that settings name: its host, and whether all that goes there is encrypted."""

    host: str
    encrypted: bool = True


class Usage(StrEnum):
    """Whether traffic is real. In X12 it is ISA15: P and T."""

    PRODUCTION = "production"
    TEST = "test"

    @property
    def indicator(self) -> str:
        """The ISA15 code."""
        return "P" if self is Usage.PRODUCTION else "T"


class Codec(StrEnum):
    """The form of the bytes that a channel carries."""

    X12 = "x12"
    JSON = "json"  # canonical documents
    FILES = "files"  # whatever the partner's mappings read

    @property
    def content_type(self) -> str:
        """The media type under which arrivals of this form are stored; X12's is RFC 1767's."""
        return _CONTENT_TYPES[self]

    @classmethod
    def of(cls, content_type: str) -> Codec:
        """The form of a stored arrival."""
        return next(codec for codec, named in _CONTENT_TYPES.items() if named == content_type)


_CONTENT_TYPES = {
    Codec.X12: "application/edi-x12",
    Codec.JSON: "application/json",
    Codec.FILES: "application/octet-stream",  # what it is shows when it is read, not by what somebody calls it
}


class ChannelSettings(SettingsModel):
    """One way a partner's documents come and go: transport (``kind``, set by each adapter), codec and settings."""

    name: Key
    codec: Codec = Codec.X12
    usage: Usage = Usage.PRODUCTION
    shared: bool = Field(
        default=False,
        description="Carries documents of several partners: the sender is told from each interchange's ISA, and only "
        "the partners whose profiles name the same channel are allowed",
    )

    @property
    def sends(self) -> bool:
        """Whether documents can leave through it."""
        return False

    def remotes(self) -> dict[tuple[str | int, ...], Remote]:
        """The servers that the hub connects to for it, by the path of the setting that names each."""
        return {}
