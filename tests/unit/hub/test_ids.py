"""Identifiers: each its own, and in the order in which a process made them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from hub.store import ids
from hub.store.ids import made_at, new_id


def test_what_is_made_later_sorts_behind() -> None:
    made = [new_id("tr") for _ in range(5_000)]
    by_time = {one: made_at(one) for one in made}
    assert sorted(made, key=lambda one: (by_time[one], one)) == made
    assert {len(one) for one in made} == {29}
    assert abs(made_at(made[-1]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_threads_make_none_twice() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: [new_id("tr") for _ in range(2_000)], range(16)))
    assert len({one for some in made for one in some}) == 32_000


def test_a_millisecond_that_has_used_up_its_numbers_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_800_000_000_000_000_000)
    first = new_id("tr")
    monkeypatch.setattr(ids, "_series", ids._series._replace(numbers=iter([(1 << 20) - 1, 1 << 20])))
    last, following = new_id("tr"), new_id("tr")
    assert first[:25] == last[:25] != following[:25]
    assert last.endswith("ZZZZ")


def test_a_forked_process_does_not_go_on_with_the_numbers_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_800_000_000_000_000_000)
    new_id("tr")
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, new_id("tr").encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() != new_id("tr")
    os.close(read)
    os.close(write)
