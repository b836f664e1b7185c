"""How a partner and we speak X12: identity, separators, acknowledgments, judging policy and control number ranges."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from channels.channel import Key, Located, SettingsModel, refuse_inconsistent
from channels.x12.envelope import Separators
from channels.x12.writing.characters import CharacterSet
from channels.x12.writing.fitting import separators_in_effect
from channels.x12.writing.writer import NARROWEST, Lines, separates

CONTROL_NUMBER_LIMIT = 999_999_999
"""ISA13 and GS06 have nine digits."""

BATCH_LIMIT = 1_000
"""The most documents that one interchange of ours carries."""

Release = Annotated[str, StringConstraints(pattern=r"^00[0-9]{4}[A-Z0-9]{0,6}$")]
"""A GS08 release such as ``004010`` or ``004010VICS``."""

InterchangeVersion = Annotated[str, StringConstraints(pattern=r"^00[2-9][0-9]{2}$")]
"""ISA12, such as ``00401``."""

Separator = Annotated[str, StringConstraints(min_length=1, max_length=1, pattern=r"^[\x00-\x7f]$")]


class FunctionalPolicy(StrEnum):
    """When a 997 or 999 is sent for a functional group that holds anything but acknowledgments."""

    ALWAYS = "always"
    ON_ERROR = "on_error"
    NEVER = "never"


class InterchangePolicy(StrEnum):
    """When a TA1 is sent."""

    ON_REQUEST = "on_request"  # ISA14 = 1
    ALWAYS = "always"
    ON_ERROR = "on_error"
    NEVER = "never"


class SeparatorSettings(SettingsModel):
    """The separators that we write; those that we read are always the interchange's own."""

    element: Separator = "*"
    component: Separator = ">"
    segment: Separator = "~"
    repetition: Separator = "^"

    @model_validator(mode="after")
    def _usable(self) -> Self:
        chosen = (self.element, self.component, self.segment, self.repetition)
        if len(set(chosen)) < len(chosen):
            raise ValueError("the four separators must differ from one another")
        if clash := [c for c in chosen if not separates(c) or c in ".-"]:
            raise ValueError(f"{clash[0]!r} occurs in values or is taken for padding, and cannot be a separator")
        if not {"\r", "\n"}.isdisjoint((self.element, self.component, self.repetition)):
            raise ValueError("a line end can only be the segment separator")
        return self

    @property
    def chosen(self) -> Separators:
        return Separators(self.element, self.component, self.segment, self.repetition)


class LineSettings(SettingsModel):
    """Line ends in the files that we write; X12 itself knows none."""

    wrap: Literal["none", "segment"] | Annotated[int, Field(ge=NARROWEST, le=10_000)] = Field(
        default="none", description="A line end after each segment, after so many columns (80 is usual), or none"
    )
    end: Literal["lf", "crlf"] = "lf"
    final: bool | None = Field(
        default=None, description="Whether the file ends with a line end; unless said, it does where lines are wrapped"
    )

    @property
    def chosen(self) -> Lines:
        return Lines(self.wrap, "\n" if self.end == "lf" else "\r\n", self.final)


class AcknowledgmentSettings(SettingsModel):
    """What the partner is answered. An acknowledgment is never acknowledged."""

    functional: FunctionalPolicy = FunctionalPolicy.ALWAYS
    form: Literal["997", "999"] = Field(
        default="997", description="What answers groups of release 005010 and later; older ones always get a 997"
    )
    interchange: InterchangePolicy = InterchangePolicy.ON_REQUEST
    request: bool = Field(default=False, description="Ask for a TA1 of what we send (ISA14 = 1)")


class ControlNumberRange(SettingsModel):
    """The numbers one counter runs through; after ``last`` comes ``first`` again."""

    first: int = Field(default=1, ge=1, le=CONTROL_NUMBER_LIMIT)
    last: int = Field(default=CONTROL_NUMBER_LIMIT, ge=1, le=CONTROL_NUMBER_LIMIT)

    @model_validator(mode="after")
    def _runs_upwards(self) -> Self:
        if self.last <= self.first:
            raise ValueError("last must be above first")
        return self


class ControlNumberSettings(SettingsModel):
    interchange: ControlNumberRange = ControlNumberRange()
    group: ControlNumberRange = ControlNumberRange()

    def range_of(self, kind: str) -> ControlNumberRange:
        """``kind`` is interchange (ISA13) or group (GS06)."""
        return self.interchange if kind == "interchange" else self.group


class BatchSettings(SettingsModel):
    """Documents that leave in one interchange: as many as have gathered when the first has waited long enough, or as
    soon as there are enough of them."""

    wait_seconds: int = Field(ge=1, le=604_800)
    max_documents: int = Field(default=100, ge=2, le=BATCH_LIMIT)
    mixed: bool = Field(
        default=False, description="Other documents that may be mixed leave along with it, a functional group a type"
    )


class X12Settings(SettingsModel):
    release: Release = "004010"
    identity: Key | None = Field(
        default=None, description="Which of our identities this partner knows us by; without it the default one"
    )
    interchange_version: InterchangeVersion | None = Field(
        default=None, description="ISA12 that we write, where it is not the release's own"
    )
    separators: SeparatorSettings = SeparatorSettings()
    lines: LineSettings = LineSettings()
    character_set: CharacterSet = Field(
        default=CharacterSet.EXTENDED, description="What the partner can read: X12's own sets or an encoding"
    )
    transliterate: bool = Field(
        default=False, description="Write letters outside the character set without their accents, or as capitals"
    )
    unwritable: Literal["refuse", "replace"] = Field(
        default="refuse", description="What becomes of separators and foreign characters inside values that we send"
    )
    replacement: Annotated[str, StringConstraints(pattern=r"^[ -~]$")] = Field(
        default=" ", description="The character that replaces them"
    )
    too_long: Literal["refuse", "shorten"] = Field(
        default="refuse", description="What becomes of free text longer than its element; numbers and ids are refused"
    )
    acknowledgments: AcknowledgmentSettings = AcknowledgmentSettings()
    policy: Literal["lenient", "strict"] = "lenient"
    forgive: tuple[str, ...] = Field(
        default=(), description="Codes of findings that the lenient policy turns into warnings for this partner"
    )
    control_numbers: ControlNumberSettings = ControlNumberSettings()
    batch: BatchSettings | None = Field(
        default=None, description="Several documents leave in one interchange; acknowledgments never wait for others"
    )

    @model_validator(mode="after")
    def _writable(self) -> Self:
        refuse_inconsistent(self._writing_problems())
        return self

    def _writing_problems(self) -> Iterator[Located]:
        separators = separators_in_effect(self.separators.chosen, self.interchange_version or self.release[:5])
        if self.lines.wrap != "none" and separators.segment in "\r\n":
            yield ("lines", "wrap"), "lines cannot be wrapped where a line end is the segment separator"
        if self.replacement in (separators.element, separators.component, separators.segment, separators.repetition):
            yield ("replacement",), f"{self.replacement!r} is a separator and cannot replace one"
        if self.character_set.foreign(self.replacement):
            yield ("replacement",), f"{self.replacement!r} is not in the {self.character_set} character set"

    @model_validator(mode="after")
    def _strict_forgives_nothing(self) -> Self:
        if self.policy == "strict" and self.forgive:
            raise ValueError("the strict policy forgives nothing: leave forgive out, or use policy: lenient")
        return self
