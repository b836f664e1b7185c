"""Whom one asks at a partner."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from canonical.base import Text
from channels.channel import SettingsModel

EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+$", max_length=254)]
Telephone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()./x-]*$", max_length=40)]


class Contact(SettingsModel):
    """A person or a desk, for ours to write to or to call; the hub itself does neither."""

    name: Annotated[Text, StringConstraints(max_length=120)]
    about: Annotated[Text, StringConstraints(max_length=120)] | None = Field(
        default=None, description="What they are asked about, in your own words"
    )
    email: EmailAddress | None = None
    phone: Telephone | None = None
