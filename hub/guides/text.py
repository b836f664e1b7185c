"""A guide for the terminal: one line an element, indented as the loops lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from hub.guides.description import Description
from hub.guides.places import Element, Loop, Segment, how_often, unshown, what_kind

WIDTH = 110


def lines(guide: Description) -> Iterator[str]:
    """Without trailing line ends; as wide as WIDTH where words allow."""
    yield f"{guide.set_type} {guide.set_name}, release {guide.release}"
    yield f"{sender_name(guide)} sends it to {receiver_name(guide)}." + (f" {guide.title}." if guide.title else "")
    yield from _wrapped(guide.note, "")
    yield ""
    yield "ENVELOPE"
    yield f"  from  {_identity(guide.sender)}"
    yield f"  to    {_identity(guide.receiver)}"
    yield f"  GS01 {guide.functional_identifier}, GS08 {guide.release}; separators: {_separators(guide)}"
    for said in guide.acknowledgments:
        yield f"  {said}"
    yield ""
    yield "SEGMENTS"
    yield from _items(guide.items, "  ")
    yield ""
    yield "A VALID SAMPLE"
    yield from guide.sample.rstrip("\n").splitlines()


def sender_name(guide: Description) -> str:
    return guide.partner if guide.direction == "inbound" else guide.our_name


def receiver_name(guide: Description) -> str:
    return guide.our_name if guide.direction == "inbound" else guide.partner


def _identity(named: dict[str, str]) -> str:
    return f"qualifier {named['qualifier']}, id {named['id']}, application code {named['application_code']}"


def _separators(guide: Description) -> str:
    names = {"\n": "line feed", "\r": "carriage return"}
    shown = (
        (kind, names.get(text) or (text if text.isprintable() else f"x{ord(text):02X}"))
        for kind, text in guide.separators.items()
        if text
    )
    return ", ".join(f"{kind} {text}" for kind, text in shown)


def _items(items: Sequence[Segment | Loop], indent: str) -> Iterator[str]:
    for item in items:
        if not item.shown:
            continue
        if isinstance(item, Loop):
            yield f"{indent}LOOP {item.loop}: {item.name}, {item.usage}, {how_often(item.maximum)}"
            yield from _items(item.items, indent + "    ")
        else:
            yield from _segment(item, indent)
    if rest := unshown(items):
        names = ", ".join(item.loop if isinstance(item, Loop) else item.id for item in rest)
        yield from _wrapped(f"the standard also has: {names}", indent)


def _segment(segment: Segment, indent: str) -> Iterator[str]:
    yield f"{indent}{segment.id}  {segment.name}, {segment.usage}, {how_often(segment.maximum)}"
    for said in (*segment.asks, *segment.notes, *segment.rules):
        yield from _wrapped(f"- {said}", indent + "    ")
    for element in segment.elements:
        if element.shown:
            yield from _element(element, indent + "    ")


def _element(element: Element, indent: str) -> Iterator[str]:
    name = f"{indent}{element.designator:9}{element.usage:12}{element.name} ({what_kind(element)})"
    yield name + (f", e.g. {element.example}" if element.example and not element.codes else "")
    inner = indent + " " * 9
    for code in element.codes:
        yield from _wrapped(f"{code.code}  {code.text or code.meaning}".rstrip(), inner)
    if element.more_codes:
        yield f"{inner}or another of the standard's list ({element.more_codes} more)"
    for said in (*element.asks, *element.notes):
        yield from _wrapped(f"- {said}", inner)
    for component in element.components:
        if component.shown:
            yield from _element(component, inner)


def _wrapped(text: str, indent: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
