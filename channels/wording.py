"""Instants, sizes and counts as people read them; pages and commands share these."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(value: datetime | None) -> str:
    """An instant for people, always UTC and said so; a dash when it has not happened."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if value else "—"


def ago(value: datetime | None, now: datetime) -> str:
    """How long since ``value``, in the largest unit that fits."""
    if value is None:
        return "never"
    seconds = max(0, int((now - value).total_seconds()))
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def size(value: int) -> str:
    """Bytes for people; decimal units, as disks and mail programs show them."""
    if value < 1_000:
        return f"{value} bytes"
    return f"{value / 1_000:.1f} KB" if value < 1_000_000 else f"{value / 1_000_000:.1f} MB"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 line``, ``2 lines``, ``1,000 lines``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
