"""Where each value of a document came from, kept small: one entry a segment, spread out only when somebody reads it.

Stored is the JSON text of a list: the identifiers of all segments of the set, then ``[position, pointer, values]``::

    ["ST BEG REF N1 N3 N4 PO1 ...", [7,"/lines/0","line_number PO101 quantity/value PO102"], ...]

says that ``/lines/0/line_number`` is PO101 of the seventh segment. Identifiers with blanks in them, as hostile input
may have, stand in a list; names that did not come from our tables, in an object: ``{"values/Q 01": "Q 01"}``. A
provenance known value by value is an object of pointers and places.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

Trail: TypeAlias = list[str]
"""``position,"pointer",values`` of each segment as JSON text: its position from 1, the JSON pointer of what its values
went to, and which of them."""


def spread(stored: str | None) -> dict[str, str]:
    """JSON pointer → place, from the text above."""
    known = json.loads(stored) if stored else {}
    if isinstance(known, dict):
        return known
    names, *trail = known
    places, seen = [""], Counter[str]()
    for position, name in enumerate(names.split(" ") if isinstance(names, str) else names, 1):
        seen[name] += 1
        places.append(f"{position}:{name}[{seen[name]}]")
    return {
        f"{pointer}/{name}": f"{places[position]}/{designator}"
        for position, pointer, values in trail
        for name, designator in _pairs(values)
    }


def stored_form(provenance: Mapping[str, str]) -> str | None:
    """The text to store of any provenance; None for none."""
    if isinstance(provenance, Provenance):
        return provenance.stored_form()
    return json.dumps(dict(provenance)) if provenance else None


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

    def stored_form(self) -> str | None:
        """The text that ``spread`` reads; None when there is nothing to tell."""
        if self._known is not None:
            return json.dumps(dict(self._known)) if self._known else None
        if not self._trail:
            return None
        names = " ".join(self._names)
        plain = names.count(" ") == len(self._names) - 1
        return f"[{json.dumps(names if plain else self._names)},[{'],['.join(self._trail)}]]"

    def _spread(self) -> Mapping[str, str]:
        if self._known is None:
            self._known = spread(self.stored_form())
        return self._known

    def __getitem__(self, pointer: str) -> str:
        return self._spread()[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spread())

    def __len__(self) -> int:
        return len(self._spread())
