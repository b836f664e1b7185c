"""What happened, as the feed tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from hub.web.api.records.record import Record


class CloudEventRecord(Record):
    """A CloudEvent 1.0. Events with one ``partitionkey`` have to stay in order; ``sequence`` is the place in the feed.
    What ``data`` holds is said for each ``type`` in GET /v1/asyncapi.json."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"]
    dataschema: str
    sequence: str
    partitionkey: str
    partner: str | None = None
    transmission: str | None = Field(default=None, description="The arrival that set it off.")
    actor: str | None = Field(
        default=None, description="Who did it, told to systems: hub, operator:mira, partner:acme."
    )
    data: dict[str, Any]


class EventPage(Record):
    """``next`` goes on behind this page, and is there always: follow it again later. ``more``: there is more already,
    also beside a short page."""

    events: tuple[CloudEventRecord, ...]
    next: str
    more: bool
