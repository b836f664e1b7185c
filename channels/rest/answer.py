"""What another side answered, as far as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_RETRY_AFTER = 366 * 86_400.0
"""Seconds; a longer wish is no more sensible than this one, and the retry policy has a cap of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The first bytes of the body, and whether that is all of it; ``shown`` is what people may see of it."""

    status: int
    content_type: str
    body: bytes
    whole: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 10.2.3: seconds or an HTTP date), never negative and at most
    ``LONGEST_RETRY_AFTER``; None when it is absent or unreadable."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if instant.tzinfo is None:  # "-0000": UTC by RFC 5322
        instant = instant.replace(tzinfo=UTC)
    return min(max((instant - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
