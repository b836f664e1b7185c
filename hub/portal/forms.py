"""What form a dropped file has, and what people call it: told by its content, since a name may say anything."""

from __future__ import annotations

from channels.channel import Codec
from hub.pipeline.forms.recognition import START, codec_of
from partners.profile import TradingPartner

LABELS: dict[Codec, str] = {Codec.X12: "X12", Codec.JSON: "JSON", Codec.FILES: "a file of your own form"}
"""What a form is called before more is known of it."""


def form_of(body: bytes, profile: TradingPartner) -> Codec:
    """The form that a file of this partner's is read in."""
    return codec_of(body[:START], mapped=bool(profile.reading_by()))


def label_of(content_type: str) -> str:
    """What people call the form that something is stored in."""
    found = next((codec for codec in Codec if codec.content_type == content_type), None)
    return LABELS[found] if found is not None else content_type
