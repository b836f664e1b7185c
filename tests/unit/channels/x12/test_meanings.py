"""A partner's own meanings of qualifiers, taken by translation in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from canonical.document import Document
from canonical.purchase_order import PurchaseOrder
from canonical.reference import ReferenceKind
from channels.errors import PayloadError
from channels.x12.guide import Guide
from channels.x12.guide.problems import WORDS
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT
from channels.x12.sets import DOCUMENT_OF, binding_of, decode, encode
from channels.x12.sets.binding import Coded, Field, Part, Repeat, Segment
from channels.x12.sets.outline import Place, outline
from channels.x12.standards import tables
from channels.x12.writing.composing import Form, compose
from tests.builders import make_line, make_purchase_order
from tests.unit.channels.x12.reading import SEPARATORS, enveloped, segments

ORDER = """
BEG*00*SA*4500**20240115
REF*DP*008
PO1*1*12*EA*10.25**IN*AX-1*BP*77*VN*V9
REF*DP*009
CTT*1
"""

VENDORS_IN = {"element": "PO106", "code": "IN", "meaning": "vendor_item_number"}


def guide(*meanings: dict[str, Any], **rules: Any) -> Guide:
    made = Guide.model_validate({"850": {"meanings": list(meanings), **rules}})
    assert made.problems("004010", "850") == []
    return made


def read(asked: Guide | None, text: str = ORDER) -> PurchaseOrder:
    compiled = grammar("004010", "850", asked)
    judgement = judge(enveloped("850", segments(text)), compiled, STRICT, SEPARATORS)
    document = decode("850", compiled, judgement, SEPARATORS).document
    assert isinstance(document, PurchaseOrder)
    return document


def items(document: PurchaseOrder) -> list[tuple[str, str]]:
    return [(one.kind.value, one.qualifier) for one in document.lines[0].identifiers]


def test_a_code_is_read_as_the_partner_means_it() -> None:
    assert items(read(None)) == [("buyer_item_number", "IN"), ("buyer_item_number", "BP"), ("vendor_item_number", "VN")]
    assert items(read(guide(VENDORS_IN)))[0] == ("vendor_item_number", "IN")


def test_every_pair_of_the_segment_is_read_so_and_no_other_segment() -> None:
    swapped = ORDER.replace("IN*AX-1*BP*77", "BP*77*IN*AX-1")
    assert items(read(guide(VENDORS_IN), swapped))[1] == ("vendor_item_number", "IN")
    department = {"element": "REF01", "code": "DP", "meaning": "contract", "loop": ""}
    document = read(guide(department))
    assert document.references[0].kind is ReferenceKind.CONTRACT
    assert document.lines[0].references[0].kind is ReferenceKind.DEPARTMENT


@pytest.mark.parametrize(("asked", "text"), [(None, ORDER), (guide(VENDORS_IN), ORDER.replace("*VN*V9", ""))])
def test_what_was_read_is_written_back_the_same(asked: Guide | None, text: str) -> None:
    document: Document = read(asked, text)
    again = encode(document, "004010", SEPARATORS, guide=asked)
    assert again == segments(text)
    assert read(asked, "\n".join("*".join(segment) for segment in again)) == document


def line_of(document: Document, asked: Guide | None) -> list[str]:
    return next(s for s in encode(document, "004010", SEPARATORS, guide=asked) if s[0] == "PO1")


def test_our_word_is_written_with_the_partners_code() -> None:
    document = make_purchase_order(lines=1)
    assert line_of(document, None)[6:10] == ["VN", "V-0001", "BP", "B-0001"]
    assert line_of(document, guide(VENDORS_IN))[6:10] == ["IN", "V-0001", "BP", "B-0001"]


def test_another_code_for_the_same_word_gives_way_to_the_partners() -> None:
    assert line_of(read(guide(VENDORS_IN)), guide(VENDORS_IN))[6:] == ["IN", "AX-1", "BP", "77", "IN", "V9"]


def test_a_code_that_the_partner_gave_away_is_not_written_for_its_old_word() -> None:
    identifiers = [{"kind": "buyer_item_number", "qualifier": "IN", "value": "77"}]
    order = make_purchase_order().model_copy(update={"lines": (make_line(identifiers=identifiers),)})
    assert line_of(order, None)[6:8] == ["IN", "77"]
    assert line_of(order, guide(VENDORS_IN))[6:8] == ["BP", "77"]


def test_a_word_for_which_no_code_is_left_is_a_problem() -> None:
    asked = guide(VENDORS_IN, {"element": "PO106", "code": "BP", "meaning": "vendor_item_number"})
    with pytest.raises(PayloadError, match="buyer_item_number is not what code BP means"):
        encode(make_purchase_order(lines=1), "004010", SEPARATORS, guide=asked)


def test_composing_uses_the_meanings_and_the_guide_has_the_last_word() -> None:
    asked = guide(VENDORS_IN, elements=[{"element": "PO106", "codes": ["IN"]}])
    composed = compose(make_purchase_order(lines=1), Form(guide=asked, policy=STRICT))
    assert next(s for s in composed.body if s[0] == "PO1")[6] == "IN"
    only_text = guide(elements=[{"element": "PO106", "codes": ["IN"]}])
    with pytest.raises(PayloadError, match="takes only IN"):
        compose(make_purchase_order(lines=1), Form(guide=only_text, policy=STRICT))


def coded(fields: dict[str, Field]) -> Iterator[Coded]:
    for item in fields.values():
        if isinstance(item, Coded):
            yield item
        elif isinstance(item, Part):
            yield from coded(dict(item.fields))
        elif isinstance(item, Repeat):
            for group in item.groups:
                yield from coded(dict(group.fields))


def bound(segment: Segment, place: Place) -> Iterator[tuple[str, Coded]]:
    for item in coded(dict(segment.fields)):
        yield place.segment, item
    for inner in segment.inner:
        if inner.id in place.children:
            yield from bound(inner, place.children[inner.id])


@pytest.mark.parametrize("set_type", DOCUMENT_OF)
def test_the_words_that_a_guide_may_give_are_those_of_the_bindings(set_type: str) -> None:
    release = "005010" if set_type == "999" else "004010"
    for segment, item in bound(binding_of(set_type).root, outline(grammar(release, set_type).nodes)):
        elements = tables.segment_table(release, segment).elements
        if item.element.position <= len(elements) and not item.element.component:
            number = elements[item.element.position - 1].number
            assert WORDS.get(number, item.words) is item.words, (segment, item.element.designator)
