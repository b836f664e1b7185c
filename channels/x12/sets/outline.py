"""The shape of a transaction set: the grammar's nodes as a tree of segments and loops, in the standard's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol


class GrammarNode(Protocol):
    """What the outline reads of a grammar's node; ``loop_path`` includes the node's own loop, outermost first."""

    @property
    def index(self) -> int: ...
    @property
    def segment(self) -> str: ...
    @property
    def loop_path(self) -> tuple[str, ...]: ...
    @property
    def starts_loop(self) -> bool: ...


@dataclass(slots=True, eq=False)
class Place:
    """A segment's place, or a loop's, which is named after the segment that starts it.

    No two siblings share a segment in the standard's sets, so ``children`` are keyed by it, and a path of segments such
    as ``N1/REF`` names a place within its level.
    """

    index: int
    segment: str
    order: int
    children: dict[str, Place] = field(default_factory=dict)

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Place]]:
        """All places below this one with their path from here, in the standard's order."""
        for segment, child in self.children.items():
            yield (*path, segment), child
            yield from child.walk((*path, segment))

    def find(self, path: str) -> Place | None:
        """The place that a path of segments names, or None."""
        place: Place | None = self
        for segment in path.split("/"):
            place = place.children.get(segment) if place is not None else None
        return place


def outline(nodes: Iterable[GrammarNode]) -> Place:
    """The whole set as one place without a segment of its own."""
    root = Place(-1, "", -1)
    loops: dict[tuple[str, ...], Place] = {(): root}
    for order, node in enumerate(nodes):
        place = Place(node.index, node.segment, order)
        parent = loops[node.loop_path[:-1] if node.starts_loop else node.loop_path]
        parent.children[node.segment] = place
        if node.starts_loop:
            loops[node.loop_path] = place
    return root
