"""Settings that every polled channel has."""

from __future__ import annotations

from pydantic import Field

from channels.channel import ChannelSettings


class Polled(ChannelSettings):
    """A channel that the hub looks into by the clock."""

    poll_seconds: int = Field(default=10, ge=1, le=86_400)

    @property
    def polls(self) -> bool:
        """Whether there is anything to look into."""
        raise NotImplementedError

    def places(self) -> dict[tuple[str | int, ...], tuple[str, ...]]:
        """The folders that no channel of another partner may use, by the path of their settings; the last word of each
        is how people call it."""
        raise NotImplementedError


class PolledFiles(Polled):
    """One whose files may be seen while they are being written."""

    incomplete_wait_seconds: int = Field(
        default=90,
        ge=0,
        le=86_400,
        description="How long a file that is visibly not whole, as X12 without its IEA, is left to its writer",
    )
