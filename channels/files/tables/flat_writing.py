"""Canonical documents as rows: the plan of a mapping walked the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from canonical.base import CanonicalModel, CodedEnum
from channels.files.model.formats import FixedFormat, FlatFormat
from channels.files.model.plan import Leaf, Level, ListNode, Node, Planned
from channels.files.model.styles import Unclear, Unlisted
from channels.files.model.values import writer
from channels.files.report import Report


@dataclass(frozen=True, slots=True)
class Cell:
    """A value to be written: its text, and what it is where a sheet has more than texts."""

    text: str
    value: Any = None
    leaf: Leaf | None = None


BLANK = Cell("")


@dataclass
class Columns:
    """Which column each leaf is written to, from 0. ``names`` are those of the header row."""

    names: list[str]
    of_leaf: dict[int, int] = field(default_factory=dict)
    """id of a leaf → column."""

    @classmethod
    def of(cls, plan: Planned, format: FlatFormat) -> Columns:
        """The format's own columns first, then those that only the mapping names, in its order."""
        own = [column.name for column in format.columns] if isinstance(format, FixedFormat) else list(format.columns)
        leaves = [leaf for level in plan.levels() for leaf in level.leaves.values()]
        placed = {leaf.rule.position - 1 for leaf in leaves if leaf.rule.position is not None}
        columns = cls([*own, *[""] * (max(placed, default=-1) + 1 - len(own))])
        for leaf in leaves:
            if leaf.rule.position is not None:
                columns.of_leaf[id(leaf)] = leaf.rule.position - 1
            elif leaf.rule.columns:
                columns.of_leaf[id(leaf)] = columns._named(leaf.rule.columns, placed)
        return columns

    def _named(self, names: Sequence[str], placed: set[int]) -> int:
        for name in names:
            if name in self.names:
                return self.names.index(name)
        free = next((i for i, name in enumerate(self.names) if not name and i not in placed), None)
        if free is None:
            self.names.append(names[0])
            return len(self.names) - 1
        self.names[free] = names[0]
        return free


class RowWriter:
    """Writes documents of one mapping as rows of cells, in the order of ``columns``."""

    def __init__(self, plan: Planned, format: FlatFormat) -> None:
        self._plan, self._format = plan, format
        self.columns = Columns.of(plan, format)
        self._texts: dict[int, Callable[[Any], str]] = {}

    def rows(self, document: CanonicalModel, report: Report) -> Iterator[list[Cell]]:
        """The document's rows. What a rule has no text for is reported."""
        for cells in self._level(self._plan.root, document, "", report):
            yield [cells.get(index, BLANK) for index in range(len(self.columns.names))]

    def _level(self, level: Level, made: CanonicalModel, pointer: str, report: Report) -> Iterator[dict[int, Cell]]:
        cells: dict[int, Cell] = {}
        inner = self._fill(level.node, made, pointer, cells, report)
        below: list[dict[int, Cell]] = []
        for following, entries, at in inner:
            for index, entry in entries:
                own = level_of(following, entry)
                if own is None:
                    report_placeless(entry, f"{at}/{index}", report)
                else:
                    below += self._level(own, entry, f"{at}/{index}", report)
        yield from ({**cells, **row} for row in below) if below else (cells,)

    def _fill(
        self, node: Node, made: CanonicalModel, pointer: str, cells: dict[int, Cell], report: Report
    ) -> list[tuple[Level, list[tuple[int, CanonicalModel]], str]]:
        """The values of one object into cells; the levels inside it with their entries are given back."""
        inner = []
        for leaf in node.leaves:
            self._put(leaf, value_of(made, leaf), pointer, cells, report)
        for name, part in node.parts.items():
            value = getattr(made, name)
            if value is not None:
                inner += self._fill(part, value, f"{pointer}/{name}", cells, report)
        for name, listed in node.lists.items():
            values = getattr(made, name)
            chosen = named_entries(listed, values)
            for entry, index in chosen:
                inner += self._fill(entry, values[index], f"{pointer}/{name}/{index}", cells, report)
            for place, leaf in listed.texts.items():
                if place <= len(values):
                    self._put(leaf, values[place - 1], f"{pointer}/{name}/{place - 1}", cells, report)
            if listed.found is not None:
                taken = {index for _, index in chosen}
                others = [(index, value) for index, value in enumerate(values) if index not in taken]
                inner.append((listed.found, others, f"{pointer}/{name}"))
        return inner

    def _put(self, leaf: Leaf, value: Any, pointer: str, cells: dict[int, Cell], report: Report) -> None:
        column = self.columns.of_leaf.get(id(leaf))
        if value is None or column is None:
            return
        write = self._texts.get(id(leaf))
        if write is None:
            write = self._texts[id(leaf)] = writer(leaf.plan, leaf.pair, leaf.rule, self._format)
        try:
            cells[column] = Cell(write(value), value, leaf)
        except Unclear as why:
            if isinstance(why, Unlisted) and leaf.rule.unlisted == "omit":
                return  # reading it back names what is lost
            place = f"{pointer}/{leaf.plan.name}"
            report.error("FILE-UNWRITABLE", place, f"{leaf.path} {why}", value=str(value), fix=why.fix)


def level_of(level: Level, entry: CanonicalModel) -> Level | None:
    """The level that an entry of its list is written by: the first whose words it has (``kind: pack``), itself or one
    inside; None when the file has no place for such an entry."""
    current: Level | None = level
    while current is not None:
        words = {name: value for name, value in current.node.fixed.items() if isinstance(value, CodedEnum)}
        if all(getattr(entry, name) == word for name, word in words.items()):
            return current
        current = current.contents if current.entries.when_blank == "contents" else None
    return None


def report_placeless(entry: CanonicalModel, pointer: str, report: Report) -> None:
    """An entry of a sort that the file has no place for, such as a carton in a notice of bare items."""
    words = (str(value) for value in entry.__dict__.values() if isinstance(value, CodedEnum))
    what = next(words, "such an entry")
    message = f"The file has no place for {what} here"
    report.error("FILE-UNWRITABLE", pointer, message, value=what, fix="Use a mapping that has one.")


def value_of(made: CanonicalModel, leaf: Leaf) -> Any:
    """The field's value, None where it is blank; of a word and its code both."""
    if leaf.pair is None:
        return getattr(made, leaf.plan.name)
    word = getattr(made, leaf.pair.word)
    return None if word is None else (word, getattr(made, leaf.pair.code))


def named_entries(listed: ListNode, values: Sequence[CanonicalModel]) -> list[tuple[Node, int]]:
    """The entries that the mapping names one by one, with the place from 0 of each in the document's list."""
    chosen: list[tuple[Node, int]] = []
    taken: set[int] = set()
    named = sorted(listed.entries.items(), key=lambda item: -len(item[0][1]))  # those told by their code first
    for (_, fixed, place), entry in named:
        if place is not None:
            found = place - 1 if place <= len(values) else None
        else:
            matching = (i for i, value in enumerate(values) if i not in taken and _has(value, fixed))
            found = next((i for i in matching if _fits(values[i], entry)), None)
        if found is not None:
            taken.add(found)
            chosen.append((entry, found))
    return chosen


def _fits(value: CanonicalModel, entry: Node) -> bool:
    """Whether nothing in the value is against the entry's constants, but which of its word's codes it has."""
    codes = {pair.code for pair in entry.shape.pairs.values()}
    return all(getattr(value, name) in (None, said) for name, said in entry.fixed.items() if name not in codes)


def _has(value: CanonicalModel, fixed: Sequence[tuple[str, Any]]) -> bool:
    return all(getattr(value, name) == expected for name, expected in fixed)
