"""One transaction set compiled for judging: where each segment may stand (a state table) and what its elements must be.

The state is the place of the segment last read. From it, a segment identifier leads to *steps*: the places where that
segment may stand next, innermost loop first. Steps are worked out when a document first needs them and then kept, so
that compiling costs only what real documents use.

Every segment place and every loop has a counter slot, numbered depth first, so that the counters inside a loop lie in
one run and starting the loop anew sets them all by one slice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from channels.x12.guide import ElementRule as GuideRule
from channels.x12.guide import Guide, SetGuide
from channels.x12.guide.check import Occurrences, layered
from channels.x12.standards import elements, tables
from channels.x12.standards.elements import Check, ElementRule
from channels.x12.standards.tables import LoopUse, SegmentUse

UNLIMITED = 1 << 62

MISSING, TOO_OFTEN, FORBIDDEN = "3", "5", "6"
"""X12 720 (AK304) of what a guide may ask of a segment."""


@dataclass(frozen=True, slots=True)
class Node:
    """One place of a segment in the set. ``loop`` is the xid of the innermost loop, empty at the top level;
    ``loop_path`` the xids outermost first; ``loop_id`` X12's own loop identifier (AK303); ``ord`` rises through the
    set; ``mandatory``: no set is whole without it, it and every loop around it are mandatory."""

    index: int
    segment: str
    loop: str
    loop_path: tuple[str, ...]
    loop_id: str
    starts_loop: bool
    ord: int
    mandatory: bool


class Detour(NamedTuple):
    """What is wrong about a step. ``missing`` are the nodes of mandatory segments it passes over. A ``misplaced`` step
    goes back to an earlier place (AK304 7); with ``stays`` reading goes on from the present place."""

    missing: tuple[int, ...] = ()
    misplaced: bool = False
    stays: bool = False


class Step(NamedTuple):
    """From the present place to ``target`` (node index). The counter ``slot`` rises to at most ``limit``; a step that
    starts a loop sets the counters ``low:high`` to ``zeros`` (else ``high`` is 0)."""

    target: int
    slot: int
    limit: int
    low: int
    high: int
    zeros: tuple[int, ...]
    detour: Detour | None = None


class _Place:
    """A segment or loop in the tree of the set, with its counter slot and the node that a match leads to."""

    __slots__ = ("children", "end", "item", "limit", "mandatory", "node", "parent", "position", "slot", "trigger")

    def __init__(self, item: SegmentUse | LoopUse | None, parent: _Place | None, position: int, slot: int) -> None:
        self.item, self.parent, self.position, self.slot = item, parent, position, slot
        self.children: list[_Place] = []
        self.node = -1
        self.end = slot + 1
        self.trigger = ""
        self.mandatory = item is not None and item.mandatory
        self.limit = item.maximum or UNLIMITED if item is not None else 1

    @property
    def is_loop(self) -> bool:
        return bool(self.children)

    @property
    def needed(self) -> bool:
        """Whether this and every loop around it are mandatory; the set itself is."""
        return self.parent is None or (self.mandatory and self.parent.needed)


class Grammar:
    """A compiled transaction set of one release, narrowed by a guide. ``exact`` is false when a near release stands in
    for the one asked for. Made by ``grammar()``; safe to share between threads (steps are worked out idempotently)."""

    def __init__(self, release: str, set_type: str, rules: SetGuide) -> None:
        """Raises UnsupportedSetError."""
        self.asked = release
        self.release = tables.nearest_release(release)
        self.exact = release[:6] == self.release
        table = tables.set_table(self.release, set_type)
        self.type, self.name = table.type, table.name
        self.guide = rules
        self._asked_of: dict[tuple[str, str, str], int] = {}
        self._checks: dict[tuple[str, tuple[int, ...]], Check] = {}
        self.checks = _ChecksAt(self._check)
        """Node → what names all that is wrong with the elements of the segment read there."""
        self._nodes: list[Node] = []
        self._places: list[_Place] = []
        self._root = _Place(None, None, -1, 0)
        self.slots = self._lay_out(table.items, self._root, (), "", 1)
        self._root.end = self.slots
        before = _Place(None, self._root, -1, 0)
        self.start = len(self._nodes)
        self._places.append(before)
        self.nodes: tuple[Node, ...] = tuple(self._nodes)
        self.steps: list[dict[str, tuple[Step, ...]]] = [{} for _ in self._places]
        self._owed: dict[int, tuple[int, ...]] = {}
        self.occurrences = Occurrences(rules, self.nodes) if rules.tells_segments_apart else None
        self._segments = frozenset(node.segment for node in self.nodes)
        self._loop_starts = frozenset(node.segment for node in self.nodes if node.starts_loop)

    def _lay_out(
        self, items: tuple[SegmentUse | LoopUse, ...], parent: _Place, path: tuple[str, ...], loop_id: str, slot: int
    ) -> int:
        """Adds the places of ``items`` below ``parent``; answers the next free counter slot."""
        for use in items:
            starts_loop = bool(path) and not parent.children
            item = use if starts_loop else self._narrowed(use, path[-1] if path else "")
            if item is None:
                continue
            place = _Place(item, parent, len(parent.children), slot)
            parent.children.append(place)
            slot += 1
            place.node = len(self._nodes)
            if isinstance(item, LoopUse):
                slot = self._lay_out(item.items, place, (*path, item.xid), item.id, slot)
                place.trigger = place.children[0].trigger
                place.end = slot
            else:
                place.trigger = item.id
                xid, order = path[-1] if path else "", 10 * (place.node + 1)
                whole = place.mandatory and parent.needed
                self._nodes.append(Node(place.node, item.id, xid, path, loop_id, starts_loop, order, whole))
                self._places.append(place)
        return slot

    def _narrowed(self, use: SegmentUse | LoopUse, loop: str) -> SegmentUse | LoopUse | None:
        """The place as the guide wants it, None when forbidden. A rule on a loop's first segment holds for the loop."""
        first = use.items[0] if isinstance(use, LoopUse) else use
        inside = use.xid if isinstance(use, LoopUse) else loop
        mandatory, maximum = use.mandatory, use.maximum
        for number, rule in enumerate(self.guide.segments, 1):
            if isinstance(first, LoopUse) or rule.having or rule.segment != first.id or not rule.holds_in(inside):
                continue
            if rule.usage == "forbidden":
                self._asked_of[FORBIDDEN, first.id, ""] = number
                return None
            if rule.usage == "required" and not mandatory:
                mandatory = True
                self._asked_of[MISSING, first.id, inside] = number
            if rule.max is not None and rule.max < (maximum or UNLIMITED):
                maximum = rule.max
                self._asked_of[TOO_OFTEN, first.id, inside] = number
        if isinstance(use, LoopUse):
            return LoopUse(use.xid, use.id, mandatory, maximum, use.items)
        return SegmentUse(use.id, mandatory, maximum)

    def candidates(self, state: int, segment: str) -> tuple[Step, ...]:
        """The steps from ``state`` for a segment identifier, innermost first; empty when it has no place from here.
        A segment that only fits before the present place gets one misplaced step."""
        if segment not in self._segments:  # nothing is kept for names that hostile input may invent without end
            return ()
        found = self.steps[state].get(segment)
        if found is None:
            found = tuple(self._ahead(state, segment)) or tuple(self._behind(state, segment))
            self.steps[state][segment] = found
        return found

    def _ahead(self, state: int, segment: str) -> Iterator[Step]:
        missing: tuple[int, ...] = ()
        current = self._places[state]
        while (parent := current.parent) is not None:
            passed = missing
            for place in parent.children[max(current.position, 0) :]:
                # the first segment of a loop cannot repeat in it: it starts the loop anew, one frame further out
                once = place is current and place.position == 0 and place.limit == 1 and parent is not self._root
                if place.trigger == segment and not once:
                    yield self._step(place, passed)
                if place is not current and place.mandatory:
                    passed += (place.node,)
            missing = passed
            current = parent

    def _behind(self, state: int, segment: str) -> Iterator[Step]:
        current = self._places[state]
        while (parent := current.parent) is not None:
            for place in parent.children[: max(current.position, 0)]:
                if place.trigger == segment:
                    yield self._step(place, (), misplaced=True)
                    return
            current = parent

    def _step(self, place: _Place, missing: tuple[int, ...], misplaced: bool = False) -> Step:
        detour = Detour(missing, misplaced, misplaced and not place.is_loop) if missing or misplaced else None
        if not place.is_loop:
            return Step(place.node, place.slot, place.limit, 0, 0, (), detour)
        low, high = place.slot + 1, place.end
        if misplaced and place.parent is not None:
            high = place.parent.end  # what came after the loop may come again
        return Step(place.node, place.slot, place.limit, low, high, (1, *[0] * (high - low - 1)), detour)

    def left_open(self, state: int) -> tuple[int, ...]:
        """Nodes of the mandatory segments still owed when the set ends at ``state``."""
        if state not in self._owed:
            self._owed[state] = self._left_open(state)
        return self._owed[state]

    def _left_open(self, state: int) -> tuple[int, ...]:
        missing: tuple[int, ...] = ()
        current = self._places[state]
        while (parent := current.parent) is not None:
            missing += tuple(
                p.node for p in parent.children[max(current.position, 0) :] if p.mandatory and p is not current
            )
            current = parent
        return missing

    def has(self, segment: str) -> bool:
        """Whether the set has this segment anywhere."""
        return segment in self._segments

    def starts_loop(self, segment: str) -> bool:
        """Whether a loop of the set starts with this segment."""
        return segment in self._loop_starts

    def lineage(self, node: int) -> tuple[int, ...]:
        """The counter slots of a place and of the loops around it, innermost first."""
        slots, place = [], self._places[node]
        while place.parent is not None:
            slots.append(place.slot)
            place = place.parent
        return tuple(slots)

    def limits(self) -> Iterator[tuple[int, int]]:
        """Node and maximum of every segment and, at the node of its first segment, of every loop."""
        pending = list(self._root.children)
        while pending:
            place = pending.pop()
            yield place.node, place.limit
            pending += place.children[1:]

    def asked_of(self, node: int, segment: str, code: str) -> int:
        """The number of the guide's rule by which a segment is in error with X12 720 ``code``; 0 = the standard is."""
        if node < 0:
            return self._asked_of.get((FORBIDDEN, segment, ""), 0) if code in ("2", "6") else 0
        kind = TOO_OFTEN if code in ("4", "5") else code
        return self._asked_of.get((kind, segment, self.nodes[node].loop), 0)

    def meanings(self, node: Node) -> dict[tuple[str, str], str]:
        """(data element, code) → what the guide says that a code of the segment at this place means."""
        elements = tables.segment_table(self.release, node.segment).elements
        found = {}
        for meaning in self.guide.meanings:
            if meaning.segment == node.segment and meaning.holds_in(node.loop):
                use = elements[meaning.position - 1]
                number = use.components[meaning.component - 1].number if meaning.component else use.number
                found[number, meaning.code] = meaning.shown
        return found

    def conditional(self, node: Node) -> tuple[GuideRule, ...]:
        """The guide's rules for the segment's elements at this place that hold under a condition; ``rules`` does not
        show them."""
        return tuple(rule for i in self._applicable(node) if (rule := self.guide.elements[i]).when)

    def rules(self, node: Node) -> tuple[ElementRule, ...]:
        """What each element of the segment must be at this place, whatever stands in the others."""
        return self._element_rules(node.segment, self._applicable(node))

    def notes(self, node: Node) -> tuple[str, ...]:
        """The syntax notes of the segment."""
        return tables.segment_table(self.release, node.segment).notes

    def rules_key(self, node: Node) -> tuple[str, tuple[int, ...]]:
        """The same for all places where the segment's elements are under the same rules."""
        return node.segment, self._applicable(node)

    def _check(self, index: int) -> Check:
        node = self.nodes[index]
        key = self.rules_key(node)
        if key not in self._checks:
            self._checks[key] = self._layered(node)
        return self._checks[key]

    def _layered(self, node: Node) -> Check:
        """The standard's check with the guide's rules on top, so that each fault tells which of them asks."""
        standard = elements.compile_check(self._element_rules(node.segment, ()), self.notes(node))
        table = tables.segment_table(self.release, node.segment)
        return layered(standard, self.guide.element_rules(node.segment, node.loop), table, self.release)

    def _applicable(self, node: Node) -> tuple[int, ...]:
        """Which of the guide's element rules hold at this place."""
        return tuple(
            i for i, rule in enumerate(self.guide.elements) if rule.segment == node.segment and rule.holds_in(node.loop)
        )

    def _element_rules(self, segment: str, applicable: tuple[int, ...]) -> tuple[ElementRule, ...]:
        rules = []
        for position, use in enumerate(tables.segment_table(self.release, segment).elements, 1):
            if use.components:
                components = tuple(
                    self._guided(elements.rule_for(self.release, c.number, c.mandatory), position, index, applicable)
                    for index, c in enumerate(use.components, 1)
                )
                rule = ElementRule(
                    use.number, "", 0, 0, None, use.mandatory, False, use.repetitions, components, use.notes
                )
            else:
                rule = elements.rule_for(self.release, use.number, use.mandatory)
                rule = rule.narrowed(repetitions=use.repetitions)
                if rule.type == "DT" and self.asked[:6] < "004010":
                    rule = rule.narrowed(minimum=6)  # the century came into element 373 with release 004010
            rules.append(self._guided(rule, position, 0, applicable))
        return tuple(rules)

    def _guided(self, rule: ElementRule, position: int, component: int, applicable: tuple[int, ...]) -> ElementRule:
        for index in applicable:
            asked = self.guide.elements[index]
            if asked.when is None and (asked.position, asked.component) == (position, component):
                codes = frozenset(asked.codes)
                rule = rule.narrowed(
                    mandatory=rule.mandatory or asked.usage == "required",
                    forbidden=rule.forbidden or asked.usage == "forbidden",
                    codes=rule.codes if not codes else codes if rule.codes is None else rule.codes & codes,
                    minimum=max(rule.minimum, asked.min or 0),
                    maximum=min(rule.maximum, asked.max or rule.maximum),
                )
        return rule


class _ChecksAt(dict[int, Check]):
    """Made when first asked for."""

    def __init__(self, make: Callable[[int], Check]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, index: int) -> Check:
        made = self[index] = self._make(index)
        return made


_NO_GUIDE = SetGuide()


@lru_cache(maxsize=256)
def _compiled(release: str, set_type: str, rules: SetGuide) -> Grammar:
    return Grammar(release, set_type, rules)


def grammar(release: str, set_type: str, guide: Guide | None = None) -> Grammar:
    """The compiled grammar, from a cache. ``release`` is a GS08 value such as ``004010``, ``004010VICS`` or ``004030``.

    Raises UnsupportedSetError when the tables do not hold the set.
    """
    return _compiled(release[:6], set_type, guide.rules(set_type) if guide is not None else _NO_GUIDE)
