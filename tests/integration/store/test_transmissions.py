"""Recording and claiming: each arrival once, scopes in order, stale holders refused, bytes verified."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from hub.states import ForbiddenTransition
from hub.store.errors import BitRot, StaleLease, StaleStatus, StoreUnavailable
from hub.store.inbound import same_bytes
from hub.store.kept.blobs import INLINE_LIMIT
from hub.store.outbound import departures
from hub.store.schema import tables
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.store.trail import events
from tests.integration.store.rows_for_tests import NOW, arrival, claimed, departure

LEASE = 30


def claim(store: Store, owner: str = "node-1", seconds: int = 0) -> Transmission | None:
    with store.begin() as tx:
        return transmissions.claim_arrival(tx, owner, NOW + timedelta(seconds=seconds), LEASE)


def finish(store: Store, held: Transmission, status: str = "processed") -> None:
    with store.begin() as tx:
        if held.status == "received":
            held = transmissions.fenced_update(tx, held, status="processing")
        transmissions.fenced_update(tx, held, status=status, finished_at=NOW)


@pytest.mark.parametrize("size", [0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 300_000])
def test_bytes_come_back_as_they_came(store: Store, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    kept = store.keep(body)
    with store.begin() as tx:
        written = arrival(tx, kept=kept, body=None)
    with store.read() as tx:
        read = transmissions.get(tx, written.id)
    assert read == written
    assert (read.sha256, read.size) == (sha256(body).hexdigest(), size)
    assert transmissions.body(store, read) == body


def test_large_bytes_do_not_go_into_a_transaction(store: Store) -> None:
    with pytest.raises(ValueError, match="keep"), store.begin() as tx:
        arrival(tx, body=b"x" * (INLINE_LIMIT + 1))


def test_damaged_bytes_are_never_handed_out(store: Store, tmp_path: Path) -> None:
    kept = store.keep(b"y" * (INLINE_LIMIT + 1))
    with store.begin() as tx:
        large, small = arrival(tx, kept=kept, body=None), arrival(tx, body=b"small")
        tx.execute(update(tables.transmissions).where(tables.transmissions.c.id == small.id).values(body=b"smell"))
        small = transmissions.get(tx, small.id) or small
    path = tmp_path / "data" / "blobs" / kept.sha256[:2] / kept.sha256
    path.write_bytes(b"z" + path.read_bytes()[1:])
    for damaged in (large, small):
        with pytest.raises(BitRot):
            transmissions.body(store, damaged)
    store.keep(b"y" * (INLINE_LIMIT + 1))  # the sender sends it again: the good bytes take the place of the bad
    assert transmissions.body(store, large) == b"y" * (INLINE_LIMIT + 1)


@pytest.mark.own_events
def test_hostile_names_are_kept_as_words(store: Store) -> None:
    with store.begin() as tx:
        written = arrival(tx, transport_id="a\x00b\n\udc80é", file_name="../../etc/passwd\x1b[2J")
        events.record(tx, "x.happened", written.id, now=NOW, data={"name": "a\x00\udc80"})
        assert transmissions.get(tx, written.id) == written
        assert events.of_subject(tx, written.id)[0].data == {"name": "a\x00\udc80"}
    assert written.transport_id == "a\\x00b\\n\\udc80é"


def test_arrivals_of_a_scope_are_worked_one_at_a_time_in_order(store: Store) -> None:
    with store.begin() as tx:
        first, second, other = arrival(tx), arrival(tx), arrival(tx, "beta")
    held = claim(store)
    assert held is not None
    assert (held.id, held.fence, held.lease_owner) == (first.id, 1, "node-1")
    beta = claim(store, "node-2")
    assert beta is not None
    assert beta.id == other.id
    assert claim(store) is None
    finish(store, held)
    following = claim(store)
    assert following is not None
    assert following.id == second.id
    with store.read() as tx:
        done = transmissions.get(tx, first.id)
        assert done is not None
        assert (done.status, done.lease_owner, done.finished_at) == ("processed", None, NOW)


def test_an_older_arrival_that_comes_back_waits_for_the_one_being_worked(store: Store) -> None:
    with store.begin() as tx:
        first = transmissions.set_status(tx, arrival(tx), "quarantined", reason="unknown sender")
        second = arrival(tx)
    held = claim(store)
    assert held is not None
    assert held.id == second.id
    with store.begin() as tx:
        transmissions.set_status(tx, first, "received", reason=None)
    assert claim(store, "node-2") is None
    finish(store, held)
    back = claim(store, "node-2")
    assert back is not None
    assert back.id == first.id


def test_what_a_stale_holder_writes_is_refused(store: Store) -> None:
    with store.begin() as tx:
        arrival(tx)
    stale = claim(store, "node-1")
    assert stale is not None
    assert claim(store, "node-2", LEASE - 1) is None
    held = claim(store, "node-2", LEASE)
    assert held is not None
    assert held.fence == stale.fence + 1
    with pytest.raises(StaleLease):
        finish(store, stale)
    finish(store, held)


def test_a_restarted_node_takes_its_own_claims_back_and_no_other(store: Store) -> None:
    with store.begin() as tx:
        arrival(tx), arrival(tx, "beta"), departure(tx)
        assert transmissions.claim_arrival(tx, "node-1", NOW, LEASE)
        assert transmissions.claim_arrival(tx, "node-2", NOW, LEASE)
        assert claimed(tx, "erp", "node-1", NOW, NOW + timedelta(seconds=LEASE))
        assert transmissions.release_own(tx, "node-1") == 2
        back = transmissions.claim_arrival(tx, "node-3", NOW, LEASE)
        assert back is not None
        assert (back.order_scope, back.fence) == ("acme", 2)
        assert transmissions.claim_arrival(tx, "node-3", NOW, LEASE) is None


def test_departures_leave_when_due_each_target_by_itself(store: Store) -> None:
    later, until = NOW + timedelta(minutes=5), NOW + timedelta(seconds=LEASE)
    with store.begin() as tx:
        assert departures.waiting(tx, NOW) == []
        retried, wms = departure(tx, due_at=later), departure(tx, "wms")
        assert departures.waiting(tx, NOW) == [("erp", later), ("wms", NOW)]
        assert claimed(tx, "erp", "n", NOW, until) is None
        held = claimed(tx, "wms", "n", NOW, until)
        assert held is not None
        assert (held.id, held.lease_until) == (wms.id, until)
        assert departures.under_way(tx, NOW) == {"wms": 1}
        assert departures.waiting(tx, NOW) == [("erp", later)]
        assert departures.under_way(tx, until) == {}, "its node has been silent for too long"
        transmissions.fenced_update(tx, held, status="due", due_at=later + timedelta(minutes=1))
        departures.pull_forward(tx, "wms", NOW)
        assert departures.waiting(tx, NOW) == [("erp", later), ("wms", NOW)]
        held = claimed(tx, "erp", "n", later, later + timedelta(minutes=1))
        assert held is not None
        assert held.id == retried.id


def test_statuses_change_only_along_their_table_and_from_what_was_read(store: Store) -> None:
    with store.begin() as tx:
        written = departure(tx)
        with pytest.raises(ForbiddenTransition):
            transmissions.set_status(tx, written, "given_up")
        dead = transmissions.set_status(tx, written, "dead", reason="refused")
        with pytest.raises(StaleStatus):
            transmissions.set_status(tx, written, "sent")
        assert transmissions.set_status(tx, dead, "due", due_at=NOW).status == "due"


def test_the_same_bytes_are_found_unless_they_were_turned_away(store: Store) -> None:
    with store.begin() as tx:
        turned_away = transmissions.set_status(tx, arrival(tx, body=b"1"), "rejected")
        first, second = arrival(tx, body=b"1"), arrival(tx, body=b"1")
        arrival(tx, "beta", body=b"1")
        digest = turned_away.sha256
        assert same_bytes.find_same_bytes(tx, "acme", digest, first.seq) is None
        assert same_bytes.find_same_bytes(tx, "acme", digest, second.seq) == first
        assert same_bytes.find_same_bytes(tx, "gamma", digest, second.seq) is None


def test_eight_threads_claim_each_arrival_once_and_keep_the_order_of_scopes(store: Store) -> None:
    scopes, each = 5, 12
    with store.begin() as tx:
        made = [arrival(tx, f"scope-{n % scopes}") for n in range(scopes * each)]
    worked: defaultdict[str, list[int]] = defaultdict(list)
    active: set[str] = set()
    overlaps: list[str] = []
    guard = threading.Lock()

    def work(node: int) -> None:
        while sum(map(len, worked.values())) < len(made):
            held = claim(store, f"node-{node}")
            if held is None:
                continue
            with guard:
                overlaps.extend([held.order_scope] if held.order_scope in active else [])
                active.add(held.order_scope)
                worked[held.order_scope].append(held.seq)
            time.sleep(0.001)
            with guard:
                active.remove(held.order_scope)
            finish(store, held)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert overlaps == []
    expected: defaultdict[str, list[int]] = defaultdict(list)
    for transmission in made:
        expected[transmission.order_scope].append(transmission.seq)
    assert worked == expected


def test_a_reader_cannot_write_and_sees_one_moment(store: Store) -> None:
    with store.read() as tx:
        before = departures.waiting(tx, NOW)
        with store.begin() as writing:
            departure(writing)
        assert departures.waiting(tx, NOW) == before
    with pytest.raises((DBAPIError, StoreUnavailable)), store.read() as tx:
        departure(tx)


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    with suppress(RuntimeError), store.begin() as tx:
        written = arrival(tx)
        raise RuntimeError
    with store.read() as tx:
        assert transmissions.get(tx, written.id) is None
