"""What channels have in common whose partner comes for its documents instead of being sent them."""

from __future__ import annotations

from pydantic import Field

from channels.channel import SettingsModel


class Offered(SettingsModel):
    """Documents lie in the outbox until the other side fetches them."""

    overdue_after_hours: float | None = Field(
        default=72.0,
        gt=0,
        le=8760,
        description="After so long in the outbox without being fetched a person is told; null: never",
    )
