"""Canonical documents as trees: the plan of a mapping walked the other way, into XML or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from canonical.base import CanonicalModel
from channels.files.model.formats import Format
from channels.files.model.places import rooted
from channels.files.model.plan import Leaf, Level, Node, Planned
from channels.files.model.rules import WrittenValue
from channels.files.model.styles import Unclear, Unlisted
from channels.files.model.values import writer
from channels.files.report import Report
from channels.files.tables.flat_writing import level_of, named_entries, report_placeless, value_of

Base = Any


@dataclass(frozen=True, slots=True)
class _Around:
    """What is around an entry: the document, and the groups whose records are yet to be written."""

    document: CanonicalModel
    records: str | None = None
    said: tuple[tuple[Level, CanonicalModel, str], ...] = ()


class Sink(Protocol):
    """What is being written: places are named below a base, which is a record."""

    def entry(self, base: Base | None, expression: str) -> Base:
        """A new record; without a base below the file as a whole. Raises Unclear where there can be no second one."""

    def put(self, base: Base, expression: str, text: str, value: Any) -> None:
        """A text at its place; ``value`` is what it is, for forms that have more than texts."""

    def put_beside(self, base: Base, expression: str, text: str) -> None:
        """A constant at its place; one of an attribute only where its element is."""

    def body(self) -> bytes:
        """The file."""


class TreeWriter:
    """Writes documents of one mapping into a sink."""

    def __init__(self, plan: Planned, format: Format, sink: Sink, report: Report) -> None:
        self._plan, self._format, self._sink, self._report = plan, format, sink, report
        self._texts: dict[int, Callable[[Any], str]] = {}

    def write(self, document: CanonicalModel) -> None:
        """One more document."""
        root = self._plan.root
        try:
            base = self._sink.entry(None, rooted(root.entries.records or "@", self._format))
        except Unclear as why:
            self._report.error("FILE-UNWRITABLE", "", str(why), fix=why.fix)
            return
        self._into(root, document, base, "", document)
        self._inside(root.node, document, base, "", _Around(document))

    def _into(self, level: Level, made: CanonicalModel, base: Base, pointer: str, document: CanonicalModel) -> None:
        """All that a level says of one entry, but for the lists in it, into a record."""
        self._fill(level.node, made, base, pointer)
        for expression, written in level.entries.written.items():
            text = written if isinstance(written, str) else _value_at(made, written) or _value_at(document, written)
            if text is not None:
                self._sink.put_beside(base, expression, text)

    def _fill(self, node: Node, made: CanonicalModel, base: Base, pointer: str) -> None:
        for leaf in node.leaves:
            self._put(leaf, value_of(made, leaf), base, pointer)
        for name, part in node.parts.items():
            value = getattr(made, name)
            if value is not None:
                self._fill(part, value, base, f"{pointer}/{name}")
        for name, listed in node.lists.items():
            values = getattr(made, name)
            for entry, index in named_entries(listed, values):
                self._fill(entry, values[index], base, f"{pointer}/{name}/{index}")
            for place, leaf in listed.texts.items():
                if place <= len(values):
                    self._put(leaf, values[place - 1], base, f"{pointer}/{name}/{place - 1}")

    def _inside(self, node: Node, made: CanonicalModel, base: Base, pointer: str, around: _Around) -> bool:
        """The entries of all lists that are found in the file; whether there were any."""
        some = False
        for name, part in node.parts.items():
            value = getattr(made, name)
            some |= value is not None and self._inside(part, value, base, f"{pointer}/{name}", around)
        for name, listed in node.lists.items():
            values = getattr(made, name)
            named = named_entries(listed, values)
            for entry, index in named:
                some |= self._inside(entry, values[index], base, f"{pointer}/{name}/{index}", around)
            taken = {index for _, index in named}
            for index, value in enumerate(values):
                if listed.found is not None and index not in taken:
                    self._entry(listed.found, value, base, f"{pointer}/{name}/{index}", around)
                    some = True
        return some

    def _entry(self, found: Level, value: CanonicalModel, base: Base, pointer: str, around: _Around) -> None:
        level = level_of(found, value)
        if level is None:
            report_placeless(value, pointer, self._report)
            return
        records = _records(found, level) or around.records
        if level.entries.group:  # its records are those of what is inside: each says what the group says
            inside = _Around(around.document, records, (*around.said, (level, value, pointer)))
            if self._inside(level.node, value, base, pointer, inside):
                return
        record = base if records is None else self._sink.entry(base, records)
        for outer, made, at in around.said:
            self._into(outer, made, record, at, around.document)
        self._into(level, value, record, pointer, around.document)
        self._inside(level.node, value, record, pointer, _Around(around.document))

    def _put(self, leaf: Leaf, value: Any, base: Base, pointer: str) -> None:
        expression = next(iter(leaf.rule.expressions), None)
        if value is None or expression is None or leaf.rule.read_only:
            return
        write = self._texts.get(id(leaf))
        if write is None:
            write = self._texts[id(leaf)] = writer(leaf.plan, leaf.pair, leaf.rule, self._format)
        try:
            plain = not (leaf.rule.lookup or leaf.rule.prefix or leaf.rule.zero_filled)
            self._sink.put(base, expression, write(value), value if plain else None)
        except Unclear as why:
            if isinstance(why, Unlisted) and leaf.rule.unlisted == "omit":
                return  # reading it back names what is lost
            place = f"{pointer}/{leaf.plan.name}"
            self._report.error("FILE-UNWRITABLE", place, f"{leaf.path} {why}", value=str(value), fix=why.fix)


def _records(found: Level, level: Level) -> str | None:
    """The records of entries of ``level`` in the list of ``found``: an item that lies in no carton is written where an
    item of a carton would be."""
    records, current = found.entries.records, found
    while current is not level and current.contents is not None:
        current = current.contents
        records = current.entries.records or records
    return records


def _value_at(document: CanonicalModel, written: WrittenValue) -> str | None:
    """The text of a plain path into the document: names with points between them."""
    value: Any = document
    for name in written.value.split("."):
        value = getattr(value, name, None)
    return None if value is None else str(value)


class JsonSink:
    """One JSON value, built up. Objects and lists are made on the way."""

    def __init__(self) -> None:
        self.value: Any = None

    def entry(self, base: Base | None, expression: str) -> Base:
        made: dict[str, Any] = {}
        names = [name for name in expression.removesuffix("[]").split(".") if name != "@"]
        if not names:
            if self.value is not None:
                raise Unclear("a file of this mapping holds one document", "", "Send each in a file of its own.")
            self.value = made
            return made
        if base is None:
            self.value = base = self.value or {}
        around = _object_at(base, names[:-1])
        around.setdefault(names[-1], []).append(made)
        return made

    def put(self, base: Base, expression: str, text: str, value: Any) -> None:
        names = expression.split(".")
        exact = isinstance(value, (Decimal, int)) and not isinstance(value, bool)
        _object_at(base, names[:-1])[names[-1]] = _Digits(format(value, "f") if exact else "") if exact else text

    def put_beside(self, base: Base, expression: str, text: str) -> None:
        self.put(base, expression, text, None)

    def body(self) -> bytes:
        return (_dumped(self.value, "") + "\n").encode()


class _Digits(str):
    """A number, written as its digits."""


def _object_at(base: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    for name in names:
        base = base.setdefault(name, {})
        if not isinstance(base, dict):
            raise Unclear(f"needs an object at {name}, where a value stands", "one or the other in the mapping")
    return base


def _dumped(value: Any, indent: str) -> str:
    """JSON text. The json module would make floats of decimals."""
    if isinstance(value, _Digits):
        return str(value)
    deeper = f"{indent}  "
    if isinstance(value, dict):
        inside = [f"{deeper}{json.dumps(name, ensure_ascii=False)}: {_dumped(v, deeper)}" for name, v in value.items()]
        return "{\n" + ",\n".join(inside) + f"\n{indent}}}" if inside else "{}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"{deeper}{_dumped(v, deeper)}" for v in value) + f"\n{indent}]" if value else "[]"
    return json.dumps(value, ensure_ascii=False)
