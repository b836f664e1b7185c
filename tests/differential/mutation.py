"""Named ways to spoil a transaction set, each driven by a seeded source of chance. A mutator takes the segments, ST to
SE, and changes them in place; it may happen to leave the set valid."""

from __future__ import annotations

import random
from collections.abc import Callable

Segments = list[list[str]]
Mutator = Callable[[random.Random, Segments], None]

STRANGE_SEGMENTS = ("ZZZ", "ZA1", "REF", "N1", "DTM", "HL", "LX", "PO1", "nte", "N", "X1234", "")
STRANGE_TEXTS = ("\u00e9", "\x07", "\t", "\x7f", "^", "`", "\u0661", "a", " ", '"', "<", "|", "\u00a0")
STRANGE_NUMBERS = ("-", "+1", "1.", ".5", ".", "1E3", "--1", "1,5", " 1", "-0", "12 ", "1.5.2", "00000000001", "\u0661")
STRANGE_DATES = ("00000000", "20240230", "20241301", "240115", "17991231", "99999999", "2024-01-15", "202401151200")
STRANGE_TIMES = ("2400", "1260", "12", "12000", "123060", "1200000", "12:30", "120000999", "")


def _body(source: random.Random, segments: Segments) -> int:
    """A segment of the body, the header among them where there is nothing else."""
    return source.randrange(1, len(segments) - 1) if len(segments) > 2 else 0


def _place(source: random.Random, segments: Segments) -> tuple[list[str], int]:
    """A segment with elements, and the index of one."""
    segment = source.choice([s for s in segments if len(s) > 1] or [["ZZZ", ""]])
    return segment, source.randrange(1, len(segment))


def drop_segment(source: random.Random, segments: Segments) -> None:
    del segments[_body(source, segments)]


def duplicate_segment(source: random.Random, segments: Segments) -> None:
    index = _body(source, segments)
    segments.insert(index, list(segments[index]))


def move_segment(source: random.Random, segments: Segments) -> None:
    moved = segments.pop(_body(source, segments))
    segments.insert(source.randrange(min(1, len(segments)), len(segments) + 1), moved)


def rename_segment(source: random.Random, segments: Segments) -> None:
    names = [segment[0] for segment in segments]
    segments[_body(source, segments)][0] = source.choice([*STRANGE_SEGMENTS, *names])


def insert_segment(source: random.Random, segments: Segments) -> None:
    name = source.choice([*STRANGE_SEGMENTS, *(segment[0] for segment in segments)])
    segments.insert(_body(source, segments), [name, *["1"] * source.randrange(3)])


def repeat_run(source: random.Random, segments: Segments) -> None:
    """Loops beyond their maximum: a run of segments many times over."""
    start = _body(source, segments)
    run = segments[start : min(start + source.randint(1, 4), len(segments) - 1)]
    for _ in range(source.choice((1, 2, 5, 12))):
        segments[start:start] = [list(segment) for segment in run]


def swap_segments(source: random.Random, segments: Segments) -> None:
    a, b = _body(source, segments), _body(source, segments)
    segments[a], segments[b] = segments[b], segments[a]


def spoil_element(source: random.Random, segments: Segments) -> None:
    segment, index = _place(source, segments)
    at = source.randrange(len(segment[index]) + 1)
    segment[index] = segment[index][:at] + source.choice(STRANGE_TEXTS) + segment[index][at:]


def blank_element(source: random.Random, segments: Segments) -> None:
    segment, index = _place(source, segments)
    segment[index] = ""


def lengthen_element(source: random.Random, segments: Segments) -> None:
    segment, index = _place(source, segments)
    segment[index] = (segment[index] or "1") * source.choice((2, 5, 40, 300))


def shorten_element(source: random.Random, segments: Segments) -> None:
    segment, index = _place(source, segments)
    segment[index] = segment[index][: source.choice((1, 1, -1))]


def fill_element(source: random.Random, segments: Segments) -> None:
    """A value where there was none, with what notes say about it."""
    segment = segments[_body(source, segments)]
    empty = [i for i in range(1, len(segment)) if not segment[i]] or [len(segment)]
    index = source.choice(empty)
    segment[index : index + 1] = [source.choice(("1", "AB", "00", "20240115", "EA"))]


def pad_element(source: random.Random, segments: Segments) -> None:
    segment, index = _place(source, segments)
    segment[index] += " " * source.randint(1, 3)


