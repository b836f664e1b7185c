"""The two directions of a binding for one grammar: events of a judged set → document, document → segments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from canonical.base import CanonicalModel
from canonical.business_document import DEPTH_LIMIT
from canonical.finding import Finding, Severity
from channels.x12.envelope import Separators
from channels.x12.judging.grammar import Grammar
from channels.x12.sets.binding import SetBinding
from channels.x12.sets.checked import Unusual
from channels.x12.sets.construction import constructor
from channels.x12.sets.extras import leftover
from channels.x12.sets.hierarchy import FINDING_LIMIT, settle
from channels.x12.sets.meanings import as_meant
from channels.x12.sets.outline import GrammarNode, outline
from channels.x12.sets.provenance import Provenance
from channels.x12.sets.reading import Event, SetReader
from channels.x12.sets.values import Unreadable
from channels.x12.sets.writing import SetWriter

ROUNDS = 10
"""How often values that no model accepts are taken out before the document is given up."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """``document`` is None when the set does not hold what its model cannot do without; ``findings`` say why.

    ``provenance`` maps JSON pointers of the document to places in the set: ``/lines/0/quantity/value`` →
    ``7:PO1[1]/PO102``, the segment's position (ST is 1), which of its kind it is, and the element.
    """

    document: CanonicalModel | None
    provenance: Provenance = field(default_factory=lambda: Provenance({}))
    findings: tuple[Finding, ...] = ()


class Translation:
    """A binding compiled for one grammar's nodes. Stateless between calls, so one serves all threads. ``form`` names
    set and release in problems."""

    def __init__(self, binding: SetBinding, nodes: Sequence[GrammarNode], form: str) -> None:
        place = outline(nodes)
        self._model = binding.model
        self._nested = any(segment.tree for segment in binding.root.inner)
        self._reader = reader = SetReader(binding.root, place, len(nodes))
        self._constructor = constructor(binding.model, binding.root, reader)
        self._writer = SetWriter(binding.root, place, form)

    def decode(self, events: Sequence[Event], separators: Separators, provenance: bool = True) -> Decoded:
        """Never raises on data. A value that cannot be read is a finding and kept as an extra."""
        if not self._nested:
            return self._decode(events, separators, provenance)
        settled, findings = settle(events, DEPTH_LIMIT)
        decoded = self._decode(settled, separators, provenance)
        return replace(decoded, findings=(*findings, *decoded.findings)) if findings else decoded

    def _decode(self, events: Sequence[Event], separators: Separators, provenance: bool) -> Decoded:
        if self._constructor is not None:
            try:
                document, known = self._constructor.build(events, separators)
            except Unusual:
                pass
            else:
                return Decoded(document, known if provenance else Provenance({}))
        reading = self._reader.trace(events, separators)
        try:
            document = self._model.model_validate(reading.values)
        except ValidationError:
            return self._recover(list(events), separators, provenance)
        return Decoded(document, Provenance(reading.provenance if provenance else {}))

    def _recover(self, events: list[Event], separators: Separators, provenance: bool) -> Decoded:
        """Take out the texts that the model refuses, which then are extras, and read again."""
        blanked: dict[int, dict[str, str]] = {}
        findings: list[Finding] = []
        control = next((e[2] for _, e in events if e[0] == "ST" and len(e) > 2), "")
        for _ in range(ROUNDS):
            reading = self._reader.trace(events, separators, blanked)
            try:
                document = self._model.model_validate(reading.values)
            except ValidationError as error:
                refused = {_pointer(cause["loc"]): cause for cause in _causes(error)}
                origins = _Origins(reading.provenance)
                places = {pointer: origins.places(pointer) for pointer in refused}
                if not all(places.values()):
                    lost = [_unusable(at, cause["msg"], control) for at, cause in refused.items() if not places[at]]
                    return Decoded(None, findings=(*findings, *lost))
                for pointer, found in places.items():
                    texts = [_take_out(events, locator, blanked, separators) for locator in found]
                    findings.append(_kept(found, texts, _reason(refused[pointer]), control))
            else:
                known = Provenance(reading.provenance if provenance else {})
                return Decoded(document, known, _capped(findings, control))
        return Decoded(None, findings=(*findings, _unusable("", "too many values cannot be understood", control)))

    def encode(self, document: CanonicalModel, separators: Separators) -> list[list[str]]:
        """The segments between ST and SE. Raises PayloadError naming everything that does not fit."""
        return self._writer.write(document, separators)


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """The errors, without those that only follow from another."""
    return [cause for cause in error.errors(include_url=False) if cause["type"] != "default_factory_not_called"]


def _reason(cause: ErrorDetails) -> str:
    refused = cause["input"]
    if cause["type"] == "missing":
        return f"{cause['loc'][-1]} beside it"
    return refused.expected if isinstance(refused, Unreadable) else cause["msg"].removeprefix("Value error, ")


def _pointer(path: tuple[int | str, ...]) -> str:
    return "".join(f"/{step}" for step in path)


def _position(locator: str) -> int:
    return int(locator.partition(":")[0])


_ELEMENT = re.compile(r"(\d+:(.*)\[\d+\]/\2\d\d)(?:\[\d+\])?(?:-\d+)?", re.DOTALL)


def _whole_element(locator: str) -> str:
    """The locator without its component. In hostile input a segment may be called anything, hyphens and all."""
    found = _ELEMENT.fullmatch(locator)
    return found[1] if found else locator


class _Origins:
    """Where values came from, and of each object all that its values came from."""

    def __init__(self, provenance: Mapping[str, str]) -> None:
        self._provenance = provenance
        self._uses = Counter(provenance.values())
        self._below: dict[str, list[str]] = {}
        for pointer, place in provenance.items():
            while pointer := pointer.rpartition("/")[0]:
                self._below.setdefault(pointer, []).append(place)

    def places(self, pointer: str) -> list[str]:
        """Where a refused value came from. For a missing one, all of the first segment of the object it is missing
        from, but what others have of it, too (the unit of all quantities of an SDQ): without it that object, unless it
        is the document, is kept as extras instead."""
        if pointer in self._provenance:
            return [self._provenance[pointer]]
        while pointer:
            below = Counter(self._below.get(pointer, ()))
            own = [place for place, uses in below.items() if uses == self._uses[place]]
            first = min(map(_position, own), default=0)
            if own:
                return list(dict.fromkeys(_whole_element(place) for place in own if _position(place) == first))
            pointer = pointer.rpartition("/")[0]
        return []


def _take_out(events: list[Event], locator: str, blanked: dict[int, dict[str, str]], separators: Separators) -> str:
    """Empty the element in a copy of its segment and note its text as an extra to come."""
    position = _position(locator)
    index, elements = events[position - 1]
    # 2:REF[1]/REF02; whatever a segment is called in hostile input, slashes and all
    designator = locator.removeprefix(f"{position}:{elements[0]}[").partition("]/")[2]
    place = int(designator[len(elements[0]) :][:2])
    text = elements[place]
    events[position - 1] = (index, [*elements[:place], "", *elements[place + 1 :]])
    alone = [elements[0], *[""] * (place - 1), text]
    blanked.setdefault(position, {}).update(leftover(alone, separators, {}))
    return text


def _kept(found: list[str], texts: list[str], reason: str, control: str) -> Finding:
    segment, _, designator = found[0].partition(":")[2].partition("/")
    one = len(found) == 1
    return Finding(
        code="X12-VALUE-KEPT",
        severity=Severity.WARNING,
        locator=f"ST*{control}/{segment}/{designator}" if one else f"ST*{control}/{segment}",
        message=f"{designator if one else segment} cannot be understood; it is kept as it is among the extras",
        value="*".join(texts),
        expected=reason,
    )


def _capped(findings: list[Finding], control: str) -> tuple[Finding, ...]:
    """As many as are shown; how many more there are is said."""
    if len(findings) <= FINDING_LIMIT:
        return tuple(findings)
    more = Finding(
        code="X12-VALUE-KEPT",
        severity=Severity.WARNING,
        locator=f"ST*{control}",
        message=f"{len(findings) - FINDING_LIMIT} more values cannot be understood; they are among the extras too",
    )
    return (*findings[:FINDING_LIMIT], more)


def _unusable(pointer: str, reason: str, control: str) -> Finding:
    return Finding(
        code="X12-DOCUMENT-INCOMPLETE",
        severity=Severity.ERROR,
        locator=f"ST*{control}",
        message=f"No document can be made of this set: {pointer or 'document'}: {reason}",
    )


@lru_cache(maxsize=256)
def translation(binding: SetBinding, grammar: Grammar) -> Translation:
    """The compiled binding, from a cache: grammars are cached too, so their identity is key enough."""
    return Translation(as_meant(binding, grammar), grammar.nodes, f"{binding.set_type} of {grammar.release}")
