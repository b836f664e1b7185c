"""Where texts are found: what a source of records must tell, and a mapping's rules compiled into functions that fetch a
text from a record of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from channels.files.model.formats import Styles
from channels.files.model.rules import Condition, FieldRule, Selection
from channels.files.records import Arrival

Record = Any
Fetch = Callable[[Record], str]


class Source(Protocol):
    """Where texts are found. ``style`` is how the file's decimals are written, as far as it shows."""

    styles: Styles
    style: str | None
    arrival: Arrival
    marks_texts: bool
    """Whether the file knows numbers from texts, so that equal texts may be different values."""

    records_are_things: bool
    """Whether a record in which nothing stands is an entry all the same, if something must stand in it: an element is,
    a row's blank cells are not."""

    def fetch(self, selection: Selection) -> Fetch | None:
        """Gives the place's text, without the blanks around it, empty where there is none; None: the file has no such
        place at all."""

    def place(self, record: Record, selection: Selection) -> str:
        """What the place is called: ``line 12, column "Qty"``."""

    def below(self, expression: str) -> Callable[[Record], Sequence[Record]]:
        """The records inside a record."""

    def lead(self, records: Sequence[Record]) -> Record:
        """The record that speaks for all of a group: its first, blanks filled from the others."""

    def walking(self) -> AbstractContextManager[None]:
        """While it lasts the places of many records are asked for, in the order of the file."""


def location(source: Source, record: Record, rule: Selection) -> str:
    """What the place of a rule is called; of joined texts and of cases the first."""
    if isinstance(rule, FieldRule):
        parts: Sequence[Selection] = rule.concat or rule.cases or ()
        rule = parts[0] if parts else rule
    return source.place(record, rule)


def nothing(record: Record) -> str:
    return ""


def compile_fetch(rule: FieldRule | Selection, source: Source) -> Fetch:
    """The text of a rule before any transform of it."""
    if rule.constant is not None:
        text = rule.constant
        return lambda record: text
    if isinstance(rule, FieldRule) and rule.concat is not None:
        parts = [compile_fetch(part, source) for part in rule.concat]
        joined_by = rule.joined_by
        return lambda record: joined_by.join(filter(None, (part(record) for part in parts)))
    if isinstance(rule, FieldRule) and rule.cases is not None:
        return _first_case([(holds_of(case.when, source), compile_fetch(case, source)) for case in rule.cases])
    if isinstance(rule, FieldRule) and rule.blank is not None:
        return _meaningful(rule, source)
    return source.fetch(rule) or nothing


def _meaningful(rule: FieldRule, source: Source) -> Fetch:
    """The text but for those that mean nothing, of which the next place is tried."""
    blank = {rule.blank} if isinstance(rule.blank, str) else set(rule.blank or ())
    way = "xpath" if rule.xpath is not None else "jmespath"
    places = [Selection(**{way: one}) for one in rule.expressions] or [rule]
    fetches = [fetch for fetch in map(source.fetch, places) if fetch is not None]

    def but_blank(fetch: Fetch) -> Fetch:
        return lambda record: "" if (text := fetch(record)) in blank else text

    return first_filled([but_blank(fetch) for fetch in fetches]) if fetches else nothing


def first_filled(ways: Sequence[Fetch]) -> Fetch:
    """The first text that is not blank."""
    if len(ways) == 1:
        return ways[0]
    return lambda record: next(filter(None, (way(record) for way in ways)), "")


def _first_case(cases: list[tuple[Callable[[Record], bool] | None, Fetch]]) -> Fetch:
    def fetch(record: Record) -> str:
        for holds, text in cases:
            if holds is None or holds(record):
                return text(record)
        return ""

    return fetch


def holds_of(condition: Condition | None, source: Source) -> Callable[[Record], bool] | None:
    return None if condition is None else compile_condition(condition, source)


def compile_condition(condition: Condition, source: Source) -> Callable[[Record], bool]:
    fetch, holds = source.fetch(condition) or nothing, condition.holds
    return lambda record: holds(fetch(record))


def conditional(fetch: Fetch, holds: Callable[[Record], bool] | None) -> Fetch:
    return fetch if holds is None or fetch is nothing else lambda record: fetch(record) if holds(record) else ""


def or_else(fetch: Fetch, known: str) -> Fetch:
    return lambda record: fetch(record) or known
