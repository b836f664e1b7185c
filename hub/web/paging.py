"""What lists have in common: days to filter by, and keyset paging, in which a page is told where it begins by the
number of the row before it, never by counting rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web


def before_seq(request: web.Request, name: str = "before") -> int | None:
    """The number after which older rows are listed; None for the newest. Raises HTTPBadRequest."""
    text = request.query.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise web.HTTPBadRequest(text=f"The {name} of a list is the one that the page before gave.")
    return int(text)


def day_of(text: str, later: int = 0) -> datetime | None:
    """The start of a day as a form writes it, or of so many days ``later``, in UTC; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None


def link(path: str, query: Mapping[str, object], **more: object) -> str:
    """``path`` with the filters that are set."""
    values = {name: str(value) for name, value in ({**query, **more}).items() if value}
    return f"{path}?{urlencode(values)}" if values else path