def wrong_code(source: random.Random, segments: Segments) -> None:
    segment, index = _place(source, segments)
    segment[index] = source.choice(("ZZ", "??", "00", "A", "QQQ", "zz", "XX "))


def wrong_number(source: random.Random, segments: Segments) -> None:
    _replace(source, segments, STRANGE_NUMBERS, str.isdecimal)


def wrong_date(source: random.Random, segments: Segments) -> None:
    _replace(source, segments, STRANGE_DATES, lambda value: len(value) in (6, 8) and value.isdecimal())


def wrong_time(source: random.Random, segments: Segments) -> None:
    _replace(source, segments, STRANGE_TIMES, lambda value: len(value) == 4 and value.isdecimal())


def _replace(source: random.Random, segments: Segments, values: tuple[str, ...], fits: Callable[[str], bool]) -> None:
    places = [(s, i) for s in segments[1:-1] for i in range(1, len(s)) if fits(s[i])]
    segment, index = source.choice(places) if places else _place(source, segments)
    segment[index] = source.choice(values)


def surplus_elements(source: random.Random, segments: Segments) -> None:
    segments[_body(source, segments)] += source.choice((["X"], ["", "X"], [""], ["", ""], [""] * 30 + ["X"]))


def cut_segment(source: random.Random, segments: Segments) -> None:
    """Elements missing at the end, all of them at worst."""
    segment = segments[_body(source, segments)]
    del segment[source.randrange(1, max(len(segment), 2)) :]


def component_separator(source: random.Random, segments: Segments) -> None:
    """A separator inside data, or a composite with more, fewer or empty components."""
    segment, index = _place(source, segments)
    value = segment[index]
    at = source.randrange(len(value) + 1)
    segment[index] = source.choice(
        (value[:at] + ">" + value[at:], value + ">", ">" + value, value + ">1>2>3>4>5>6", ">")
    )


def stray_separator(source: random.Random, segments: Segments) -> None:
    """A separator of elements or segments inside data."""
    segment, index = _place(source, segments)
    at = source.randrange(len(segment[index]) + 1)
    segment[index] = segment[index][:at] + source.choice("*~") + segment[index][at:]


def repetition_separator(source: random.Random, segments: Segments) -> None:
    segment, index = _place(source, segments)
    segment[index] = "^".join([segment[index]] * source.choice((2, 3, 20)))


def wrong_counts(source: random.Random, segments: Segments) -> None:
    trailer = segments[-1]
    if len(trailer) > 2 and source.random() < 0.5:
        trailer[2] = source.choice(("9999", trailer[2] + "1", trailer[2].lstrip("0"), ""))
    elif len(trailer) > 1:
        trailer[1] = source.choice((str(len(segments) + 1), "0" + trailer[1], "", "-1", "X", f"{trailer[1]}.0"))


def lose_trailer(_source: random.Random, segments: Segments) -> None:
    del segments[-1]


MUTATORS: dict[str, Mutator] = {
    mutator.__name__: mutator
    for mutator in (
        drop_segment,
        duplicate_segment,
        move_segment,
        rename_segment,
        insert_segment,
        repeat_run,
        swap_segments,
        spoil_element,
        blank_element,
        lengthen_element,
        shorten_element,
        fill_element,
        pad_element,
        wrong_code,
        wrong_number,
        wrong_date,
        wrong_time,
        surplus_elements,
        cut_segment,
        component_separator,
        stray_separator,
        repetition_separator,
        wrong_counts,
        lose_trailer,
    )
}
"""Name → mutator."""

LEAVES_COUNTS = {"wrong_counts", "lose_trailer"}
"""Mutators behind which the count of segments is left as it is; behind all others it is set right again, so that it
hides nothing."""


def mutated(source: random.Random, original: Segments) -> tuple[Segments, list[str]]:
    """A copy of the set, changed by one to three mutators one after the other, and their names."""
    names = [source.choice(list(MUTATORS)) for _ in range(source.choice((1, 1, 1, 2, 3)))]
    segments = [list(segment) for segment in original]
    for name in names:
        if segments:
            MUTATORS[name](source, segments)
    if segments and segments[-1][0] == "SE" and len(segments[-1]) > 1 and not LEAVES_COUNTS & set(names):
        segments[-1][1] = str(len(segments))
    return segments, names
