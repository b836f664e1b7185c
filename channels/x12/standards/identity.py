"""What people call a transaction set: its name in the standard, and the number of the business document it carries."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from channels.x12.standards import tables
from channels.x12.standards.tables import SegmentUse, UnsupportedSetError

_ELSEWHERE = {"820": ("TRN", 2), "997": ("AK1", 2), "999": ("AK1", 2)}
"""Sets whose number is not the first text of their beginning segment: a payment's first texts are bank accounts."""


def set_name(release: str, set_type: str) -> str:
    """The standard's name of the set, empty when no table holds it. ``release`` is a GS08 value."""
    try:
        return tables.set_table(tables.nearest_release(release), set_type).name
    except UnsupportedSetError:
        return ""


@cache
def _number_places(release: str, set_type: str) -> tuple[str, tuple[int, ...]]:
    """The segment and the elements that may hold the number, the likeliest first: the texts (type AN) of the beginning
    segment, the one behind ST (BEG03, BFR02, W0502 ...)."""
    if set_type in _ELSEWHERE:
        segment, position = _ELSEWHERE[set_type]
        return segment, (position,)
    try:
        items = tables.set_table(release, set_type).items
    except UnsupportedSetError:
        return "", ()
    segment = next((use.id for use in items[1:2] if isinstance(use, SegmentUse)), "")
    if not segment:
        return "", ()
    uses = enumerate(tables.segment_table(release, segment).elements, 1)
    return segment, tuple(i for i, use in uses if not use.components and _is_text(release, use.number))


def _is_text(release: str, number: str) -> bool:
    return tables.element_table(release, number).type == "AN"


def business_number(release: str, set_type: str, segments: Iterable[list[str]]) -> str:
    """The number people know the document by; empty where the set has none. Looks at the first segments only."""
    segment, positions = _number_places(tables.nearest_release(release), set_type)
    for texts, _ in zip(segments, range(20), strict=False):
        if texts[0] == segment:
            return next((texts[i].strip() for i in positions if i < len(texts) and texts[i].strip()), "")
    return ""
