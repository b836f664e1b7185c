"""The short way from a set's events to its document: each segment by the function made for its shape (``shapes``).

It gives exactly what the thorough way gives (``reading`` into dicts, validated by pydantic), or raises Unusual where
only that way can tell: a value that cannot be read or is too long, a field missing, something said twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from canonical.assembly import Assembly, assembly, instance
from canonical.base import CanonicalModel
from canonical.business_document import BusinessDocument, remember_json
from canonical.document import whole_json
from channels.x12.envelope import Separators
from channels.x12.sets.binding import Part, Segment
from channels.x12.sets.checked import Unusual, has_only_text
from channels.x12.sets.endings import Endings, keep
from channels.x12.sets.extras import leftover
from channels.x12.sets.provenance import Provenance, Trail
from channels.x12.sets.reading import Bound, Event, SetReader
from channels.x12.sets.shapes import Build, Level, Spot, compile_shape

SHAPES = 2000
"""Functions kept at a time, each about 10 KB."""

CREDIT = 500
SEGMENTS_A_SHAPE = 50
"""A new function takes a millisecond to make, so one is made for so many segments read; before that the thorough way is
cheaper. Partners need a few for each node; a sender of ever new shapes slows nobody down."""


class Constructor:
    """Builds documents of one grammar. Stateless between calls but for the functions it has made, so one serves all
    threads."""

    def __init__(self, model: Assembly, root: Segment, reader: SetReader) -> None:
        self._model = model
        self._slots = reader.slots
        self._trees = reader.trees
        self._levels = {0: _level(model, root, Segment("", {}))}
        self.credit = float(CREDIT)
        self._shapes: dict[tuple[int, tuple[bool, ...]], Build] = {}
        self._spots: dict[int, Spot] = {}
        self._latest: list[Build] = [self._first(index, node) for index, node in enumerate(reader.bound)]
        self._latest.append(_unplaced)

    def _first(self, index: int, node: Bound | None) -> Build:
        if node is None:
            return _ignore
        if node.segment is None:
            return partial(_keep, node.home.slot, node.home.name)
        inside = None
        level = self._levels.get(node.home.slot)
        if level is None:
            return _unusual
        if node.home.opens:
            plan = level.model.fields[node.segment.into]
            model = assembly(plan.inner) if plan.inner else None
            if model is None:
                return _unusual
            inside = self._levels[node.home.opens] = _level(model, node.segment, node.segment)
        self._spots[index] = Spot(node.segment, node.home, node.tree, level, inside)
        return _other_shape

    def build(self, events: Sequence[Event], separators: Separators) -> tuple[CanonicalModel, Provenance]:
        """The document, which remembers its JSON, and its provenance."""
        model = self._model
        d, f, given = model.template.copy(), [""] * len(model.fields), set[str]()
        document = instance(model.model, d, given)
        at: list[Any] = [(_Closed(), f, given, "")] * (self._slots + 1)
        at[0] = at[-1] = (d, f, given, "")
        for tree in self._trees:
            at[tree] = {}
        ends = Endings()
        ends.checks.append((model, document))
        ends.defaults.append((model, d, f))
        trail: Trail = []
        latest = self._latest
        self.credit = min(self.credit + len(events) / SEGMENTS_A_SHAPE, CREDIT)
        for position, (index, elements) in zip(_positions(len(events)), events, strict=False):
            if latest[index](elements, at, separators, position, ends, trail):
                self._find(index, elements)(elements, at, separators, position, ends, trail)
        ends.finish()
        text = whole_json(model.model, d, "".join(f)[1:])
        if not has_only_text(text):
            raise Unusual
        if isinstance(document, BusinessDocument):
            remember_json(document, text)
        return document, Provenance.of([elements[0] for _, elements in events], trail)

    def _find(self, index: int, elements: list[str]) -> Build:
        """The function for the shape of this segment, which is tried first for the next one."""
        present = tuple(map(bool, elements[1:]))
        build = self._shapes.get((index, present))
        if build is None:
            if self.credit < 1:
                raise Unusual
            self.credit -= 1
            if len(self._shapes) >= SHAPES:
                self._shapes.clear()
            try:
                build = compile_shape(self._spots[index], present)
            except Unusual:
                build = _unusual
            self._shapes[index, present] = build
        self._latest[index] = build
        return build


_POSITIONS = [str(position) for position in range(1, 1001)]


def _positions(count: int) -> Iterable[str]:
    """The segments' positions from 1 as text, which is what provenance makes of them."""
    return _POSITIONS if count <= len(_POSITIONS) else map(str, range(1, count + 1))


class _Closed(dict[str, Any]):
    """The values of a loop that was not opened, which a segment inside it finds."""

    def __missing__(self, name: str) -> Any:
        raise Unusual


def constructor(model: type[CanonicalModel], root: Segment, reader: SetReader) -> Constructor | None:
    """None for a model whose validators only the thorough way can run."""
    found = assembly(model)
    return Constructor(found, root, reader) if found else None


def _level(model: Assembly, level: Segment, opener: Segment) -> Level:
    parts = Counter(
        name
        for segment in (opener, *level.inner)
        if not segment.into or segment is opener
        for name, item in segment.fields.items()
        if isinstance(item, Part)
    )
    flowing = [name for segment in level.inner if segment.flows for name in segment.fields]
    lists = {segment.into for segment in level.inner if segment.into} | set(flowing)
    if level.tree:
        lists.add(level.tree.children)
    open_parts = {name for name in parts if parts[name] > 1} | {name for name in flowing if name in parts}
    return Level(model, frozenset(open_parts), frozenset(lists - open_parts))


def _other_shape(*_: Any) -> bool:
    """Before the first segment nothing is known of its shape."""
    return True


def _unusual(*_: Any) -> bool:
    raise Unusual


def _ignore(*_: Any) -> None:
    """ST and SE carry nothing of the document."""


def _keep(slot: int, name: str, e: list[str], at: list[Any], sep: Separators, position: str, *into: Any) -> None:
    """A segment that the binding does not name is kept whole."""
    keep(at[slot], name, leftover(e, sep, {}), position, *into)


def _unplaced(e: list[str], at: list[Any], sep: Separators, position: str, *into: Any) -> None:
    """A segment that the grammar has no place for is kept with the loop entry opened last."""
    keep(at[-1], e[0], leftover(e, sep, {}), position, *into)
