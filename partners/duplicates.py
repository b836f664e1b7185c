"""What a partner's profile says of content that comes again. Whatever it says, a duplicate is linked to its first."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from channels.channel import SettingsModel


class OnDuplicate(StrEnum):
    """What becomes of a duplicate."""

    ACCEPT_AND_ANSWER_AGAIN = "accept_and_answer_again"  # taken for the first, whose answer leaves once more
    HOLD = "hold"  # a person decides; nothing is answered
    REJECT = "reject"  # refused, and its sender told


class DuplicateSettings(SettingsModel):
    """Layer by layer, from the outside in. A file that is found again where it lies, and a request under a key that was
    used, are no duplicates but the same thing: they are told what they were told, always."""

    content: OnDuplicate = Field(
        default=OnDuplicate.ACCEPT_AND_ANSWER_AGAIN, description="The same bytes, file or request, as before"
    )
    interchange: OnDuplicate = Field(
        default=OnDuplicate.ACCEPT_AND_ANSWER_AGAIN,
        description="An interchange of the same ISA13 and bytes; other bytes under a used ISA13 are always refused",
    )
    group: Literal["ignore", "hold"] = Field(
        default="ignore", description="A GS06 used before in another interchange; many senders always begin at 1"
    )
    identity: Literal["hold", "reject"] = Field(
        default="hold", description="A document of the same type, number and purpose, but other content"
    )
    document: OnDuplicate = Field(
        default=OnDuplicate.ACCEPT_AND_ANSWER_AGAIN,
        description="A document of the same type, number, purpose and content: accepted, it is delivered once",
    )
