"""One segment of a sample: which elements it has and what stands in them, under the standard and a guide.

Deciding and filling alternate until nothing changes: a condition of the guide may ask for an element whose syntax note
brings in another, which meets the next condition.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from channels.x12.envelope import Separators
from channels.x12.guide import ElementRule, SetGuide, designator
from channels.x12.guide.check import holds
from channels.x12.sample.usual import CODES
from channels.x12.sample.usual import ELEMENTS as USUAL
from channels.x12.sample.values import ELEMENTS, NEUTRAL_TEXT, PLACES, Scene
from channels.x12.standards import tables
from channels.x12.standards.tables import SegmentTable

Fixed = Mapping[str, str]
"""Designator → the code that must stand there (``N101`` → ``ST``)."""

ROUNDS = 8


@dataclass(slots=True)
class Filling:
    """How one segment is filled; ``rules`` are the guide's for this place, ``explained`` the codes to which it gives a
    meaning there, by data element."""

    release: str
    table: SegmentTable
    rules: Sequence[ElementRule]
    scene: Scene
    fixed: Fixed
    separators: Separators
    explained: Mapping[str, Sequence[str]]
    wanted: set[int] = field(default_factory=set)
    banned: set[int] = field(default_factory=set)

    def segment(self) -> list[str]:
        """The segment's name and elements."""
        demanded = {at for at, use in enumerate(self.table.elements, 1) if use.mandatory}
        demanded |= {_position(place) for place in self.fixed}
        self.wanted = demanded | set(USUAL.get(self.table.id, ()))
        self.wanted = {at for at in self.wanted if at <= len(self.table.elements)}
        made: list[str] = []
        for _ in range(ROUNDS):
            self._ask(made)
            self._keep_notes(demanded)
            before, made = made, self._made()
            empty = {at for at in self.wanted if not made[at]} - demanded
            self.banned |= empty
            if made == before and not empty:
                break
        while len(made) > 1 and not made[-1]:
            made.pop()
        return made

    def _active(self, made: Sequence[str]) -> list[ElementRule]:
        return [rule for rule in self.rules if rule.when is None or holds(rule.when, made, self.separators.component)]

    def _ask(self, made: Sequence[str]) -> None:
        for rule in self._active(made):
            if rule.usage == "required":
                self.wanted.add(rule.position)
                self.banned.discard(rule.position)
            elif rule.usage == "forbidden" and not rule.component:
                self.banned.add(rule.position)
        self.wanted -= self.banned

    def _keep_notes(self, demanded: set[int]) -> None:
        before: set[int] | None = None
        while before != self.wanted:
            before = set(self.wanted)
            for note in self.table.notes:
                positions = [int(note[at : at + 2]) for at in range(1, len(note), 2)]
                _keep(note[0], positions, self.wanted, self.banned, demanded)

    def _made(self) -> list[str]:
        texts = [self.table.id, *[""] * len(self.table.elements)]
        held: list[str] = []
        for _ in range(2):  # the second time the guide's conditions see the elements behind them, too
            active = self._active(texts)
            before: dict[int, str] = {}
            for at in sorted(self.wanted):
                texts[at] = before[at] = self._text(at, before, active)
            if texts == held:
                break
            held = list(texts)
        return texts

    def _text(self, at: int, before: dict[int, str], active: Iterable[ElementRule]) -> str:
        use = self.table.elements[at - 1]
        rules = [rule for rule in active if rule.position == at]
        if not use.components:
            return self._value(at, 0, use.number, before, rules)
        asked = {rule.component for rule in rules if rule.usage == "required" and rule.component}
        asked |= {index for index, part in enumerate(use.components, 1) if part.mandatory}
        asked |= {_component(place) for place in self.fixed if _position(place) == at}
        banned = {rule.component for rule in rules if rule.usage == "forbidden"}
        asked = (asked - {0}) or {1}
        for note in use.notes:
            _keep(note[0], [int(note[i : i + 2]) for i in range(1, len(note), 2)], asked, banned, set())
        parts = []
        for index in range(1, max(asked) + 1):
            own = [rule for rule in rules if rule.component == index]
            number = use.components[index - 1].number
            parts.append(self._value(at, index, number, before, own) if index in asked else "")
        return self.separators.component.join(parts)

    def _value(self, at: int, component: int, number: str, before: dict[int, str], rules: Sequence[ElementRule]) -> str:
        place = designator(self.table.id, at, component)
        element = tables.element_table(self.release, number)
        listed = tables.codes(self.release, number)
        allowed = _allowed(rules)
        made = (PLACES.get(place) or ELEMENTS.get(number) or _nothing)(self.scene, before)
        made = self.fixed[place] if place in self.fixed else _writable(made, self.separators)
        if allowed is not None and made not in allowed:
            made = ""
        if listed is not None and made not in listed:
            made = ""
        if number == "235" and made in before.values():
            made = ""
        if not made and (allowed is not None or listed is not None or number in CODES):
            made = self._code(number, allowed, listed, before)
        shortest = max([element.minimum, *(rule.min for rule in rules if rule.min)])
        longest = min([element.maximum or 80, *(rule.max for rule in rules if rule.max)])
        if listed is not None or allowed is not None:
            return made
        optional = number in ELEMENTS or place in PLACES
        return fitted(made, element.type, shortest, longest) if made or not optional else ""

    def _code(
        self,
        number: str,
        allowed: Sequence[str] | None,
        listed: frozenset[str] | None,
        before: dict[int, str],
    ) -> str:
        """The first preferred code that is allowed; of item qualifiers none twice."""
        preferred = [*self.explained.get(number, ()), *CODES.get(number, ())]
        known = [code for code in preferred if listed is None or code in listed]
        if allowed is not None:
            choice = [*(code for code in known if code in allowed), *(code for code in allowed if code not in known)]
        else:
            choice = known
            if listed is not None and not choice:
                explained = sorted(code for code in listed if tables.meaning(number, code))
                choice = [code for code in ("ZZ",) if code in listed] or explained or sorted(listed)
        if number == "235":
            choice = [code for code in choice if code not in before.values()]
        return choice[0] if choice else ""


