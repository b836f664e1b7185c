"""Control numbers: never the same twice before they wrap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from hub.store import control_numbers
from hub.store.store import Store

RANGE = (1, 999_999_999)


def test_numbers_run_from_first_to_last_and_wrap(store: Store) -> None:
    with store.begin() as tx:
        drawn = [control_numbers.draw(tx, "acme", "ZZ:US", "interchange", 7, 9) for _ in range(7)]
        assert drawn == [7, 8, 9, 7, 8, 9, 7]
        assert control_numbers.peek(tx, "acme", "ZZ:US", "interchange", 7, 9) == 8
        control_numbers.reset(tx, "acme", "ZZ:US", "interchange", 999_999_999)
        assert [control_numbers.draw(tx, "acme", "ZZ:US", "interchange", *RANGE) for _ in range(2)] == [999_999_999, 1]


def test_each_partner_identity_and_kind_counts_alone(store: Store) -> None:
    with store.begin() as tx:
        for row in (
            ("acme", "A", "group"),
            ("acme", "A", "interchange"),
            ("acme", "B", "group"),
            ("beta", "A", "group"),
        ):
            assert control_numbers.peek(tx, *row, *RANGE) == 1
            assert control_numbers.draw(tx, *row, *RANGE) == 1


def test_a_block_is_consecutive_also_where_it_wraps(store: Store) -> None:
    with store.begin() as tx:
        assert control_numbers.draw(tx, "acme", "A", "group", 1, 10, count=4) == 1
        assert control_numbers.draw(tx, "acme", "A", "group", 1, 10, count=4) == 5
        assert control_numbers.draw(tx, "acme", "A", "group", 1, 10, count=4) == 1
        assert control_numbers.draw(tx, "acme", "A", "group", 1, 10) == 5
        for count in (0, 11):
            with pytest.raises(ValueError, match="do not fit"):
                control_numbers.draw(tx, "acme", "A", "group", 1, 10, count=count)


def test_a_range_that_moved_starts_at_its_first(store: Store) -> None:
    with store.begin() as tx:
        control_numbers.draw(tx, "acme", "A", "group", 1, 10)
        assert control_numbers.draw(tx, "acme", "A", "group", 100, 200) == 100
        assert control_numbers.draw(tx, "acme", "A", "group", 1, 10) == 1


def test_a_number_whose_transaction_fails_is_drawn_again(store: Store) -> None:
    with suppress(RuntimeError), store.begin() as tx:
        control_numbers.draw(tx, "acme", "A", "group", *RANGE)
        raise RuntimeError
    with store.begin() as tx:
        assert control_numbers.draw(tx, "acme", "A", "group", *RANGE) == 1


def test_eight_threads_never_draw_the_same_number(store: Store) -> None:
    def draw(_: int) -> list[int]:
        numbers = []
        for _ in range(15):
            with store.begin() as tx:
                numbers.append(control_numbers.draw(tx, "acme", "A", "interchange", *RANGE))
        return numbers

    with ThreadPoolExecutor(8) as threads:
        drawn = [number for numbers in threads.map(draw, range(8)) for number in numbers]
    assert sorted(drawn) == list(range(1, 121))
