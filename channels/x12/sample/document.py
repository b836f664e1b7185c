"""A whole transaction set of a sample: the places that are used, in the order of the standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from canonical.identifier import ItemIdentifierKind
from channels.x12.envelope import Separators
from channels.x12.guide import SegmentRule, SetGuide, designator
from channels.x12.guide.check import holds
from channels.x12.sample.filling import Fixed, filled
from channels.x12.sample.trade import Trade
from channels.x12.sample.usual import LEVELS, LINES, QUALIFIERS
from channels.x12.sample.usual import PLACES as USUAL
from channels.x12.sample.values import Scene
from channels.x12.standards import tables
from channels.x12.standards.tables import LoopUse, SegmentUse

STRUCTURES = {"SOPI": "0001", "SOIP": "0002", "SPOI": "0003", "SOI": "0004"}
"""BSN05 of the levels that a notice has."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One HL: its number, code, parent's number (0 = none), whether others lie below, and the line it is about."""

    number: int
    code: str
    parent: int
    has_children: bool
    line: int | None = None


@dataclass(slots=True)
class Document:
    """One transaction set under construction."""

    set_type: str
    release: str
    guide: SetGuide
    trade: Trade
    separators: Separators
    usual: dict[str, list[str]] = field(init=False)
    body: list[list[str]] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.usual = _usual(self.set_type)

    def segments(self) -> list[list[str]]:
        """The segments between ST and SE."""
        items = tables.set_table(self.release, self.set_type).items
        scene = Scene(self.trade, self.set_type, item_words=self._item_words())
        if "HL/HL" in self.usual:
            self.levels = self._hierarchy()
            scene.levels = len(self.levels)
        self._write(
            [item for item in items if not (isinstance(item, SegmentUse) and item.id in ("ST", "SE"))], "", scene
        )
        return self.body

    def _item_words(self) -> dict[str, ItemIdentifierKind]:
        words = {meaning.code: meaning.meaning for meaning in self.guide.meanings if meaning.meaning}
        return {code: ItemIdentifierKind(word) for code, word in words.items() if word in set(ItemIdentifierKind)}

    def _write(self, items: Iterable[SegmentUse | LoopUse], loop: str, scene: Scene) -> None:
        for use in items:
            inside, name = (use.xid, _first(use)) if isinstance(use, LoopUse) else (loop, use.id)
            scenes = [scene]
            if isinstance(use, LoopUse):
                scenes = list(self._entries(use, scene))
            for here in scenes:
                for made in self._variants(use, name, inside, here):
                    self.body.append(made)
                    if isinstance(use, LoopUse):
                        below = replace(here, role=made[1]) if name == "N1" else here
                        self._write(use.items[1:], use.xid, below)

    def _entries(self, use: LoopUse, scene: Scene) -> Iterator[Scene]:
        """One scene for each time the loop stands: once for each line or level, else once."""
        if use.xid == "HL" and self.levels:
            for level in self.levels:
                item = self.trade.items[level.line] if level.line is not None else None
                yield replace(
                    scene,
                    item=item,
                    number=level.number,
                    level=level.code,
                    parent=level.parent,
                    has_children=level.has_children,
                )
        elif use.xid == LINES.get(self.set_type):
            for item in self.trade.items:
                yield replace(scene, item=item, number=item.line)
        else:
            yield scene

    def _variants(self, use: SegmentUse | LoopUse, name: str, loop: str, scene: Scene) -> list[list[str]]:
        """The segments that stand at a place: those that are usual, changed to what the guide asks."""
        rules = [rule for rule in self.guide.segments if rule.segment == name and rule.holds_in(loop)]
        if any(rule.usage == "forbidden" and rule.having is None for rule in rules):
            return []
        level = f":{scene.level}" if scene.level else ""
        codes = self.usual.get(f"{loop}{level}/{name}" if loop else name)
        if loop and level and codes is None:
            codes = self.usual.get(f"{loop}/{name}")
        if codes is None and (use.mandatory or any(r.usage == "required" and r.having is None for r in rules)):
            codes = [""]
        qualifier = designator(name, QUALIFIERS.get(name, 1))
        if codes is not None:
            said = [one.code for one in self.guide.meanings if one.element == qualifier and one.holds_in(loop)]
            codes = list(dict.fromkeys([*said, *codes]))
        made = [self._filled(name, loop, scene, {qualifier: code} if code else {}) for code in codes or ()]
        made = [made[at] for at in range(len(made)) if made[at] not in made[:at]]
        for rule in rules:
            made = self._obeyed(rule, made, name, loop, scene)
        limits = [use.maximum, *(rule.max for rule in rules if rule.max and rule.having is None)]
        return made[: min([limit for limit in limits if limit], default=len(made))]

    def _obeyed(self, rule: SegmentRule, made: list[list[str]], name: str, loop: str, scene: Scene) -> list[list[str]]:
        """The segments as a rule with ``having`` wants them."""
        having = rule.having
        if having is None:
            return made
        met = [segment for segment in made if holds(having, segment, self.separators.component)]
        if rule.usage == "forbidden":
            return [segment for segment in made if segment not in met]
        if rule.usage == "required" and not met:
            fixed = {having.element: having.codes[0]} if having.codes else {}
            return [self._filled(name, loop, scene, fixed), *made]  # first, so that a limit cuts what nobody asks for
        surplus = met[rule.max :] if rule.max is not None else []
        return [segment for segment in made if segment not in surplus]

    def _filled(self, name: str, loop: str, scene: Scene, fixed: Fixed) -> list[str]:
        role = fixed.get("N101", scene.role)
        here = replace(scene, role=role) if name == "N1" else scene
        if name == "HL":
            fixed = {"HL03": scene.level}
        elif name == "BSN" and "BSN05" not in fixed:
            fixed = {**fixed, "BSN05": STRUCTURES.get(self._order_of_levels(), "ZZZZ")}
        made = filled(name, loop, self.release, self.guide, here, fixed, self.separators)
        if name == "N1" and made[1] != role:  # the guide wants another party there
            made = filled(name, loop, self.release, self.guide, replace(here, role=made[1]), fixed, self.separators)
        return made

    def _order_of_levels(self) -> str:
        return "".join(dict.fromkeys(level.code for level in self.levels))

    def _hierarchy(self) -> list[_Level]:
        """Shipment, order, then for each line its package and the item in it; pallets where the guide asks for one."""
        if self.set_type != "856":
            return [_Level(1, LEVELS.get(self.set_type, "35"), 0, False, 0)]
        kinds = self._kinds()
        levels: list[_Level] = []

        def add(code: str, parent: int, has_children: bool, line: int | None = None) -> int:
            levels.append(_Level(len(levels) + 1, code, parent, has_children, line))
            return len(levels)

        above = 0
        for code in "SOT":
            if code in kinds:
                above = add(code, above, True)
        for line in range(len(self.trade.items)):
            package = add("P", above, "I" in kinds, line) if "P" in kinds else above
            if "I" in kinds:
                add("I", package, False, line)
        return levels

    def _kinds(self) -> str:
        allowed = next((r.codes for r in self.guide.elements if r.element == "HL03" and r.codes and not r.when), ())
        asked = [r for r in self.guide.segments if r.segment == "HL" and r.having and r.having.element == "HL03"]
        required = {code for r in asked if r.usage == "required" and r.having for code in r.having.codes[:1]}
        refused = {code for r in asked if r.usage == "forbidden" and r.having for code in r.having.codes}
        kinds = {code for code in "SOPI" if not allowed or code in allowed} | required
        return "".join(code for code in "SOTPI" if code in kinds - refused)


def _usual(set_type: str) -> dict[str, list[str]]:
    places = (entry.partition("=") for entry in USUAL.get(set_type, "").split())
    return {place: codes.split(",") for place, _, codes in places}


def _first(use: LoopUse) -> str:
    first = use.items[0]
    return first.id if isinstance(first, SegmentUse) else _first(first)
