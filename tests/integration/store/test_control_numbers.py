"""Control numbers: never the same twice before they wrap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from hub.store.configuration import control_numbers
from hub.store.configuration.control_numbers import Drawing
from hub.store.store import Store, Tx

RANGE = (1, 999_999_999)


def draw(tx: Tx, partner: str, identity: str, kind: str, first: int, last: int) -> int:
    with Drawing(tx) as numbers:
        return numbers.draw(partner, identity, kind, first, last)


def test_numbers_run_from_first_to_last_and_wrap(store: Store) -> None:
    with store.begin() as tx:
        with Drawing(tx) as numbers:
            drawn = [numbers.draw("acme", "ZZ:US", "interchange", 7, 9) for _ in range(7)]
        assert drawn == [7, 8, 9, 7, 8, 9, 7]
        assert control_numbers.peek(tx, "acme", "ZZ:US", "interchange", 7, 9) == 8
        control_numbers.reset(tx, "acme", "ZZ:US", "interchange", 999_999_999)
        assert [draw(tx, "acme", "ZZ:US", "interchange", *RANGE) for _ in range(2)] == [999_999_999, 1]


def test_each_partner_identity_and_kind_counts_alone(store: Store) -> None:
    with store.begin() as tx:
        for row in (
            ("acme", "A", "group"),
            ("acme", "A", "interchange"),
            ("acme", "B", "group"),
            ("beta", "A", "group"),
        ):
            assert control_numbers.peek(tx, *row, *RANGE) == 1
            assert draw(tx, *row, *RANGE) == 1


def test_what_was_not_written_gives_its_numbers_back(store: Store) -> None:
    with store.begin() as tx, Drawing(tx) as numbers:
        assert numbers.draw("acme", "A", "group", *RANGE) == 1
        with suppress(RuntimeError), numbers.attempt():
            assert numbers.draw("acme", "A", "group", *RANGE) == 2
            assert numbers.draw("acme", "A", "interchange", *RANGE) == 1
            raise RuntimeError
        with numbers.attempt():
            assert numbers.draw("acme", "A", "group", *RANGE) == 2
    with store.begin() as tx:
        assert draw(tx, "acme", "A", "group", *RANGE) == 3
        assert draw(tx, "acme", "A", "interchange", *RANGE) == 1


def test_a_range_that_moved_starts_at_its_first(store: Store) -> None:
    with store.begin() as tx:
        draw(tx, "acme", "A", "group", 1, 10)
        assert draw(tx, "acme", "A", "group", 100, 200) == 100
        assert draw(tx, "acme", "A", "group", 1, 10) == 1


def test_a_number_whose_transaction_fails_is_drawn_again(store: Store) -> None:
    with suppress(RuntimeError), store.begin() as tx:
        draw(tx, "acme", "A", "group", *RANGE)
        raise RuntimeError
    with store.begin() as tx:
        assert draw(tx, "acme", "A", "group", *RANGE) == 1


def test_eight_threads_never_draw_the_same_number(store: Store) -> None:
    def draw_some(_: int) -> list[int]:
        numbers = []
        for _ in range(15):
            with store.begin() as tx:
                numbers.append(draw(tx, "acme", "A", "interchange", *RANGE))
        return numbers

    with ThreadPoolExecutor(8) as threads:
        drawn = [number for numbers in threads.map(draw_some, range(8)) for number in numbers]
    assert sorted(drawn) == list(range(1, 121))
