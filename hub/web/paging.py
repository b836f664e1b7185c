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


def span_of(query: Mapping[str, str]) -> tuple[datetime | None, datetime | None, str]:
    """From when, until when, and what to say where ``since`` or ``until`` of a form is no day. Both days count whole,
    in UTC."""
    since, until = _day(query["since"]), _day(query["until"], 1)
    wrong = (query["since"] and not since) or (query["until"] and not until)
    return since, until, "A date is written as 2026-01-31; the one that is not was left out." if wrong else ""


def _day(text: str, later: int = 0) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None


def link(path: str, query: Mapping[str, object], **more: object) -> str:
    """``path`` with the filters that are set."""
    values = {name: str(value) for name, value in ({**query, **more}).items() if value}
    return f"{path}?{urlencode(values)}" if values else path
