"""A commit tells its events to who listens; what was rolled back, whole or in part, nobody hears of."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from hub.store.schema.records import StoredEvent
from hub.store.store import Listener, Store, Tx
from hub.store.trail import events, refusals

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Undone(Exception):
    """Ends a block whose changes are not wanted."""


class Heard(Listener):
    def __init__(self) -> None:
        self.commits: list[list[str]] = []

    def committed(self, events: list[StoredEvent], seconds: float) -> None:
        assert 0 <= seconds < 60
        self.commits.append([event.subject_id for event in events])


@pytest.fixture
def heard(store: Store) -> Heard:
    store.listener = listener = Heard()
    return listener


def tell(tx: Tx, subject: str) -> None:
    events.record(tx, "key.revoked", subject, now=NOW)


def test_what_is_committed_is_told_in_its_order(store: Store, heard: Heard) -> None:
    with store.begin() as tx:
        tell(tx, "a")
        events.record_many(tx, [events.event("key.revoked", one, now=NOW) for one in "bc"])
        refusals.record(tx, subject="partner:acme", sha256="", size=1, reason="no", now=NOW)
        assert heard.commits == []
    with store.begin():
        pass
    assert heard.commits == [["a", "b", "c", "partner:acme"], []]


def test_a_transaction_that_failed_tells_nothing_and_leaves_nothing_to_the_next(store: Store, heard: Heard) -> None:
    with suppress(Undone), store.begin() as tx:
        tell(tx, "lost")
        raise Undone
    with store.begin() as tx:
        tell(tx, "kept")
    assert heard.commits == [["kept"]]


def test_what_a_savepoint_gave_back_is_unsaid(store: Store, heard: Heard) -> None:
    with store.begin() as tx:
        tell(tx, "before")
        with suppress(Undone), tx.begin_nested():
            tell(tx, "lost")
            with tx.begin_nested():
                tell(tx, "lost too")
            raise Undone
        with tx.begin_nested():
            tell(tx, "inside")
        tell(tx, "after")
    assert heard.commits == [["before", "inside", "after"]]
