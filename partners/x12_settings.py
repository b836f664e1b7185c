"""How a partner and we speak X12: identity, separators, acknowledgments, judging policy and control number ranges."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from channels.channel import Key, SettingsModel

CONTROL_NUMBER_LIMIT = 999_999_999
"""ISA13 and GS06 have nine digits."""

Release = Annotated[str, StringConstraints(pattern=r"^00[0-9]{4}[A-Z0-9]{0,6}$")]
"""A GS08 release such as ``004010`` or ``004010VICS``."""

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
        if clash := [c for c in chosen if c.isalnum() or c in " .-"]:
            raise ValueError(f"{clash[0]!r} occurs in values and cannot be a separator")
        return self


class AcknowledgmentSettings(SettingsModel):
    """What the partner is answered. An acknowledgment is never acknowledged."""

    functional: FunctionalPolicy = FunctionalPolicy.ALWAYS
    form: Literal["997", "999"] = Field(
        default="997", description="What answers groups of release 005010 and later; older ones always get a 997"
    )
    interchange: InterchangePolicy = InterchangePolicy.ON_REQUEST


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


class X12Settings(SettingsModel):
    release: Release = "004010"
    identity: Key | None = Field(
        default=None, description="Which of our identities this partner knows us by; without it the default one"
    )
    separators: SeparatorSettings = SeparatorSettings()
    line_wrap: bool = Field(default=False, description="Write a line feed after each segment terminator")
    acknowledgments: AcknowledgmentSettings = AcknowledgmentSettings()
    policy: Literal["lenient", "strict"] = "lenient"
    forgive: tuple[str, ...] = Field(
        default=(), description="Codes of findings that the lenient policy turns into warnings for this partner"
    )
    control_numbers: ControlNumberSettings = ControlNumberSettings()

    @model_validator(mode="after")
    def _strict_forgives_nothing(self) -> Self:
        if self.policy == "strict" and self.forgive:
            raise ValueError("the strict policy forgives nothing: leave forgive out, or use policy: lenient")
        return self
