"""The thorough way: events of one set into nested dicts, dispatched by node index to one generated function per node.

pydantic validates the whole once at the end. It is for what ``construction`` does not take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from channels.x12.envelope import Separators
from channels.x12.sets.binding import Segment
from channels.x12.sets.extras import leftover, put
from channels.x12.sets.generation import Home, Reader, compile_segment
from channels.x12.sets.outline import Place

Event: TypeAlias = tuple[int, list[str]]
Trace: TypeAlias = dict[str, str]
Blanked: TypeAlias = Mapping[int, Mapping[str, str]]


@dataclass(slots=True)
class Reading:
    """What was read: nested dicts for the model, and where each value came from."""

    values: dict[str, Any]
    provenance: dict[str, str]


@dataclass(frozen=True, slots=True)
class Bound:
    """A node of the grammar: the segment bound to it (None: it is kept whole as an extra) and where its values go.
    ``tree`` is the slot of a nested list's index, 0 for none."""

    segment: Segment | None
    home: Home
    tree: int = 0


class SetReader:
    """Reads events of one grammar. Stateless between calls but for the functions made on first use, so one serves all
    threads. ``bound`` has each node's place, ``slots`` counts those of open entries, ``trees`` are those of indexes."""

    def __init__(self, root: Segment, place: Place, size: int) -> None:
        self.bound: list[Bound | None] = [None] * size
        self.slots = 1
        self.trees: list[int] = []
        self._places = {child.index: child for _, child in place.walk()}
        self._readers: list[Reader | None] = [None] * size
        self._bind(root, place, 0, ())

    def _bind(self, level: Segment, place: Place, slot: int, prefix: tuple[str, ...]) -> None:
        bound = {segment.id: segment for segment in level.inner}
        for name, child in place.children.items():
            path = (*prefix, name)
            segment = bound.get(name)
            if segment is None:
                if slot or name not in ("ST", "SE"):
                    self._keep(child, slot, path)
                continue
            opens = self._new_slot() if segment.into and child.children else 0
            tree = self._new_slot() if segment.tree else 0
            self.trees += [tree] if tree else []
            self.bound[child.index] = Bound(segment, Home(slot, "/".join(path), segment.into, opens), tree)
            self._bind(segment, child, opens or slot, () if opens else path)

    def _new_slot(self) -> int:
        self.slots += 1
        return self.slots - 1

    def _keep(self, place: Place, slot: int, path: tuple[str, ...]) -> None:
        for below, kept in [((), place), *place.walk()]:
            self.bound[kept.index] = Bound(None, Home(slot, "/".join((*path, *below))))

    def _reader(self, index: int) -> Reader:
        if index < 0:
            return _unplaced
        reader = self._readers[index]
        if reader is None:
            node = self.bound[index]
            if node is None:
                reader = _ignore
            elif node.segment is None:
                reader = _keeper(node.home.slot, node.home.name)
            else:
                reader = compile_segment(node.segment, node.home, node.tree)
            self._readers[index] = reader
        return reader

    def _home(self, index: int) -> Home | None:
        node = self.bound[index] if index >= 0 else None
        return node.home if node else None

    def trace(self, events: Iterable[Event], separators: Separators, blanked: Blanked | None = None) -> Reading:
        """The nested dicts of a set's events, and of every value where it came from: ``/lines/0/quantity/value`` →
        ``7:PO1[1]/PO102``.

        ``blanked`` (position → designator → text) names element texts that were taken out of the events because no
        model accepts them; they are put into the extras of the entry their segment stands for.
        """
        root: dict[str, Any] = {}
        at, ptr = self._state(root), [""] * (self.slots + 1)
        out: Trace = {}
        seen: dict[str, int] = {}
        lost: dict[int, Reader] = {}
        for position, (index, elements) in enumerate(events, 1):
            name = elements[0]
            number = seen[name] = seen.get(name, 0) + 1
            loc = f"{position}:{name}[{number}]/"
            if not blanked:
                self._reader(index)(elements, at, separators, ptr, loc, out)
                continue
            texts = blanked.get(position)
            if texts and not any(elements[1:]):
                lost = self._keep_loop(index, dict(texts), at, ptr, loc, out)
                continue
            if index >= 0 and index not in lost:
                lost = {}
            before = self._entries(index, at)
            (lost.get(index) or self._reader(index))(elements, at, separators, ptr, loc, out)
            if texts:
                self._keep_blanked(index, at, ptr, before, dict(texts), loc, out)
        return Reading(root, out)

    def _keep_loop(
        self, index: int, texts: dict[str, str], at: list[Any], ptr: list[str], loc: str, out: Trace
    ) -> dict[int, Reader]:
        """A segment with nothing left to read is kept whole, and so is the loop it starts: the readers for that."""
        home = self._home(index)
        if home is None:
            return {}
        put(at[home.slot], home.name, texts, ptr[home.slot], loc, out)
        inside = self._places[index].walk()
        return {kept.index: _keeper(home.slot, "/".join((home.name, *path))) for path, kept in inside}

    def _state(self, root: dict[str, Any]) -> list[Any]:
        at: list[Any] = [root] * (self.slots + 1)
        for tree in self.trees:
            at[tree] = {}
        return at

    def _entries(self, index: int, at: list[Any]) -> int:
        home = self._home(index)
        return len(at[home.slot].get(home.into, ())) if home is not None and home.into else 0

    def _keep_blanked(
        self, index: int, at: list[Any], ptr: list[str], before: int, texts: dict[str, str], loc: str, out: Trace
    ) -> None:
        home = self._home(index)
        if home is None:
            return
        made = self._entries(index, at) - before
        segment = home.name.rpartition("/")[2]
        if home.opens:
            put(at[home.opens], segment, texts, ptr[home.opens], loc, out)
        elif home.into and made:
            entries = at[home.slot][home.into]
            put(entries[-1], segment, texts, f"{ptr[home.slot]}/{home.into}/{len(entries) - 1}", loc, out)
        else:
            put(at[home.slot], home.name, texts, ptr[home.slot], loc, out)


def _ignore(*_: Any) -> None:
    """ST and SE carry nothing of the document."""


def _keeper(slot: int, name: str) -> Reader:
    def keep(e: list[str], at: list[Any], sep: Separators, ptr: list[str], loc: str, out: dict[str, str]) -> None:
        put(at[slot], name, leftover(e, sep, {}), ptr[slot], loc, out)

    return keep


def _unplaced(e: list[str], at: list[Any], sep: Separators, ptr: list[str], loc: str, out: Trace) -> None:
    """A segment that the grammar has no place for is kept with the loop entry opened last."""
    put(at[-1], e[0], leftover(e, sep, {}), ptr[-1], loc, out)
