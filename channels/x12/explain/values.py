"""The elements of one segment in words: names of the standard, meanings of codes, dates, times and amounts readable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from canonical.finding import Finding
from channels.x12.envelope import Separators
from channels.x12.guide import designator
from channels.x12.sets.values import implied, read_date, read_time
from channels.x12.standards import tables
from channels.x12.standards.tables import Component, ElementUse

_PERIOD = "1251"
"""A date or time whose form the element before it names: D8 a day, RD8 the first and the last day, TM a time."""


Meanings = Mapping[tuple[str, str], str]
"""(data element, code) → what the code means to the partner, where its guide says so."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element, a component or one of several repetitions. ``text`` is as it was sent, ``meaning`` says it in words
    where that differs: a code's meaning, a date, an amount with its decimal point. ``parts`` are the repetitions of a
    repeated element, the components of a composite one. ``findings`` are about this element, empty or not. ``type`` is
    the data element's (R, DT ...), empty for a composite and where no table knows it."""

    designator: str
    name: str
    text: str
    meaning: str = ""
    parts: tuple[Element, ...] = ()
    findings: tuple[Finding, ...] = ()
    type: str = ""

    @property
    def shown(self) -> str:
        """The meaning, else the text."""
        return self.meaning or self.text


def elements_of(
    texts: Sequence[str],
    release: str,
    separators: Separators,
    findings: Mapping[int, Sequence[Finding]],
    meanings: Meanings,
) -> Iterator[Element]:
    """The elements of a segment (``texts`` with its name first) that hold something or have findings, by their
    position. ``release`` must be one of the tables'; ``meanings`` are a partner's own."""
    segment = texts[0]
    held = tables.segment_table(release, segment).elements if tables.has_segment(release, segment) else ()
    for position in range(1, max(len(texts) - 1, *findings, 0) + 1):
        text = texts[position] if position < len(texts) else ""
        about = tuple(findings.get(position, ()))
        if not text and not about:
            continue
        place = designator(segment, position)
        before = texts[position - 1] if 1 < position <= len(texts) else ""
        use = held[position - 1] if position <= len(held) else None
        yield _element(release, place, text, use, separators, before, about, meanings)


def _element(
    release: str,
    place: str,
    text: str,
    use: ElementUse | None,
    separators: Separators,
    before: str,
    findings: tuple[Finding, ...],
    meanings: Meanings,
) -> Element:
    if use is None:
        return Element(place, "", text, findings=findings)
    mark = separators.repetition
    if mark and use.repetitions != 1 and mark in text:
        pieces = enumerate(text.split(mark), 1)
        parts = tuple(
            _single(release, f"{place}[{n}]", piece, use, separators, before, meanings) for n, piece in pieces
        )
        return Element(place, _name(release, use.number), text, "", parts, findings)
    single = _single(release, place, text, use, separators, before, meanings)
    return Element(place, single.name, text, single.meaning, single.parts, findings, single.type)


def _single(
    release: str, place: str, text: str, use: ElementUse, separators: Separators, before: str, meanings: Meanings
) -> Element:
    if not use.components:
        meaning = meanings.get((use.number, text)) or meaning_of(release, use.number, text, before)
        return Element(place, _name(release, use.number), text, meaning, type=_type(release, use.number))
    texts = text.split(separators.component)
    components: list[Component | None] = [*use.components, *[None] * (len(texts) - len(use.components))]
    parts = []
    for index, (component, part) in enumerate(zip(components, texts, strict=False), 1):
        if part:
            number = component.number if component else ""
            standard = meaning_of(release, number, part, texts[index - 2] if index > 1 else "")
            meaning = meanings.get((number, part)) or standard
            kind = _type(release, number)
            parts.append(Element(f"{place}-{index}", _name(release, number), part, meaning, type=kind))
    return Element(place, _name(release, use.number), text, "", tuple(parts))


def meaning_of(release: str, number: str, text: str, before: str = "") -> str:
    """A value of a data element in words, empty where the text says it itself. ``before`` is the element before it."""
    if number == _PERIOD:
        return _period(before, text)
    kind = _type(release, number)
    if not kind:
        return ""
    if kind == "DT":
        day = read_date(text)
        return _day(day) if isinstance(day, date) else ""
    if kind == "TM":
        return _clock(text)
    if kind[0] == "N" and kind[1] != "0":
        amount = implied(int(kind[1])).read(text)
        return format(amount, "f") if isinstance(amount, Decimal) else ""
    return tables.meaning(number, text.strip())


def _period(form: str, text: str) -> str:
    days = [read_date(part) for part in text.split("-")]
    if form in ("D8", "RD8") and all(isinstance(day, date) for day in days):
        return " to ".join(_day(day) for day in days if isinstance(day, date))
    return _clock(text) if form == "TM" else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _clock(text: str) -> str:
    clock = read_time(text)
    return f"{clock:%H:%M}" + (f":{clock:%S}" if len(text) > 4 else "") if isinstance(clock, time) else ""


def _type(release: str, number: str) -> str:
    try:
        return tables.element_table(release, number).type
    except KeyError:
        return ""


def element_name(place: str) -> str:
    """The standard's name of an element named like ``REF02`` or ``REF04-2``; empty when no table has it."""
    whole, _, component = place.partition("-")
    segment, position = whole[:-2], whole[-2:]
    for release in reversed(tables.RELEASES):
        if not (position.isdecimal() and tables.has_segment(release, segment)):
            continue
        uses = tables.segment_table(release, segment).elements
        if not 0 < int(position) <= len(uses):
            continue
        use = uses[int(position) - 1]
        if not component.isdecimal():
            return _name(release, use.number)
        return (
            _name(release, use.components[int(component) - 1].number) if int(component) <= len(use.components) else ""
        )
    return ""


def _name(release: str, number: str) -> str:
    """The data element's name; composites have none in the tables."""
    try:
        return tables.element_table(release, number).name
    except KeyError:
        return ""
