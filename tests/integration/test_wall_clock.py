"""A node notices that its clock was set, and also what was written late by the clock of before (R18)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub.node import clock as node_clock
from hub.node.clock import LATE_SECONDS, WallClock
from hub.services import utc_now
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.integration.stepping import stepped_hub
from tests.integration.store.rows_for_tests import departure

HOUR = timedelta(hours=1)


async def test_what_was_frozen_by_the_clock_of_before_is_due_in_time(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady, begun, set_by = [0.0], utc_now(), [timedelta()]
    monkeypatch.setattr(node_clock.time, "monotonic", lambda: steady[0])

    def due_at(id: str) -> datetime | None:
        with store.read() as tx:
            found = transmissions.get(tx, id)
        assert found is not None
        return found.due_at

    with stepped_hub(store, tmp_path) as hub:
        hub.services.clock = lambda: begun + timedelta(seconds=steady[0]) + set_by[0]
        clock = WallClock(hub.services, "node")
        with store.begin() as tx:
            waiting = departure(tx, due_at=begun + timedelta(seconds=10))
        set_by[0] -= HOUR
        steady[0] += 1
        await clock.look()
        assert due_at(waiting.id) == begun + timedelta(seconds=10) - HOUR
        with store.begin() as tx:
            late = departure(tx, due_at=begun)
        steady[0] += LATE_SECONDS
        await clock.look()
        assert due_at(late.id) == begun - HOUR
        assert due_at(waiting.id) == begun + timedelta(seconds=10) - HOUR
        steady[0] += LATE_SECONDS
        await clock.look()
        assert due_at(late.id) == begun - HOUR, "once"
