"""What is agreed with a partner about one document type in one direction."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from canonical.base import ExactDecimal
from canonical.document import DocumentType
from channels.channel import Key, SettingsModel
from channels.x12.guide import Guide
from partners.retention import RetentionSettings
from partners.x12_settings import BatchSettings, Release


class Direction(StrEnum):
    """Seen from us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CheckSetting(StrEnum):
    """What a partner's profile makes of one business check."""

    OFF = "off"
    INFO = "info"
    WARNING = "warning"
    HOLD = "hold"  # a person decides before the document goes on
    ERROR = "error"  # the document is rejected


CheckName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Checks = dict[CheckName, CheckSetting]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Mappings = Annotated[tuple[Key, ...], BeforeValidator(_listed)]


class DocumentAgreement(SettingsModel):
    """One document type in one direction: by which channel, in which release, with which rules on top."""

    type: DocumentType
    direction: Direction
    channel: Key
    release: Release | None = Field(default=None, description="Where it differs from the partner's X12 release")
    guide: Guide | None = Field(default=None, description="The partner's implementation guide on top of the standard")
    mapping: Mappings = Field(
        default=(),
        description="On a channel of files: by which of the profile's mappings they are read, one or several, or the "
        "one by which they are written",
    )
    acknowledgment_due_minutes: int | None = Field(
        default=None, ge=1, le=43_200, description="How soon the partner's functional acknowledgment is expected"
    )
    batch: BatchSettings | Literal["none"] | None = Field(
        default=None, description="Where it differs from the profile's: how documents gather, or none"
    )
    currencies: tuple[Currency, ...] = Field(default=(), description="ISO 4217 codes agreed; none named, any goes")
    rounding_tolerance: ExactDecimal = Field(
        default=Decimal("0.01"), ge=0, description="How far one computed amount may differ, in the document's currency"
    )
    checks: Checks = Field(default_factory=dict, description="Overrides the profile's checks for this document")
    retention: RetentionSettings | None = Field(
        default=None, description="Where documents of this type are kept longer or shorter than the partner's others"
    )
