"""The HL segments of a set made into a sound tree before they are read, whatever numbers the sender gave them.

Never recurses and never raises: an unknown or forward parent (a cycle is one), a number that stands twice or levels
nested too deep are findings, and the level is put where the order of the segments says it belongs.
"""

from __future__ import annotations

from collections.abc import Sequence

from canonical.finding import Finding, Severity
from channels.x12.sets.reading import Event

FINDING_LIMIT = 100
"""Findings kept of one set: a sender who numbers wrongly does so in every HL."""


def settle(events: Sequence[Event], depth_limit: int) -> tuple[Sequence[Event], tuple[Finding, ...]]:
    """The same events with the HLs numbered from 1 in file order, each parent before its children, at most
    ``depth_limit`` levels deep. All else in them stays as it was."""
    if _is_settled(events, depth_limit):
        return events, ()
    hierarchy = _Hierarchy(depth_limit)
    settled: list[Event] = []
    for index, elements in events:
        if elements[0] == "HL":
            settled.append((index, hierarchy.place(elements)))
            continue
        if elements[0] == "ST" and len(elements) > 2:
            hierarchy.set_control_number = elements[2]
        settled.append((index, elements))
    return settled, tuple(hierarchy.findings)


def _is_settled(events: Sequence[Event], depth_limit: int) -> bool:
    """Whether nothing needs to be done, as with most senders: one level at the top, numbers as they should be."""
    levels = [elements for _, elements in events if elements[0] == "HL"]
    if any(len(level) < 4 for level in levels):
        return False
    numbers, parents = [level[1] for level in levels], [level[2] for level in levels]
    if numbers != list(map(str, range(1, len(levels) + 1))) or "" in parents[1:]:
        return False
    depths = {"": 0}
    for number, parent in zip(numbers, parents, strict=True):
        if parent not in depths:
            return False
        depths[number] = depths[parent] + 1
    return max(depths.values()) <= depth_limit and all(code == code.strip() for code in {level[3] for level in levels})


class _Hierarchy:
    """The HLs placed so far, by their new numbers; 0 is the root above them all."""

    def __init__(self, depth_limit: int) -> None:
        self.set_control_number = ""
        self.findings: list[Finding] = []
        self._depth_limit = depth_limit
        self._parents = [0]
        self._depths = [0]
        self._by_sender: dict[str, int] = {}
        self._ranks: dict[str, int] = {}
        self._open: list[tuple[int, int]] = []

    def place(self, elements: list[str]) -> list[str]:
        """The HL with its own and its parent's new number; as it stands where it has these already."""
        _, sender_number, sender_parent, code, *_ = map(str.strip, (*elements[:4], "", "", ""))
        number = len(self._parents)
        parent = self._parent(number, sender_parent, self._parent_by_order(code))
        self._parents.append(parent)
        self._depths.append(self._depths[parent] + 1)
        if sender_number in self._by_sender:
            self._find("X12-HL-NUMBER", Severity.WARNING, number, "HL01", sender_number, "the number stands twice")
        self._by_sender[sender_number] = number
        self._open.append((self._ranks[code], number))
        placed = ["HL", str(number), str(parent or ""), code]
        return elements if elements[:4] == placed else [*placed, *elements[4:]]

    def _parent_by_order(self, code: str) -> int:
        """The latest level of a kind that came up earlier in the set (shipment before order before item)."""
        rank = self._ranks.setdefault(code, len(self._ranks))
        while self._open and self._open[-1][0] >= rank:
            self._open.pop()
        return self._open[-1][1] if self._open else 0

    def _parent(self, number: int, sender_parent: str, by_order: int) -> int:
        parent = self._by_sender.get(sender_parent) if sender_parent else None
        if parent is None:
            parent = by_order
            if sender_parent:
                severity = Severity.ERROR if number > 1 else Severity.WARNING
                said = "no earlier HL has the number that this one names as its parent"
                self._find("X12-HL-PARENT", severity, number, "HL02", sender_parent, said)
            elif parent:
                self._find("X12-HL-PARENT", Severity.WARNING, number, "HL02", "", "the parent is not stated")
        if self._depths[parent] >= self._depth_limit:
            said = f"levels are nested more than {self._depth_limit} deep"
            self._find("X12-HL-DEPTH", Severity.ERROR, number, "HL02", sender_parent, said)
            parent = self._parents[parent]
        return parent

    def _find(self, code: str, severity: Severity, number: int, element: str, value: str, said: str) -> None:
        if len(self.findings) < FINDING_LIMIT:
            self.findings.append(
                Finding(
                    code=code,
                    severity=severity,
                    locator=f"ST*{self.set_control_number}/HL[{number}]/{element}",
                    message=f"HL: {said}; the level was placed by the order of the segments.",
                    value=value or None,
                    expected="HL01 unique, HL02 the HL01 of the level around it",
                )
            )
