"""Canonical objects built from records: the plan of a mapping compiled into functions for one source.

What a record is and where its texts are the source says (``sources``); everything else is the same for rows, elements
and JSON. Objects are put together of values that were checked one by one (``canonical.assembly``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from canonical.assembly import UNSET, FieldPlan, instance, passes
from canonical.base import CodedEnum
from canonical.finding import Severity
from channels.files.building.sources import (
    Fetch,
    Record,
    Source,
    compile_fetch,
    conditional,
    holds_of,
    location,
    nothing,
    or_else,
)
from channels.files.model.paths import is_code
from channels.files.model.plan import Leaf, Level, ListNode, Node
from channels.files.model.rules import Selection
from channels.files.model.styles import Unclear, Unlisted
from channels.files.model.values import Table, from_default, reader
from channels.files.report import Report

OBJECTS = 1000
"""Objects of one sort that are kept to stand again where the same texts do."""


@dataclass(slots=True)
class _Value:
    """A leaf, compiled."""

    leaf: Leaf
    fetch: Fetch
    table: Table

    @property
    def names(self) -> tuple[str, ...]:
        return _names(self.leaf)


class ObjectReader:
    """Builds the objects of one node."""

    def __init__(self, node: Node, source: Source) -> None:
        self.source = source
        self.assembly = node.shape.assembly
        self._values = _all_compiled(node.leaves, source)
        self._singles = [
            (v.leaf.plan.name, v.fetch, v.table, v, 1 if is_code(v.leaf.plan) else 2)
            for v in self._values
            if v.leaf.pair is None
        ]
        self._pairs = [(v.names[0], v.names[1], v.fetch, v.table, v) for v in self._values if v.leaf.pair is not None]
        parts = [(name, ObjectReader(part, source)) for name, part in node.parts.items()]
        self._parts = [(name, part) for name, part in parts if not part.finds_nothing]
        lists = [(name, ListReader(inner, source)) for name, inner in node.lists.items()]
        self._lists = [(name, entries) for name, entries in lists if not entries.finds_nothing]
        self._always = node.needs_nothing
        self._template = _template(node)
        self._needed = [name for name, value in self._template.items() if value is UNSET]
        self._given = set(self._template)
        self._fields = self.assembly.fields
        self._makers = {v.leaf.plan.name: v for v in self._values} | {name: v for v in self._values for name in v.names}
        is_simple = not self._parts and not self._lists and not source.marks_texts
        self._fetches = [v.fetch for v in self._values] if is_simple else []
        self._known: dict[Any, Any] = {}

    @property
    def finds_nothing(self) -> bool:
        """Whether the file has none of its places."""
        return not (self._singles or self._pairs or self._parts or self._lists or self._always)

    def build(self, lead: Record, records: Sequence[Record], report: Report, *, always: bool = False) -> Any:
        """The object, or None where the file has nothing of it, or lacks what it cannot be without: then the report
        says so. Objects are frozen, so one that is nothing but a few texts is built once for the same texts."""
        if not self._fetches or always:
            return self._build(lead, records, report, always)
        texts = tuple([fetch(lead) for fetch in self._fetches])
        known = self._known.get(texts)
        if known is not None:
            return known
        if not any(texts) and not self._always:
            return None
        before = report.count
        made = self._build(lead, records, report, always)
        if made is not None and report.count == before:
            if len(self._known) >= OBJECTS:
                self._known.clear()
            self._known[texts] = made
        return made

    def _build(self, lead: Record, records: Sequence[Record], report: Report, always: bool) -> Any:
        values = self._template.copy()
        found = 0  # 1: codes alone, 2: what they are codes of
        for name, fetch, table, value, weight in self._singles:
            text = fetch(lead)
            if text:
                found |= weight
                try:
                    values[name] = table[text]
                except Unclear as why:
                    values[name] = self._refuse(value, lead, text, why, report)
        for word, code, fetch, table, value in self._pairs:
            text = fetch(lead)
            if text:
                found |= 1
                try:
                    values[word], values[code] = table[text]
                except Unclear as why:
                    refused = self._refuse(value, lead, text, why, report)
                    values[word] = refused if refused is _REFUSED else self._template[word]
                    values[code] = refused if refused is _REFUSED else self._template[code]
        for name, part in self._parts:
            made = part.build(lead, records, report)
            if made is not None:
                values[name] = made
                found |= 2
        for name, entries in self._lists:
            listed = entries.build(lead, records, report)
            if listed:
                values[name] = listed
                found |= 2
        if not (found or always or self._always):
            return None
        return self._finish(values, lead, report, is_meant=always or found > 1)

    def _finish(self, values: dict[str, Any], lead: Record, report: Report, *, is_meant: bool) -> Any:
        """A unit without a quantity and the like say nothing: such an object is not missed."""
        for name in self._needed:
            if values[name] is UNSET or values[name] is _REFUSED:
                self._tell_lacking(values, lead, report if is_meant else Report())
                return None
        if report.refused:
            for name, value in values.items():
                if value is _REFUSED:
                    values[name] = self._template[name]
        made = instance(self.assembly.model, values, self._given)
        for check in self.assembly.checks:
            if not passes(check, made):
                place = self.source.place(lead, Selection())
                report.error("FILE-VALUE", place, "The document breaks a rule of its type")
                return None
        return made

    def _tell_lacking(self, values: dict[str, Any], lead: Record, report: Report) -> None:
        for name in self._needed:
            if values[name] is UNSET and not self._fields[name].depends:
                self._miss(name, lead, report)

    def _refuse(self, value: _Value, lead: Record, text: str, why: Unclear, report: Report) -> Any:
        ambiguous = str(why).startswith("could be")
        passes_over = isinstance(why, Unlisted) and value.leaf.rule.unlisted == "omit"
        report.add(
            "FILE-VALUE-AMBIGUOUS" if ambiguous else "FILE-VALUE",
            Severity.WARNING if passes_over else Severity.ERROR,
            "" if report.is_full else location(self.source, lead, value.leaf.rule),
            f"{value.leaf.path} {why}",
            value=text,
            expected=why.expected,
            fix=why.fix,
        )
        return self._template[value.leaf.plan.name] if passes_over else _REFUSED

    def _miss(self, name: str, lead: Record, report: Report) -> None:
        maker = self._makers.get(name)
        path, rule = (maker.leaf.path, maker.leaf.rule) if maker else (name, Selection())
        missing(self.source, lead, path, rule, report)

    def trace(self, lead: Record, records: Sequence[Record], pointer: str, into: dict[str, str]) -> None:
        """The places of all values, by their JSON pointers."""
        for value in self._values:
            if value.leaf.rule.constant is None and value.fetch(lead):
                place = location(self.source, lead, value.leaf.rule)
                into.update((f"{pointer}/{name}", place) for name in value.names)
        for name, part in self._parts:
            if part.build(lead, records, Report()) is not None:
                part.trace(lead, records, f"{pointer}/{name}", into)
        for name, entries in self._lists:
            entries.trace(lead, records, f"{pointer}/{name}", into)


def missing(source: Source, lead: Record, path: str, rule: Selection, report: Report) -> None:
    """A value that must be there is not."""
    place = "" if report.is_full else location(source, lead, rule)
    report.error("FILE-VALUE-MISSING", place, f"{path} is missing", expected="a value", fix="Fill it in.")


_REFUSED: Any = object()
"""Stands for a value that was there and could not be read."""


def _all_compiled(leaves: Iterable[Leaf], source: Source) -> list[_Value]:
    """The leaves whose places the file has."""
    return [value for value in (_compiled(leaf, source) for leaf in leaves) if value.fetch is not nothing]


def _compiled(leaf: Leaf, source: Source) -> _Value:
    rule = leaf.rule
    fetch = conditional(compile_fetch(rule, source), holds_of(rule.when, source))
    if rule.default_from is not None and (known := source.arrival.text(rule.default_from)):
        fetch = or_else(fetch, known)
    table = Table(reader(leaf.plan, leaf.pair, rule, source.styles, source.style), keeps=not source.marks_texts)
    if rule.constant is not None:
        table[rule.constant] = from_default(leaf.plan, leaf.pair, rule.constant)
    return _Value(leaf, fetch, table)


def _template(node: Node) -> dict[str, Any]:
    """The values of all fields before anything is read; UNSET for those that must be."""
    template = dict(node.shape.assembly.template)
    own = {name for leaf in node.leaves for name in _names(leaf)}
    for plan in node.shape.assembly.unset:
        if not plan.info.is_required() and not plan.depends:
            template[plan.name] = plan.info.get_default(call_default_factory=True)
    template.update(node.fixed)
    for leaf in node.leaves:
        if leaf.default is not None:
            template.update(zip(_names(leaf), leaf.default if leaf.pair else (leaf.default,), strict=True))
    for plan in node.shape.assembly.unset:
        if plan.depends and template[plan.name] is UNSET:
            template[plan.name] = (
                UNSET if plan.name in own and _is_needed_code(plan, template) else _code(plan, template)
            )
    return template


def _names(leaf: Leaf) -> tuple[str, ...]:
    return (leaf.plan.name,) if leaf.pair is None else (leaf.pair.word, leaf.pair.code)


def _is_needed_code(plan: FieldPlan, template: Mapping[str, Any]) -> bool:
    return _code(plan, template) in ("", UNSET)


def _code(plan: FieldPlan, template: Mapping[str, Any]) -> Any:
    """The code that goes with the word in the template, as the model makes it."""
    factory: Any = plan.info.default_factory
    made = factory({name: value for name, value in template.items() if isinstance(value, CodedEnum)})
    return UNSET if made == "" else made


class ListReader:
    """Builds the entries of one list."""

    def __init__(self, node: ListNode, source: Source) -> None:
        entries = (ObjectReader(entry, source) for entry in node.entries.values())
        self._entries = [entry for entry in entries if not entry.finds_nothing]
        texts = sorted(node.texts.items())
        self._texts = _all_compiled((leaf for _, leaf in texts), source)
        self._found = LevelReader(node.found, source) if node.found is not None else None
        self._source = source

    @property
    def finds_nothing(self) -> bool:
        """Whether the file has none of its places."""
        return not (self._entries or self._texts or self._found)

    def build(self, lead: Record, records: Sequence[Record], report: Report) -> tuple[Any, ...]:
        made = [entry.build(lead, records, report) for entry in self._entries]
        if len(made) == 1 and not self._texts and self._found is None:
            return (made[0],) if made[0] is not None else ()
        if self._texts:
            made += [self._text(value, lead, report) for value in self._texts]
        if self._found is not None:
            made += self._found.build(records, report)
        return tuple(entry for entry in made if entry is not None)

    def _text(self, value: _Value, lead: Record, report: Report) -> Any:
        text = value.fetch(lead)
        if not text:
            return None
        try:
            return value.table[text]
        except Unclear as why:
            report.error(
                "FILE-VALUE", location(self._source, lead, value.leaf.rule), f"{value.leaf.path} {why}", value=text
            )
            return None

    def trace(self, lead: Record, records: Sequence[Record], pointer: str, into: dict[str, str]) -> None:
        index = 0
        for entry in self._entries:
            if entry.build(lead, records, Report()) is not None:
                entry.trace(lead, records, f"{pointer}/{index}", into)
                index += 1
        for value in self._texts:
            if value.fetch(lead):
                into[f"{pointer}/{index}"] = location(self._source, lead, value.leaf.rule)
                index += 1
        if self._found is not None:
            self._found.trace(records, pointer, index, into)


class LevelReader:
    """Builds the objects of one ``Entries`` of the mapping."""

    def __init__(self, level: Level, source: Source) -> None:
        entries = level.entries
        self._source = source
        self.objects = ObjectReader(level.node, source)
        self._below = source.below(entries.records) if entries.records is not None else None
        self.holds = holds_of(entries.when, source)
        self.starts = holds_of(entries.starts, source)
        self.keys = None if level.group is None else [compile_fetch(leaf.rule, source) for leaf in level.group]
        self._asked = [_compiled(leaf, source) for leaf in level.leaves.values() if leaf.rule.required]
        inner = level.contents if entries.when_blank == "contents" else None
        self._contents = LevelReader(inner, source) if inner is not None else None
        self.always = source.records_are_things and bool(self._asked)

    def build(self, records: Sequence[Record], report: Report) -> list[Any]:
        """All entries among these records; None for one that cannot be made."""
        always = self.always
        if self._below is None and self.keys is None and self.starts is None:
            make = self.make
            chosen = records if self.holds is None else filter(self.holds, records)
            return [make(record, (record,), report, always=always) for record in chosen]
        entries = self.entries(records)
        return [level.make(level.lead(own), own, report, always=level.always) for level, own in entries]

    def lead(self, records: Sequence[Record]) -> Record:
        """The record that speaks for an entry: what begins with a record of its own has no other."""
        return records[0] if self.starts is not None else self._source.lead(records)

    def entries(self, records: Sequence[Record]) -> Iterator[tuple[LevelReader, Sequence[Record]]]:
        """The records of each entry, with the level whose entry it is: this one, or one inside it where the group's
        fields are blank and the mapping says that then its contents take its place."""
        for own in self.parted(records):
            if self._contents is not None and self.keys and not any(key(own[0]) for key in self.keys):
                yield from self._contents.entries(own)
            else:
                yield self, own

    def make(self, lead: Record, records: Sequence[Record], report: Report, *, always: bool) -> Any:
        """One entry, which these records are."""
        made = self.objects.build(lead, records, report, always=always)
        if self._asked and (always or made is not None):
            for value in self._asked:
                if not value.fetch(lead):
                    missing(self._source, lead, value.leaf.path, value.leaf.rule, report)
        return made

    def records(self, around: Sequence[Record]) -> Sequence[Record]:
        """The records of all entries together, of those around them."""
        own = around
        if self._below is not None:
            own = [inner for record in around for inner in self._below(record)]
        return own if self.holds is None else list(filter(self.holds, own))

    def parted(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """The records of each entry."""
        own = self.records(records)
        if self.starts is not None:
            yield from _starting(own, self.starts)
        elif self.keys is not None:
            groups: dict[tuple[str, ...], list[Record]] = {}
            for record in own:
                groups.setdefault(tuple(key(record) for key in self.keys), []).append(record)
            yield from groups.values()
        else:
            yield from ((record,) for record in own)

    def trace(self, records: Sequence[Record], pointer: str, index: int, into: dict[str, str]) -> None:
        for level, own in self.entries(records):
            first = level.lead(own)
            if level.objects.build(first, own, Report(), always=level.always) is not None:
                level.objects.trace(first, own, f"{pointer}/{index}", into)
                index += 1


def _starting(records: Iterable[Record], starts: Callable[[Record], bool]) -> Iterator[Sequence[Record]]:
    own: list[Record] = []
    for record in records:
        if own and starts(record):
            yield own
            own = []
        own.append(record)
    if own:
        yield own


class FileProvenance(Mapping[str, str]):
    """JSON pointer of the document → place in the file, found when somebody asks: until then it costs nothing but that
    the records are kept."""

    def __init__(self, objects: ObjectReader, lead: Record, records: Sequence[Record]) -> None:
        self._objects, self._lead, self._records = objects, lead, records

    @cached_property
    def _known(self) -> dict[str, str]:
        known: dict[str, str] = {}
        with self._objects.source.walking():
            self._objects.trace(self._lead, self._records, "", known)
        return known

    def __getitem__(self, pointer: str) -> str:
        return self._known[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
