"""Every event that any test has the hub record is looked up in the catalogue: its kind is there, and its data fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from hub.events.catalogue import KINDS
from hub.store import told
from hub.store.inbound import tries
from hub.store.schema.records import StoredEvent
from hub.store.traffic import deliveries
from hub.store.trail import refusals

NO_EVENTS = {tries.DIED, refusals.REFUSED, deliveries.ATTEMPT_ENDED}
"""What is told to metrics and the log and has a row of its own elsewhere."""

_found: list[str] = []
_note = told.note


def problem_with(event: StoredEvent) -> str | None:
    """What the catalogue does not have of an event."""
    if event.kind in NO_EVENTS:
        return None
    if event.kind not in KINDS:
        return f"{event.kind} is no kind of event"
    try:
        KINDS[event.kind].model.model_validate(event.data)
    except ValidationError as error:
        return f"{event.kind} says {event.data}: {error}"
    return None


def _looked_up(tx: Any, events: Iterable[StoredEvent]) -> None:
    events = list(events)
    _found.extend(problem for event in events if (problem := problem_with(event)) is not None)
    _note(tx, events)


told.note = _looked_up


@pytest.fixture(autouse=True)
def every_event_is_in_the_catalogue(request: pytest.FixtureRequest) -> Iterator[None]:
    """A problem fails the test that it came up in, whatever the hub made of it; a test marked ``own_events`` makes some
    itself that the hub would not."""
    _found.clear()
    yield
    assert not _found or request.node.get_closest_marker("own_events"), "\n".join(_found)
