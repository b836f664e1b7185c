"""How a target, or a partner's channel, wants to be sent to: how often, how many at once, when not, for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from channels.channel import SettingsModel, TimeZone, refuse_inconsistent

_DAY = 86_400.0


class RetryPolicy(SettingsModel):
    """Exponential back-off with an end.

    The defaults ride out an outage of three days, and a target that recovers hears from us within a quarter of an hour.
    """

    max_attempts: int = Field(default=400, ge=1, le=10_000)
    first_delay_seconds: float = Field(default=5.0, gt=0, le=_DAY)
    factor: float = Field(default=2.0, ge=1, le=10)
    cap_seconds: float = Field(default=900.0, gt=0, le=7 * _DAY, description="Longest pause of our own choosing")
    jitter: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Largest share of a pause that chance adds, so that a backlog does not return all at once",
    )
    max_age_seconds: float = Field(
        default=3 * _DAY,
        gt=0,
        le=90 * _DAY,
        description="No attempt is planned later than this after the first was due",
    )
    retry_after_cap_seconds: float = Field(
        default=0.25 * _DAY, ge=0, le=7 * _DAY, description="Longest pause that the other side may ask for"
    )
    credential_pause_seconds: float = Field(
        default=900.0, gt=0, le=_DAY, description="Pause of a target that refuses our credentials"
    )

    def pause(self, attempts: int, random: float) -> float:
        """Seconds to wait after the ``attempts``-th attempt (from 1); ``random`` lies in [0, 1)."""
        growth = self.factor ** min(attempts - 1, 64)  # later only the cap speaks, and floats would overflow
        return min(self.first_delay_seconds * growth, self.cap_seconds) * (1 + self.jitter * random)

    def granted(self, wish: float | None) -> float:
        """Seconds that the other side gets of those that it asks for."""
        return min(wish or 0.0, self.retry_after_cap_seconds)


class RateLimit(SettingsModel):
    """So many requests in a second, minute or hour. What we send is spread evenly, so that no span of that length sees
    more; what is sent to us may come in bursts of that size."""

    requests: int = Field(ge=1, le=100_000)
    per: Literal["second", "minute", "hour"] = "second"

    @property
    def seconds(self) -> int:
        """The span that requests are counted in."""
        return {"second": 1, "minute": 60, "hour": 3600}[self.per]

    @property
    def spacing(self) -> timedelta:
        """From one request to the next."""
        return timedelta(seconds=self.seconds / self.requests)

    def __str__(self) -> str:
        return f"{self.requests} a {self.per}" if self.per != "hour" else f"{self.requests} an hour"


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Window(SettingsModel):
    """Hours in which nothing is sent. One that ends no later in the day than it starts ends on the next day."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1, description="On which it starts")] = WEEK
    start: TimeOfDay
    end: TimeOfDay
    zone: TimeZone = "UTC"

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.start == self.end and set(self.days) == set(WEEK):
            refuse_inconsistent(
                [(("end",), "a window of every day around the clock never ends: nothing would be sent")]
            )
        return self

    def __str__(self) -> str:
        days = "daily" if set(self.days) == set(WEEK) else ", ".join(self.days)
        return f"{days} {self.start} to {self.end} {self.zone}"

    @property
    def end_days(self) -> tuple[Weekday, ...]:
        """On which it ends."""
        if self.end > self.start:
            return self.days
        return tuple(WEEK[(WEEK.index(day) + 1) % 7] for day in self.days)


class Sending(SettingsModel):
    """What a target of hub.yaml and a channel that the hub sends through have in common."""

    concurrency: int = Field(default=4, ge=1, le=64, description="Departures under way to it at one time")
    rate: RateLimit | None = None
    maintenance: tuple[Window, ...] = ()
    timeout_seconds: float = Field(default=30.0, gt=0, le=600, description="For one attempt")
    breaker_failures: int = Field(
        default=5, ge=1, le=1000, description="After so many failures in a row only one departure at a time probes it"
    )
    retry: RetryPolicy = RetryPolicy()

    @property
    def lease(self) -> timedelta:
        """How long a claim on a departure lasts: longer than any attempt."""
        return timedelta(seconds=self.timeout_seconds + 60)
