"""Where each value of a document came from, kept small: one entry a segment, spread out only when somebody reads it.

The JSON text is a list of ``[place, pointer, values]``::

    ["7:PO1[1]", "/lines/0", "line_number PO101 quantity/value PO102"]

says that ``/lines/0/line_number`` is PO101 of the seventh segment, the first PO1. Names that did not come from our
tables stand in an object instead: ``{"values/Q 01": "Q 01"}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Trail: TypeAlias = list[tuple[int, str, str]]
"""(position of the segment from 1, JSON pointer of what its values went to, ``values`` as JSON text)."""


def spread(stored: Any) -> dict[str, str]:
    """JSON pointer → place, from the list above or from what is such a mapping already."""
    if not stored:
        return {}
    if isinstance(stored, Mapping):
        return dict(stored)
    found: dict[str, str] = {}
    for place, pointer, values in stored:
        for name, designator in _pairs(values):
            found[f"{pointer}/{name}"] = f"{place}/{designator}"
    return found


def compact(provenance: Mapping[str, str]) -> list[list[Any]] | dict[str, str] | None:
    """What is stored of any provenance; None for none."""
    return (provenance.compact() if isinstance(provenance, Provenance) else dict(provenance)) or None


def _pairs(values: str | Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if isinstance(values, Mapping):
        return values.items()
    words = values.split(" ")
    return zip(words[::2], words[1::2], strict=True)


class Provenance(Mapping[str, str]):
    """JSON pointer of the document → place in the set: ``/lines/0/quantity/value`` → ``7:PO1[1]/PO102``."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = known
        self._names: Sequence[str] = ()
        self._trail: Trail = []

    @classmethod
    def of(cls, names: Sequence[str], trail: Trail) -> Provenance:
        """``names``: the identifier of every segment of the set."""
        provenance = cls()
        provenance._names, provenance._trail = names, trail
        return provenance

    def compact(self) -> list[list[Any]] | dict[str, str]:
        """What is stored as JSON; ``spread`` reads it."""
        if self._known is not None:
            return dict(self._known)
        places, seen = [""], dict.fromkeys(self._names, 0)
        for position, name in enumerate(self._names, 1):
            seen[name] = number = seen[name] + 1
            places.append(f"{position}:{name}[{number}]")
        return [
            [places[position], pointer, values[1:-1] if values[0] == '"' else json.loads(values)]
            for position, pointer, values in self._trail
        ]

    def _spread(self) -> Mapping[str, str]:
        if self._known is None:
            self._known = spread(self.compact())
        return self._known

    def __getitem__(self, pointer: str) -> str:
        return self._spread()[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spread())

    def __len__(self) -> int:
        return len(self._spread())
