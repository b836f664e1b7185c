"""What is due by the clock stays due, whatever fails while it is done."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.node.claims import Background
from hub.node.timekeeper import Timekeeper
from hub.store.errors import StoreUnavailable
from hub.store.schema.tables import timers
from hub.store.store import Store
from tests.integration.stepping import stepped_hub


def test_a_timer_whose_work_met_a_store_that_was_away_is_due_again_at_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claim, which nobody holds any more, would rest until its lease ends: five minutes without a poll."""

    def away() -> Any:
        raise StoreUnavailable("the connection broke")

    async def keep_time(services: Any) -> None:
        background = Background()
        timekeeper = Timekeeper(services, "node", background)
        assert await timekeeper.step(), "a timer was claimed, and its work is about to begin"
        assert claimed(store) == 1
        monkeypatch.setattr(services, "catalog", away)
        await background.finish(60)
        await timekeeper.close()

    with stepped_hub(store, tmp_path) as hub:
        asyncio.run(keep_time(hub.services))
        assert claimed(store) == 0


def claimed(store: Store) -> int:
    with store.read() as tx:
        return len(tx.execute(select(timers).where(timers.c.lease_owner.is_not(None))).all())
