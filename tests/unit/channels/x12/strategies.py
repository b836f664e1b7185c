"""Hypothesis strategies: events of whole transaction sets, drawn from the tables of a release."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from channels.x12.envelope import Separators
from channels.x12.judging.grammar import grammar
from channels.x12.sets.outline import Place, outline
from channels.x12.sets.reading import Event
from channels.x12.standards import tables
from channels.x12.standards.tables import LoopUse, SegmentUse

SEPARATORS = Separators("*", ">", "~", "^")

_TEXT = st.text("ABCXYZ019 -./é", min_size=1, max_size=12).filter(str.strip)
_CODE = st.sampled_from(["00", "ST", "SA", "BY", "UP", "VN", "002", "TE", "IA", "A", "ZZ", "Q9"])
_DECIMAL = st.decimals(0, 99999, places=2).map(lambda value: format(value, "f"))
_INTEGER = st.integers(0, 9999).map(str)
_DATE = st.dates().map(lambda day: f"{day.year:04}{day:%m%d}")
_TIME = st.times().map(lambda time: f"{time:%H%M}")


def element(release: str, number: str) -> SearchStrategy[str]:
    """Text of the element's type, as short as every model takes it."""
    kind = tables.element_table(release, number).type
    by_kind = {"ID": _CODE, "R": _DECIMAL, "DT": _DATE, "TM": _TIME, "AN": _TEXT}
    return by_kind.get(kind, _INTEGER if kind.startswith("N") else _TEXT)


@st.composite
def segment(draw: st.DrawFn, release: str, name: str, whole: bool) -> list[str]:
    """A segment with all its elements, or, where not ``whole``, with any of them but the mandatory."""
    texts = [name]
    for use in tables.segment_table(release, name).elements:
        if not whole and not use.mandatory and draw(st.booleans()):
            texts.append("")
        elif use.components:
            count = draw(st.integers(1, len(use.components)))
            components = [draw(element(release, component.number)) for component in use.components[:count]]
            texts.append(SEPARATORS.component.join(components))
        else:
            texts.append(draw(element(release, use.number)))
    return texts


@st.composite
def events(draw: st.DrawFn, release: str, set_type: str, whole: bool = True) -> list[Event]:
    """A set in the order of the standard: the top level's mandatory segments and some of every other place."""
    drawn: list[Event] = []

    def fill(level: Place, uses: Iterable[SegmentUse | LoopUse], depth: int) -> None:
        for use in uses:
            name = use.id if isinstance(use, SegmentUse) else use.items[0].id
            wanted = depth == 0 and use.mandatory
            counts = (0,) * (3 + 2 * depth) + ((1,) if use.maximum == 1 else (1, 2))
            for _ in range(1 if wanted else draw(st.sampled_from(counts))):
                place = level.children[name]
                drawn.append((place.index, draw(segment(release, name, whole or wanted))))
                if isinstance(use, LoopUse):
                    fill(place, use.items[1:], depth + 1)

    fill(outline(grammar(release, set_type).nodes), tables.set_table(release, set_type).items, 0)
    return drawn
