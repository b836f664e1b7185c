"""Writing: a canonical document back into segments, in the order of the release's table.

What the set cannot carry is never dropped: every problem is collected and the document refused with all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from canonical.base import CanonicalModel, Extra
from canonical.finding import Finding, Severity
from channels.errors import PayloadError
from channels.x12.envelope import Separators
from channels.x12.sets.binding import Coded, Element, Field, Part, Repeat, Segment, Texts, elements_of
from channels.x12.sets.extras import Elements, assemble, parse_designators
from channels.x12.sets.outline import Place
from channels.x12.sets.values import Unwritable

HUB_ONLY = frozenset({"type", "extras", "sender_unit_of_measure"})
"""Fields that no set carries: the model's name, what was kept, and the trace of a crosswalk."""

Known: TypeAlias = dict[str, "Known | None"]
Placed: TypeAlias = tuple[tuple[str, ...], Extra]


@dataclass(slots=True)
class _Level:
    """A bound loop or segment joined with its place: ``known`` are the fields of its object that have a place."""

    spec: Segment
    place: Place
    inner: dict[str, _Level] = field(default_factory=dict)
    known: Known = field(default_factory=dict)


def _join(spec: Segment, place: Place) -> _Level:
    level = _Level(spec, place)
    bound = {segment.id: segment for segment in spec.inner}
    level.inner = {name: _join(bound[name], child) for name, child in place.children.items() if name in bound}
    if spec.tree:
        level.known[spec.tree.children] = None
    for name, item in spec.fields.items():
        _learn(level.known, name, item)
    for inner in level.inner.values():
        if inner.spec.into:
            level.known[inner.spec.into] = None
        else:
            _merge_known(level.known, inner.known)
    return level


def _learn(known: Known, name: str, item: Field) -> None:
    entry = item.groups[0] if isinstance(item, Repeat) else item
    if isinstance(entry, Part):
        below: Known = {}
        for inner_name, inner in entry.fields.items():
            _learn(below, inner_name, inner)
        _merge_known(known, {name: below})
    else:
        known[name] = None
    if isinstance(item, Coded):
        known[item.code_field] = None


def _merge_known(known: Known, more: Known) -> None:
    for name, below in more.items():
        have = known.get(name)
        if have and below:
            _merge_known(have, below)
        else:
            known[name] = below


@dataclass(slots=True)
class _Written:
    """What one document became so far."""

    separators: Separators
    segments: list[list[str]] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    numbered: int = 0

    def add(self, segment: str, texts: Elements) -> None:
        try:
            self.segments.append(assemble(segment, texts, self.separators))
        except Unwritable as error:
            self.problem(segment, str(error))

    def problem(self, place: str, message: str) -> None:
        """``place`` is a pointer into the document, or a segment."""
        finding = Finding(code="X12-NO-PLACE", severity=Severity.ERROR, locator=place or "/", message=message)
        self.problems.append(finding)


