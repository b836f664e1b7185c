"""Valid transaction sets of every type held, made from the tables: what mutators start from."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from channels.x12.standards import tables
from channels.x12.standards.tables import ElementUse, LoopUse, SegmentUse

Segments = list[list[str]]

LONGEST_BODY = 24
"""Segments of a generated set, so that a run of thousands stays short."""


class Author:
    """Writes sets of one type. ``chance`` is how likely an optional segment, loop or element is sent."""

    def __init__(self, release: str, set_type: str, source: random.Random, chance: float) -> None:
        self.release, self.source, self.chance = release, source, chance
        self.table = tables.set_table(release, set_type)
        self.control_number = f"{source.randrange(1, 10_000):04d}"
        self.levels = 0

    def write(self) -> Segments:
        """ST to SE. Most are valid; where one segment has several places, one may be read at another."""
        first, *body, last = self.table.items
        self.room = LONGEST_BODY
        segments = [["ST", self.table.type, self.control_number], *self._items(tuple(body))]
        if isinstance(first, SegmentUse) and isinstance(last, SegmentUse):
            segments.append(["SE", str(len(segments) + 1), self.control_number])
        return segments

    def _items(self, items: tuple[SegmentUse | LoopUse, ...], entered: bool = False) -> Iterator[list[str]]:
        for index, item in enumerate(items):
            needed = item.mandatory or (entered and index == 0)
            if not needed and (self.room <= 0 or self.source.random() > self.chance):
                continue
            for _ in range(1 if needed or item.maximum == 1 or self.source.random() < 0.8 else 2):
                if isinstance(item, LoopUse):
                    yield from self._items(item.items, entered=True)
                else:
                    self.room -= 1
                    yield self._segment(item.id)

    def _segment(self, name: str) -> list[str]:
        if name == "HL":
            self.levels += 1
        table = tables.segment_table(self.release, name)
        sent = self._sent([use.mandatory for use in table.elements], table.notes)
        values = [self._value(name, i, use) if i in sent else "" for i, use in enumerate(table.elements, 1)]
        while values and not values[-1]:
            values.pop()
        return [name, *(values or [self._value(name, 1, table.elements[0])])]

    def _sent(self, mandatory: list[bool], notes: tuple[str, ...]) -> set[int]:
        """Positions that are sent: the mandatory, some others, and what the syntax notes then ask."""
        sent = {i for i, needed in enumerate(mandatory, 1) if needed or self.source.random() < self.chance / 2}
        for _ in range(4):  # one note may bring in what another needs
            for note in notes:
                first, *others = (int(position) for position in re.findall("..", note[1:]))
                present = sent & {first, *others}
                if note[0] == "P" and present:
                    sent |= {first, *others}
                elif note[0] == "R" and not present:
                    sent.add(first)
                elif note[0] == "E" and len(present) > 1:
                    sent -= {*sorted(present)[1:]} - {i for i, needed in enumerate(mandatory, 1) if needed}
                elif note[0] == "C" and first in sent:
                    sent |= set(others)
                elif note[0] == "L" and first in sent and len(present) == 1:
                    sent.add(others[0])
        return sent

    def _value(self, segment: str, position: int, use: ElementUse) -> str:
        if segment == "HL" and position < 3:
            return str(self.levels if position == 1 else self.levels - 1 or "")
        if not use.components:
            return self._simple(use.number)
        sent = self._sent([part.mandatory for part in use.components], use.notes) or {1}
        parts = [self._simple(part.number) if i in sent else "" for i, part in enumerate(use.components, 1)]
        return ">".join(parts).rstrip(">")

    def _simple(self, number: str) -> str:
        element, source = tables.element_table(self.release, number), self.source
        length = source.randint(element.minimum, min(element.maximum or 12, element.minimum + 7))
        if codes := tables.codes(self.release, number):
            return source.choice(sorted(codes))
        if element.type == "DT":
            return f"20{source.randrange(10, 40)}{source.randrange(1, 13):02d}{source.randrange(1, 29):02d}"
        if element.type == "TM":
            return f"{source.randrange(24):02d}{source.randrange(60):02d}"
        if element.type == "R" or element.type[0] == "N":
            return str(source.randrange(10 ** (length - 1), 10**length))
        return "".join(source.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(length))