def filled(
    name: str, loop: str, release: str, guide: SetGuide, scene: Scene, fixed: Fixed, separators: Separators
) -> list[str]:
    """The segment at a place of the set. Changes nothing in the scene."""
    rules = [rule for _, rule in guide.element_rules(name, loop)]
    table = tables.segment_table(release, name)
    explained: dict[str, list[str]] = {}
    for meaning in guide.meanings:
        if meaning.segment == name and meaning.holds_in(loop) and not meaning.component:
            explained.setdefault(table.elements[meaning.position - 1].number, []).append(meaning.code)
    return Filling(release, table, rules, scene, fixed, separators, explained).segment()


def _writable(text: str, separators: Separators) -> str:
    """A text in plain letters and without separators, whatever the companies are called."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    marks = (separators.element, separators.component, separators.segment, separators.repetition)
    for mark in marks:
        letters = letters.replace(mark, " ") if mark else letters
    return letters.strip()


def _nothing(scene: Scene, before: dict[int, str]) -> str:
    return ""


def _position(place: str) -> int:
    return int(place.partition("-")[0][-2:])


def _component(place: str) -> int:
    return int(place.partition("-")[2] or 0)


def _allowed(rules: Sequence[ElementRule]) -> list[str] | None:
    """The codes that every rule allows, in the order in which the guide names them."""
    lists = [rule.codes for rule in rules if rule.codes]
    return [code for code in lists[0] if all(code in codes for codes in lists)] if lists else None


def _keep(kind: str, positions: Sequence[int], wanted: set[int], banned: set[int], demanded: set[int]) -> None:
    """Changes ``wanted`` so that one syntax note holds (X12.6): what is banned stays out, what is demanded stays in."""
    present = [at for at in positions if at in wanted]
    free = [at for at in positions if at not in banned]
    first, others = positions[0], positions[1:]
    if kind == "P" and present:
        whole = len(free) == len(positions)
        wanted |= set(positions) if whole else set()
        wanted -= set() if whole else set(positions) - demanded
    elif kind == "R" and not present and free:
        wanted.add(free[0])
    elif kind == "E" and len(present) > 1:
        kept = next((at for at in present if at in demanded), present[0])
        wanted -= set(present) - {kept}
    elif kind == "C" and first in wanted:
        whole = not banned.intersection(others)
        wanted |= set(others) if whole else set()
        wanted -= set() if whole else {first} - demanded
    elif kind == "L" and first in wanted and not wanted.intersection(others):
        possible = [at for at in others if at not in banned]
        wanted |= set(possible[:1])
        wanted -= set() if possible else {first} - demanded


def fitted(text: str, kind: str, shortest: int, longest: int) -> str:
    """A value of its type and length: what is too long is shortened, what is too short filled with zeros."""
    if kind == "DT":
        return (text or "20260115")[-longest:]
    if kind == "TM":
        return (text or "1030")[:longest]
    if kind == "R" or kind[:1] == "N":
        digits = text or "1"
        return digits.zfill(shortest)[:longest] if kind != "R" else digits
    made = (text or NEUTRAL_TEXT)[:longest].rstrip()
    return made + "0" * (shortest - len(made))
