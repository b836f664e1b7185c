"""Reading: events of one set into nested dicts, dispatched by node index to one generated function per node.

pydantic validates the whole once at the end, measured several times cheaper than building model by model.
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
    """What was read: nested dicts for the model, and where each value came from (empty when not asked for)."""

    values: dict[str, Any]
    provenance: dict[str, str]


class SetReader:
    """Reads events of one grammar. Stateless between calls, so one serves all threads."""

    def __init__(self, root: Segment, place: Place, size: int) -> None:
        self._homes: list[Home | None] = [None] * size
        self._places = {child.index: child for _, child in place.walk()}
        self._slots = 1
        self._trees: list[int] = []
        self._fast: list[Reader] = [_ignore] * size
        self._traced: list[Reader] = [_ignore] * size
        self._bind(root, place, 0, ())
        self._fast.append(_unplaced)
        self._traced.append(_unplaced_traced)

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
            self._trees += [tree] if tree else []
            home = Home(slot, "/".join(path), segment.into, opens)
            self._homes[child.index] = home
            self._fast[child.index] = compile_segment(segment, home, tree, traced=False)
            self._traced[child.index] = compile_segment(segment, home, tree, traced=True)
            self._bind(segment, child, opens or slot, () if opens else path)

    def _new_slot(self) -> int:
        self._slots += 1
        return self._slots - 1

    def _keep(self, place: Place, slot: int, path: tuple[str, ...]) -> None:
        for below, kept in [((), place), *place.walk()]:
            name = "/".join((*path, *below))
            self._homes[kept.index] = Home(slot, name)
            self._fast[kept.index] = _keeper(slot, name)
            self._traced[kept.index] = _traced_keeper(slot, name)

    def read(self, events: Iterable[Event], separators: Separators) -> dict[str, Any]:
        """The nested dicts of a set's events, without provenance."""
        root: dict[str, Any] = {}
        at = self._state(root)
        table = self._fast
        for index, elements in events:
            table[index](elements, at, separators)
        return root

    def trace(self, events: Iterable[Event], separators: Separators, blanked: Blanked | None = None) -> Reading:
        """As ``read``, with the provenance of every value: ``/lines/0/quantity/value`` → ``7:PO1[1]/PO102``.

        ``blanked`` (position → designator → text) names element texts that were taken out of the events because no
        model accepts them; they are put into the extras of the entry their segment stands for.
        """
        root: dict[str, Any] = {}
        at, ptr = self._state(root), [""] * (self._slots + 1)
        table = self._traced
        out: Trace = {}
        seen: dict[str, int] = {}
        lost: dict[int, Reader] = {}
        for position, (index, elements) in enumerate(events, 1):
            name = elements[0]
            number = seen[name] = seen.get(name, 0) + 1
            loc = f"{position}:{name}[{number}]/"
            if not blanked:
                table[index](elements, at, separators, ptr, loc, out)
                continue
            texts = blanked.get(position)
            if texts and not any(elements[1:]):
                lost = self._keep_loop(index, dict(texts), at, ptr, loc, out)
                continue
            if index >= 0 and index not in lost:
                lost = {}
            before = self._entries(index, at)
            (lost.get(index) or table[index])(elements, at, separators, ptr, loc, out)
            if texts:
                self._keep_blanked(index, at, ptr, before, dict(texts), loc, out)
        return Reading(root, out)

    def _keep_loop(
        self, index: int, texts: dict[str, str], at: list[Any], ptr: list[str], loc: str, out: Trace
    ) -> dict[int, Reader]:
        """A segment with nothing left to read is kept whole, and so is the loop it starts: the readers for that."""
        home = self._homes[index]
        if home is None:
            return {}
        put(at[home.slot], home.name, texts, ptr[home.slot], loc, out)
        inside = self._places[index].walk()
        return {kept.index: _traced_keeper(home.slot, "/".join((home.name, *path))) for path, kept in inside}

    def _state(self, root: dict[str, Any]) -> list[Any]:
        at: list[Any] = [root] * (self._slots + 1)
        for tree in self._trees:
            at[tree] = {}
        return at

    def _entries(self, index: int, at: list[Any]) -> int:
        home = self._homes[index] if index >= 0 else None
        return len(at[home.slot].get(home.into, ())) if home is not None and home.into else 0

    def _keep_blanked(
        self, index: int, at: list[Any], ptr: list[str], before: int, texts: dict[str, str], loc: str, out: Trace
    ) -> None:
        home = self._homes[index]
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
    def keep(e: list[str], at: list[Any], sep: Separators) -> None:
        at[slot].setdefault("extras", []).append({"name": name, "values": leftover(e, sep, {})})

    return keep


def _traced_keeper(slot: int, name: str) -> Reader:
    def keep(e: list[str], at: list[Any], sep: Separators, ptr: list[str], loc: str, out: dict[str, str]) -> None:
        put(at[slot], name, leftover(e, sep, {}), ptr[slot], loc, out)

    return keep


def _unplaced(e: list[str], at: list[Any], sep: Separators) -> None:
    """A segment that the grammar has no place for is kept with the loop entry opened last."""
    at[-1].setdefault("extras", []).append({"name": e[0], "values": leftover(e, sep, {})})


def _unplaced_traced(e: list[str], at: list[Any], sep: Separators, ptr: list[str], loc: str, out: Trace) -> None:
    put(at[-1], e[0], leftover(e, sep, {}), ptr[-1], loc, out)
