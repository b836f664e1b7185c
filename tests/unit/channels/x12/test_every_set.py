"""What holds for every set that becomes a document, shown on sets drawn from the tables of each release."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.document import model_of, parse_document, to_json
from channels.errors import PayloadError
from channels.x12.judging.grammar import grammar
from channels.x12.sets import DOCUMENT_OF, binding_of, decode, encode
from channels.x12.sets.reading import Event
from channels.x12.sets.translation import Translation, translation
from channels.x12.standards.tables import RELEASES
from tests.builders import make_purchase_order
from tests.unit.channels.x12.reading import judged
from tests.unit.channels.x12.strategies import SEPARATORS, events

FLAT = [name for name in DOCUMENT_OF if name not in ("856", "997", "999")]
"""The 856 is a tree, and acknowledgments name what they answer: their own tests show the same of them."""

EVERY_SET = pytest.mark.parametrize("set_type", FLAT)
SLOW = settings(max_examples=15, suppress_health_check=list(HealthCheck))
DRAWN_RELEASE = st.sampled_from(RELEASES)


def compiled(release: str, set_type: str) -> Translation:
    return translation(binding_of(set_type), grammar(release, set_type))


def plain(text: str) -> str:
    """Numbers in their shortest form."""
    try:
        return format(Decimal(text).normalize() + 0, "f")
    except ArithmeticError:
        return text


def normalised(segments: list[list[str]]) -> list[list[str]]:
    """Numbers in one form, nothing empty at the end of a segment, lines that flow closed up."""
    result: list[list[str]] = []
    for segment in segments:
        texts = [segment[0], *(plain(text) for text in segment[1:])]
        if texts[0] in ("N2", "N3") and result and result[-1][0] == texts[0]:
            lines = [text for text in result.pop()[1:] + texts[1:] if text]
            result += [[texts[0], *lines[i : i + 2]] for i in range(0, len(lines), 2)]
            continue
        while len(texts) > 1 and not texts[-1]:
            texts.pop()
        result.append(texts)
    return result


def body(drawn: list[Event]) -> list[list[str]]:
    return [elements for _, elements in drawn if elements[0] not in ("ST", "SE")]


@EVERY_SET
@SLOW
@given(data=st.data(), release=DRAWN_RELEASE)
def test_a_set_with_every_element_comes_back_in_the_same_order(
    data: st.DataObject, release: str, set_type: str
) -> None:
    drawn = data.draw(events(release, set_type))
    decoded = compiled(release, set_type).decode(drawn, SEPARATORS)
    assert decoded.document is not None
    assert decoded.findings == ()
    back = compiled(release, set_type).encode(decoded.document, SEPARATORS)
    assert normalised(back) == normalised(body(drawn))
    assert parse_document(to_json(decoded.document)) == decoded.document


@EVERY_SET
@SLOW
@given(data=st.data(), release=DRAWN_RELEASE)
def test_nothing_is_lost_of_a_set_with_holes(data: st.DataObject, release: str, set_type: str) -> None:
    drawn = data.draw(events(release, set_type, whole=False))
    decoded = compiled(release, set_type).decode(drawn, SEPARATORS)
    assert decoded.document is not None
    back = compiled(release, set_type).encode(decoded.document, SEPARATORS)
    assert words(back) == words(body(drawn))


def words(segments: list[list[str]]) -> Counter[str]:
    """Every text, each component for itself, with its segment, wherever it stands; a shared element of a flowing
    segment may stand more often."""
    texts = ((s[0], text) for s in segments if s[0] != "SDQ" for element in s[1:] for text in element.split(">"))
    return Counter(f"{segment} {plain(text)}" for segment, text in texts if text)


@EVERY_SET
@SLOW
@given(data=st.data(), release=DRAWN_RELEASE)
def test_a_document_that_is_sent_and_judged_comes_back_equal(data: st.DataObject, release: str, set_type: str) -> None:
    drawn = data.draw(events(release, set_type))
    document = compiled(release, set_type).decode(drawn, SEPARATORS).document
    assert document is not None
    sent = compiled(release, set_type).encode(document, SEPARATORS)
    judgement = judged(set_type, sent, release, strict=False)
    assert decode(set_type, grammar(release, set_type), judgement, SEPARATORS).document == document


@EVERY_SET
@SLOW
@given(data=st.data(), release=DRAWN_RELEASE)
def test_provenance_names_the_element_of_every_value(data: st.DataObject, release: str, set_type: str) -> None:
    drawn = data.draw(events(release, set_type))
    decoded = compiled(release, set_type).decode(drawn, SEPARATORS)
    assert decoded.document is not None
    assert compiled(release, set_type).decode(drawn, SEPARATORS, provenance=False).document == decoded.document
    dumped = decoded.document.model_dump(mode="json", exclude_none=True)
    for pointer, locator in decoded.provenance.items():
        value = dumped
        for step in pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]
        position, _, place = locator.partition(":")
        segment = drawn[int(position) - 1][1]
        assert place.startswith(f"{segment[0]}[")
        assert isinstance(value, (str, int))


@EVERY_SET
@SLOW
@given(data=st.data(), release=DRAWN_RELEASE)
def test_broken_sets_never_raise(data: st.DataObject, release: str, set_type: str) -> None:
    drawn = data.draw(events(release, set_type, whole=False))
    size = len(grammar(release, set_type).nodes)
    noise = st.tuples(st.integers(-1, size - 1), st.lists(st.text("A1*>^\x07 ", max_size=4), max_size=30))
    for _ in range(data.draw(st.integers(1, 4))):
        index, texts = data.draw(noise)
        drawn.insert(data.draw(st.integers(0, len(drawn))), (index, ["REF", *texts]))
    decoded = compiled(release, set_type).decode(drawn, SEPARATORS)
    assert decoded.document is not None or decoded.findings


@pytest.mark.parametrize("set_type", DOCUMENT_OF)
def test_each_set_is_bound_to_its_document(set_type: str) -> None:
    binding = binding_of(set_type)
    assert (binding.set_type, binding.model) == (set_type, model_of(DOCUMENT_OF[set_type]))


def test_a_set_that_carries_another_document_is_refused() -> None:
    order = make_purchase_order()
    assert encode(order, "005010", SEPARATORS, "850") == encode(order, "005010", SEPARATORS)
    for set_type, kind in DOCUMENT_OF.items():
        if kind != order.type:
            with pytest.raises(PayloadError, match=f"{set_type} does not carry a purchase_order"):
                encode(order, "005010", SEPARATORS, set_type)
