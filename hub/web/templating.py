"""The console's templates, and the words and forms of values that they use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from canonical.finding import Finding, worst
from channels.pages.environment import environment
from channels.x12.explain.values import meaning_of
from hub.channel_names import CHANNEL_PREFIX, WEBHOOK_PREFIX
from hub.web.words import DIRECTIONS, DOCUMENT_TYPES, document_type, word


def clock_time(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%d %b %H:%M:%S UTC") if value else "—"


def target_name(target: str) -> str:
    """A target of hub.yaml by its key, a partner's channel by its own name, a webhook as one of its owner."""
    if target.startswith(WEBHOOK_PREFIX):
        return f"{target.removeprefix(WEBHOOK_PREFIX).partition(':')[2]} (webhook)"
    return target.removeprefix(CHANNEL_PREFIX)


def worst_tone(findings: Iterable[Finding]) -> str:
    return word("severity", worst(findings)).tone


def tone(placed: Iterable[tuple[int, Finding]]) -> str:
    """Of a segment's findings, each with the element it is about."""
    return worst_tone(finding for _, finding in placed)


def x12_day(text: str) -> str:
    """An ISA's date in words, as it stands where it is none."""
    return meaning_of("005010", "373", text) or text


def x12_clock(text: str) -> str:
    return meaning_of("005010", "337", text) or text


_ENVIRONMENT = environment("hub.web")
_ENVIRONMENT.filters |= {
    "clock_time": clock_time,
    "document_type": document_type,
    "target_name": target_name,
    "tone": tone,
    "worst_tone": worst_tone,
    "x12_day": x12_day,
    "x12_clock": x12_clock,
}
_ENVIRONMENT.globals |= {"word": word, "DOCUMENT_TYPES": DOCUMENT_TYPES, "DIRECTIONS": DIRECTIONS}


def render(template: str, **values: Any) -> str:
    """The page's HTML."""
    return _ENVIRONMENT.get_template(template).render(**values)