class SetWriter:
    """Writes documents of one set in one release. ``form`` names both in problems. Stateless between calls."""

    def __init__(self, root: Segment, place: Place, form: str) -> None:
        self._root = _join(root, place)
        self._form = form

    def write(self, document: CanonicalModel, separators: Separators) -> list[list[str]]:
        """The segments between ST and SE. Raises PayloadError naming everything that does not fit."""
        written = _Written(separators)
        extras = [(tuple(extra.name.split("/")), extra) for extra in getattr(document, "extras", ())]
        self._check(document, self._root.known, "", written)
        self._write_inner(self._root, document, extras, "", written)
        if written.problems:
            raise PayloadError.of(written.problems, f"cannot be written as {self._form}: ")
        return written.segments

    def _write_inner(self, level: _Level, entry: Any, extras: Iterable[Placed], at: str, written: _Written) -> None:
        """Everything inside a level's loop but its starting segment, in the table's order."""
        kept: dict[str, list[Placed]] = {}
        for path, extra in extras:
            kept.setdefault(path[0], []).append((path[1:], extra))
        strays = [kept.pop(name) for name in list(kept) if name not in level.place.children]
        if level.spec.id:
            self._write_strays(strays, written)
        done: set[str] = set()
        places = level.place.children if kept else level.inner
        for name in places:
            here, place, inner = kept.pop(name, []), level.place.children[name], level.inner.get(name)
            if inner is None:
                self._write_kept(name, place, here, written)
            elif not inner.spec.into:
                self._write_bound(inner, entry, here, at, written)
            else:
                if inner.spec.into not in done:
                    done.add(inner.spec.into)
                    self._write_list(inner, getattr(entry, inner.spec.into), f"{at}/{inner.spec.into}", written)
                self._write_kept(name, place, here, written)
            if strays and written.segments and not level.spec.id:
                self._write_strays(strays, written)
                strays = []

    def _write_strays(self, strays: Iterable[list[Placed]], written: _Written) -> None:
        """Segments that the set has no place for stand right behind the one that starts their entry: reading finds them
        there again, and whether they may be sent is the judge's to say."""
        for extras in strays:
            for _, extra in extras:
                written.add(extra.name, self._texts(extra.name, extra, written))

    def _write_kept(self, name: str, place: Place, extras: Iterable[Placed], written: _Written) -> None:
        """Segments that no field stands for, as they were."""
        for path, extra in extras:
            if path and place.find("/".join(path)) is None:
                written.problem("extras", f"{self._form} has no {extra.name}")
            else:
                segment = path[-1] if path else name
                written.add(segment, self._texts(segment, extra, written))

    def _write_bound(self, level: _Level, entry: Any, extras: list[Placed], at: str, written: _Written) -> None:
        """A segment of the entry's own fields, and the loop it may start."""
        spec = level.spec
        below = [(path, extra) for path, extra in extras if path]
        own = [self._texts(spec.id, extra, written) for path, extra in extras if not path]
        if spec.flows:
            segments = [*self._flow(spec, entry, at, written), *own]
        else:
            texts = self._gather(spec.fields, entry, at, {}, written)
            segments = [self._completed(spec, entry, texts, own), *own] if texts else own
        for texts in segments:
            written.add(spec.id, texts)
        before = len(written.segments)
        self._write_inner(level, entry, below, at, written)
        if spec.inner and not segments and len(written.segments) > before:
            written.problem(at, f"{self._form} cannot carry the loop {spec.id} without its first segment")

    def _completed(self, spec: Segment, entry: Any, texts: Elements, own: list[Elements]) -> Elements:
        """The fields' segment with what the first extra adds to it; an extra that says the same or otherwise stays in
        ``own``, as a second segment of its kind was kept whole."""
        if own:
            attempt, trial = dict(own[0]), _Written(Separators("*", ">", "~"))
            self._gather(spec.fields, entry, "", attempt, trial)
            if not trial.problems and len(attempt) == len(own[0]) + len(texts):
                own.pop(0)
                return attempt
        return texts

    def _write_list(self, level: _Level, entries: Sequence[Any], at: str, written: _Written, parent: int = 0) -> None:
        """One segment or loop for each entry; with a tree, each followed by the entries below it."""
        spec = level.spec
        for number, entry in enumerate(entries):
            here = f"{at}/{number}"
            self._check(entry, level.known, here, written)
            texts, below = self._claimed(spec.id, getattr(entry, "extras", ()), written)
            self._gather(spec.fields, entry, here, texts, written)
            if spec.tree:
                written.numbered += 1
                texts[spec.tree.number.position, 1, 0] = str(written.numbered)
                if parent:
                    texts[spec.tree.parent.position, 1, 0] = str(parent)
            own = written.numbered
            written.add(spec.id, texts)
            self._write_inner(level, entry, below, here, written)
            if spec.tree:
                children = getattr(entry, spec.tree.children)
                self._write_list(level, children, f"{here}/{spec.tree.children}", written, own)

    def _claimed(self, segment: str, extras: Iterable[Extra], written: _Written) -> tuple[Elements, list[Placed]]:
        """What extras say of an entry's own first segment, and the extras of the segments after it."""
        texts: Elements = {}
        below: list[Placed] = []
        for extra in extras:
            if extra.name == segment:
                texts |= self._texts(segment, extra, written)
            else:
                below.append((tuple(extra.name.split("/")), extra))
        return texts, below

    def _texts(self, segment: str, extra: Extra, written: _Written) -> Elements:
        try:
            return parse_designators(segment, extra.values)
        except Unwritable as error:
            written.problem(f"extras {extra.name}", str(error))
            return {}

    def _gather(self, fields: Mapping[str, Field], entry: Any, at: str, texts: Elements, written: _Written) -> Elements:
        for name, item in fields.items():
            value = getattr(entry, name)
            if value is not None and value != ():
                self._take(texts, item, entry, value, f"{at}/{name}", written)
        return texts

    def _take(self, texts: Elements, item: Field, entry: Any, value: Any, at: str, written: _Written) -> None:
        if isinstance(item, Element):
            self._set(texts, item, value, at, written)
        elif isinstance(item, Coded):
            code = getattr(entry, item.code_field)
            if (chosen := item.code_for(value, code)) is None:
                written.problem(at, f"{value.value} is not what code {code} means")
            self._set(texts, item.element, chosen or code, at, written)
        elif isinstance(item, Part):
            self._gather(item.fields, value, at, texts, written)
        else:
            self._take_list(texts, item, value, at, written)

    def _take_list(self, texts: Elements, item: Texts | Repeat, rows: Any, at: str, written: _Written) -> None:
        """Rows take the places in order, but those that an extra has claimed. A place to which an extra adds components
        had a row, and has one again."""
        places = item.elements if isinstance(item, Texts) else item.groups
        free = [place for place in places if not any(_is_claimed(e, texts) for e in elements_of(place) if not e.shared)]
        if len(rows) > len(free):
            written.problem(at, f"{self._form} carries {len(free)}, not {len(rows)}")
        begun = [any(position == e.position for e in elements_of(place) for position, _, _ in texts) for place in free]
        spare = len(rows) - sum(begun)
        taken = [place for place, here in zip(free, begun, strict=True) if here or (spare := spare - 1) >= 0]
        for number, (place, row) in enumerate(zip(taken, rows, strict=False)):
            if isinstance(place, Part):
                self._gather(place.fields, row, f"{at}/{number}", texts, written)
            else:
                self._set(texts, place, row, f"{at}/{number}", written)

    def _set(self, texts: Elements, element: Element, value: Any, at: str, written: _Written) -> None:
        try:
            text = element.kind.write(value)
        except Unwritable as error:
            written.problem(at, str(error))
            return
        if text and texts.setdefault(_key(element), text) != text:
            written.problem(at, "an extra says otherwise")

    def _flow(self, spec: Segment, entry: Any, at: str, written: _Written) -> Iterator[Elements]:
        """As few segments as carry the list: a new one when it is full or a shared element changes."""
        ((name, item),) = spec.fields.items()
        entry, at = getattr(entry, name), f"{at}/{name}"
        while isinstance(item, Part) and entry is not None:
            ((name, item),) = item.fields.items()
            entry, at = getattr(entry, name), f"{at}/{name}"
        if entry is None or not isinstance(item, (Texts, Repeat)):
            return
        room = len(item.elements) if isinstance(item, Texts) else len(item.groups)
        start = 0
        while start < len(entry):
            end = start + 1
            while end < len(entry) and end - start < room and self._same_shared(item, entry[start], entry[end]):
                end += 1
            texts: Elements = {}
            self._take_list(texts, item, entry[start:end], at, written)
            yield texts
            start = end

    def _same_shared(self, item: Texts | Repeat, one: Any, other: Any) -> bool:
        if isinstance(item, Texts):
            return True
        fields, unused = item.groups[0].fields, _Written(Separators("*", ">", "~"))
        first = self._gather(fields, one, "", {}, unused)
        second = self._gather(fields, other, "", {}, unused)
        shared = [_key(e) for e in elements_of(item) if e.shared]
        return all(first.get(key) == second.get(key) for key in shared)

    def _check(self, entry: Any, known: Known, at: str, written: _Written) -> None:
        """Each field that is set has a place in this release."""
        for name, value in entry:
            if value is None or value == () or name in HUB_ONLY:
                continue
            if name not in known:
                written.problem(f"{at}/{name}", f"{self._form} has no place for it")
                continue
            below = known[name]
            if below is not None:
                for number, part in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
                    self._check(part, below, f"{at}/{name}" if number is None else f"{at}/{name}/{number}", written)


def _is_claimed(element: Element, texts: Elements) -> bool:
    """Whether an extra stands in the element's place; the other components of its composite leave it free."""
    return any(
        position == element.position
        and (repetition > 1 or not element.component or component in (0, element.component))
        for position, repetition, component in texts
    )


def _key(element: Element) -> tuple[int, int, int]:
    return element.position, 1, element.component
