"""The short way from events to a document gives what the thorough way gives, or leaves the set to it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.business_document import BusinessDocument, known_json
from canonical.document import to_json
from channels.x12.judging.grammar import grammar
from channels.x12.sets import DOCUMENT_OF, decode
from channels.x12.sets.construction import SEGMENTS_A_SHAPE
from channels.x12.sets.translation import translation
from channels.x12.standards import tables
from tests.benchmarks.interchanges import TYPES, interchange
from tests.benchmarks.reading import judged
from tests.unit.channels.x12.construction import both_agree, ways
from tests.unit.channels.x12.reading import UNHURRIED
from tests.unit.channels.x12.strategies import events

SOME = settings(UNHURRIED, max_examples=10)
KINDS = [
    (release, kind) for kind in sorted(DOCUMENT_OF) for release in tables.RELEASES if kind in tables.set_types(release)
]
EACH_ONCE = [(release, kind) for kind, release in {kind: release for release, kind in KINDS}.items()]


@pytest.mark.parametrize(("release", "set_type"), KINDS)
@pytest.mark.parametrize("whole", [True, False])
@SOME
@given(data=st.data())
def test_both_ways_give_the_same_document(data: st.DataObject, release: str, set_type: str, whole: bool) -> None:
    both_agree(ways(release, set_type), data.draw(events(release, set_type, whole)))


HOSTILE = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["", " ", "\x00", "\x7f", '"', "\\", '\\"', "\\n", "a\tb", "{0}", "\ud800", "é", "2", "-0", "+1.50"]
    ),
    st.sampled_from(
        ["1e5", "NaN", "00012", ".5", "5.", "1" * 31, "20260230", "2460", "A" * 81, "A>B", "A^B", ">", "^"]
    ),
)


@pytest.mark.parametrize(("release", "set_type"), EACH_ONCE)
@SOME
@given(data=st.data())
def test_both_ways_agree_on_hostile_sets(data: st.DataObject, release: str, set_type: str) -> None:
    """Texts exchanged for others, segments twice, gone, moved, without elements or without a place."""
    drawn = [(index, list(elements)) for index, elements in data.draw(events(release, set_type, whole=False))]
    size = len(grammar(release, set_type).nodes)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(drawn) - 1))
        index, elements = drawn[place]
        match data.draw(
            st.sampled_from(["text", "text", "text", "twice", "gone", "moved", "bare", "unplaced", "more"])
        ):
            case "text" if len(elements) > 1:
                elements[data.draw(st.integers(1, len(elements) - 1))] = data.draw(HOSTILE)
            case "twice":
                drawn.insert(data.draw(st.integers(0, len(drawn))), (index, list(elements)))
            case "gone" if len(drawn) > 1:
                del drawn[place]
            case "moved":
                drawn[place] = (data.draw(st.integers(-1, size - 1)), elements)
            case "bare":
                drawn[place] = (index, elements[:1])
            case "unplaced":
                drawn.insert(place, (-1, [data.draw(HOSTILE), *elements[1:]]))
            case "more":
                elements += data.draw(st.lists(HOSTILE, max_size=4))
    both_agree(ways(release, set_type), drawn)


@pytest.mark.parametrize("set_type", TYPES)
def test_an_ordinary_document_goes_the_short_way(set_type: str) -> None:
    translation.cache_clear()  # other tests' hostile shapes have used up the functions that may be made
    for _, rules, judgement, separators in judged(interchange(set_type, 3)):
        assert both_agree(ways("004010", set_type), judgement.events, separators)
        decoded = decode(set_type, rules, judgement, separators)
        assert isinstance(decoded.document, BusinessDocument)
        assert known_json(decoded.document) is not None


def test_a_copy_of_a_document_does_not_remember_its_json() -> None:
    ((_, rules, judgement, separators),) = judged(interchange("850", 1))
    document = decode("850", rules, judgement, separators).document
    assert isinstance(document, BusinessDocument)
    changed = document.model_copy(update={"purchase_order_number": "OTHER"})
    assert known_json(changed) is None
    assert '"purchase_order_number":"OTHER"' in to_json(changed)  # type: ignore[arg-type]
    assert document.model_fields_set == decode("850", rules, judgement, separators).document.model_fields_set  # type: ignore[union-attr]


def test_a_sender_of_ever_new_shapes_is_left_to_the_thorough_way_until_others_sent_enough() -> None:
    two = ways("004010", "850")
    ((_, _, judgement, _),) = judged(interchange("850", 1))
    ordinary = list(judgement.events)
    place = next(place for place, (_, elements) in enumerate(ordinary) if elements[0] == "PO1")
    index, elements = ordinary[place]

    def taken(shape: int) -> bool:
        texts = ["1" if shape >> bit & 1 else "" for bit in range(12)]
        shaped = (index, [*elements[:6], *(text for two in texts for text in (two and "VN", two))])
        return both_agree(two, [*ordinary[:place], shaped, *ordinary[-2:]])

    assert both_agree(two, ordinary)
    assert taken(1)
    two.short.credit = 1.0
    assert [taken(shape) for shape in (2, 3)] == [True, False]
    for _ in range(SEGMENTS_A_SHAPE):
        assert both_agree(two, ordinary)
    assert taken(3)
