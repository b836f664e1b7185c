"""A clock that was set: what was planned by it moves with it, and the claims of a node that works are not lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hub.store.coordination import clock, timers
from hub.store.outbound import targets
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.integration.store.rows_for_tests import NOW, arrival, claimed, departure

DAY = timedelta(days=1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SECONDS = int(DAY.total_seconds())


def times(store: Store, id: str) -> tuple[datetime | None, datetime | None, datetime | None]:
    with store.read() as tx:
        found = transmissions.get(tx, id)
    assert found is not None
    return found.due_at, found.since, found.lease_until


def test_set_back_a_pause_lasts_no_longer_and_what_was_due_is_due(store: Store) -> None:
    after = NOW - DAY
    with store.begin() as tx:
        later = departure(tx, due_at=NOW + MINUTE)
        due = departure(tx)
        before = departure(tx, due_at=after - MINUTE)
        state = targets.unknown("erp", NOW)
        targets.save(tx, replace(state, probe_at=NOW + MINUTE, hold_until=NOW + 2 * MINUTE))
        timers.set(tx, "poll", "acme", NOW + MINUTE)
        clock.follow(tx, -SECONDS, after, "node")
        kept = targets.get(tx, "erp")
        poll = timers.get(tx, "poll", "acme")
    assert times(store, later.id) == (after + MINUTE, after, None)
    assert times(store, due.id) == (after, after, None)
    assert times(store, before.id)[0] == after - MINUTE
    assert kept is not None
    assert poll is not None
    assert (kept.probe_at, kept.hold_until, poll.due_at) == (after + MINUTE, after + 2 * MINUTE, after + MINUTE)


def test_what_was_written_late_by_the_clock_of_before_rests_no_longer_either(store: Store) -> None:
    after = NOW - DAY
    with store.begin() as tx:
        clock.follow(tx, -SECONDS, after, "node")
        late = departure(tx, due_at=NOW + MINUTE / 4)
        own = departure(tx, due_at=after + 6 * HOUR)
        clock.follow_up(tx, -SECONDS, after + MINUTE / 2, MINUTE)
    assert times(store, late.id)[0] == after + MINUTE / 4
    assert times(store, own.id)[0] == after + 6 * HOUR


def test_set_forward_nothing_is_older_than_it_is_and_what_is_due_by_it_stays_due(store: Store) -> None:
    with store.begin() as tx:
        waiting = departure(tx, due_at=NOW + MINUTE)
        timers.set(tx, "poll", "acme", NOW + MINUTE)
        clock.follow(tx, SECONDS, NOW + DAY + MINUTE, "node")
        poll = timers.get(tx, "poll", "acme")
    assert times(store, waiting.id) == (NOW + MINUTE, NOW + DAY + MINUTE, None)
    assert poll is not None
    assert poll.due_at == NOW + MINUTE


def test_a_claim_of_its_own_ends_no_earlier_and_one_of_another_not_by_it(store: Store) -> None:
    own, other = claims(store)
    with store.begin() as tx:
        clock.follow(tx, SECONDS, NOW + DAY, "node")
    assert {times(store, id)[2] for id in own} == {NOW + DAY + clock.LONGEST_LEASE}
    assert times(store, other)[2] == NOW + MINUTE


def test_set_back_no_claim_lasts_longer_than_one_can_and_none_that_was_made_since_is_lost(store: Store) -> None:
    mine, other = claims(store)
    after = NOW - DAY
    with store.begin() as tx:
        departure(tx, due_at=after)
        since = claimed(tx, "erp", "node", after, after + MINUTE)
        assert since
        clock.follow(tx, -SECONDS, after, "node")
    assert {times(store, id)[2] for id in (*mine, other)} == {after + clock.LONGEST_LEASE}
    assert times(store, since.id)[2] == after + MINUTE


def claims(store: Store) -> tuple[list[str], str]:
    """A departure and an arrival that ``node`` has claimed, and a departure that another has."""
    with store.begin() as tx:
        departure(tx)
        departure(tx)
        arrival(tx)
        own = claimed(tx, "erp", "node", NOW, NOW + MINUTE)
        other = claimed(tx, "erp", "another", NOW, NOW + MINUTE)
        worked = transmissions.claim_arrival(tx, "node", NOW, 60)
        assert own
        assert other
        assert worked
    return [own.id, worked.id], other.id
