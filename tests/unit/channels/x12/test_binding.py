"""The binding engine on a small set of its own: what is read where, what is kept, what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.base import CalendarDate, CanonicalModel, ClockTime, Code, ExactDecimal, ExtensibleModel, Extra, Text
from canonical.identifier import ItemIdentifier, ItemIdentifierKind
from canonical.quantity import Quantity
from canonical.reference import Reference, ReferenceKind
from channels.errors import PayloadError
from channels.x12.envelope import Separators
from channels.x12.sets.binding import (
    SetBinding,
    clock,
    coded,
    day,
    decimal,
    each,
    flowing,
    integer,
    part,
    repeat,
    repeat_at,
    segment,
    shared,
    texts,
    with_decimals,
)
from channels.x12.sets.reading import Event
from channels.x12.sets.translation import Decoded, Translation
from channels.x12.sets.values import (
    DATE,
    DECIMAL,
    INTEGER,
    TIME,
    implied,
    read_decimal,
    read_time,
    write_decimal,
    write_time,
)

SEPARATORS = Separators("*", ">", "~", "^")


class Place(CanonicalModel):
    lines: tuple[Text, ...] = ()
    city: Text | None = None


class Store(CanonicalModel):
    location: Text
    quantity: Quantity


class Level(ExtensibleModel):
    kind: Code
    text: Text | None = None
    levels: tuple[Level, ...] = ()


class Line(ExtensibleModel):
    quantity: Quantity | None = None
    price: ExactDecimal | None = None
    identifiers: tuple[ItemIdentifier, ...] = ()
    stores: tuple[Store, ...] = ()
    references: tuple[Reference, ...] = ()


class Order(ExtensibleModel):
    type: Literal["order"] = "order"
    number: Text
    day: CalendarDate | None = None
    time: ClockTime | None = None
    amount: ExactDecimal | None = None
    place: Place | None = None
    references: tuple[Reference, ...] = ()
    lines: tuple[Line, ...] = ()
    levels: tuple[Level, ...] = ()
    count: int | None = None


REFERENCES = each("references", "REF", kind=coded("REF01", ReferenceKind, "qualifier"), value="REF02")

BINDING = SetBinding(
    "850",
    Order,
    segment("BEG", number="BEG01", day=day("BEG02"), time=clock("BEG03"), amount=with_decimals(2, "BEG04")),
    flowing("N3", place=part(lines=texts("N301", "N302"))),
    segment("N4", place=part(city="N401")),
    REFERENCES,
    each(
        "lines",
        "PO1",
        quantity=part(value=decimal("PO101"), unit_of_measure="PO102-1"),
        price=decimal("PO103"),
        identifiers=repeat(2, 2, kind=coded("PO104", ItemIdentifierKind, "qualifier"), value="PO105"),
    ).containing(
        REFERENCES,
        flowing(
            "SDQ",
            stores=repeat(
                2, 2, location="SDQ02", quantity=part(value=decimal("SDQ03"), unit_of_measure=shared("SDQ01"))
            ),
        ),
    ),
    each("levels", "HL", kind="HL03").nested_by("HL01", "HL02", "levels").containing(segment("MSG", text="MSG01")),
    segment("CTT", count=integer("CTT01")),
)


@dataclass(frozen=True)
class Node:
    index: int
    segment: str
    loop_path: tuple[str, ...] = ()
    starts_loop: bool = False


NODES = (
    Node(0, "ST"),
    Node(1, "BEG"),
    Node(2, "N3"),
    Node(3, "N4"),
    Node(4, "REF"),
    Node(5, "ITD"),
    Node(6, "PO1", ("PO1",), True),
    Node(7, "REF", ("PO1",)),
    Node(8, "SDQ", ("PO1",)),
    Node(9, "SLN", ("PO1", "SLN"), True),
    Node(10, "PID", ("PO1", "SLN")),
    Node(11, "HL", ("HL",), True),
    Node(12, "MSG", ("HL",)),
    Node(13, "CTT"),
    Node(14, "SE"),
)
TRANSLATION = Translation(BINDING, NODES, "850 of a test")


def events(*segments: str, places: dict[int, int] | None = None) -> list[Event]:
    """Each segment at its first place from where the one before stood, or at the index that ``places`` names."""
    found: list[Event] = []
    for number, text in enumerate(segments):
        elements = text.split("*")
        inside = [node.index for node in NODES if node.segment == elements[0]]
        index = (places or {}).get(number, inside[0] if inside else -1)
        found.append((index, elements))
    return found


def decode(*segments: str, **how: Any) -> Decoded:
    return TRANSLATION.decode(events("ST*850*0001", *segments, "SE*2*0001", **how), SEPARATORS)


def order(*segments: str, **how: Any) -> Order:
    decoded = decode("BEG*7", *segments, **how)
    assert isinstance(decoded.document, Order)
    return decoded.document


def written(document: Order) -> list[str]:
    return ["*".join(elements) for elements in TRANSLATION.encode(document, SEPARATORS)]


def test_values_are_read_by_their_type() -> None:
    decoded = decode("BEG*7*20250102*1345*1250", "CTT*3")
    assert decoded.document == Order(
        number="7", day=date(2025, 1, 2), time=time(13, 45), amount=Decimal("12.50"), count=3
    )
    assert decoded.findings == ()
    assert decoded.provenance["/amount"] == "2:BEG[1]/BEG04"


def test_a_flowing_segment_fills_one_list() -> None:
    read = order("N3*A*B", "N3*C", "N4*DALLAS")
    assert read.place == Place(lines=("A", "B", "C"), city="DALLAS")
    assert written(read) == ["BEG*7", "N3*A*B", "N3*C", "N4*DALLAS"]


def test_shared_elements_start_a_new_segment_when_they_change() -> None:
    read = order("PO1*5*EA", "SDQ*EA*S1*1*S2*2", "SDQ*EA*S3*3", "SDQ*CA*S4*4")
    assert [store.quantity.unit_of_measure for store in read.lines[0].stores] == ["EA", "EA", "EA", "CA"]
    assert written(read)[2:] == ["SDQ*EA*S1*1*S2*2", "SDQ*EA*S3*3", "SDQ*CA*S4*4"]


def test_what_is_not_bound_is_kept_where_it_stood() -> None:
    segments = ("BEG*7****NEW", "REF*DP*1*TEXT*A>B", "ITD*1", "PO1*5*EA>X*9.95", "SLN*1", "PID*F", "CTT*1**9")
    decoded = decode(*segments)
    read = decoded.document
    assert isinstance(read, Order)
    assert [(extra.name, extra.values) for extra in read.extras] == [
        ("BEG", {"BEG05": "NEW"}),
        ("ITD", {"ITD01": "1"}),
        ("CTT", {"CTT03": "9"}),
    ]
    assert read.references[0].extras[0].values == {"REF03": "TEXT", "REF04-1": "A", "REF04-2": "B"}
    assert [(extra.name, extra.values) for extra in read.lines[0].extras] == [
        ("PO1", {"PO102-2": "X"}),
        ("SLN", {"SLN01": "1"}),
        ("SLN/PID", {"PID01": "F"}),
    ]
    assert decoded.provenance["/lines/0/extras/2/values/PID01"] == "7:PID[1]/PID01"
    assert written(read) == list(segments)


def test_repetitions_are_kept_apart() -> None:
    read = order("ITD*A^B>C")
    assert read.extras[0].values == {"ITD01[1]": "A", "ITD01[2]-1": "B", "ITD01[2]-2": "C"}
    assert written(read) == ["BEG*7", "ITD*A^B>C"]
    with pytest.raises(PayloadError, match="repetition separator"):
        TRANSLATION.encode(read, Separators("*", ">", "~"))


def test_a_second_segment_of_its_kind_is_kept_whole() -> None:
    read = order("CTT*1", "CTT*2*8")
    assert read.count == 1
    assert written(read) == ["BEG*7", "CTT*1", "CTT*2*8"]


def test_a_second_segment_that_repeats_a_value_is_not_taken_for_the_rest_of_the_first() -> None:
    read = order("CTT*7", "CTT*7*8")
    assert (read.count, read.extras[0].values) == (7, {"CTT01": "7", "CTT02": "8"})
    assert written(read) == ["BEG*7", "CTT*7", "CTT*7*8"]


def test_groups_at_places_of_their_own_fill_one_list() -> None:
    names = repeat_at((1, 4, 6), kind=coded("PO101", ItemIdentifierKind, "qualifier"), value="PO102")
    binding = SetBinding("850", Order, segment("BEG", number="BEG01"), each("lines", "PO1", identifiers=names))
    translation = Translation(binding, NODES, "850 of a test")
    decoded = translation.decode(events("BEG*7", "PO1*BP*A*4*VP*B*UP*C*X"), SEPARATORS)
    assert isinstance(decoded.document, Order)
    (line,) = decoded.document.lines
    assert [(entry.qualifier, entry.value) for entry in line.identifiers] == [("BP", "A"), ("VP", "B"), ("UP", "C")]
    assert decoded.provenance["/lines/0/identifiers/1/value"] == "2:PO1[1]/PO105"
    assert line.extras[0].values == {"PO103": "4", "PO108": "X"}
    back = ["*".join(elements) for elements in translation.encode(decoded.document, SEPARATORS)]
    assert back == ["BEG*7", "PO1*BP*A*4*VP*B*UP*C*X"]


def test_levels_nest_by_their_numbers() -> None:
    read = order("HL*1**S", "HL*9*1*O", "MSG*HELLO", "HL*3*9*I", "HL*4*1*O")
    assert [level.kind for level in read.levels] == ["S"]
    assert [level.kind for level in read.levels[0].levels] == ["O", "O"]
    assert read.levels[0].levels[0].text == "HELLO"
    assert written(read)[1:] == ["HL*1**S", "HL*2*1*O", "MSG*HELLO", "HL*3*2*I", "HL*4*1*O"]


def test_a_value_that_cannot_be_read_becomes_a_finding_and_an_extra() -> None:
    decoded = decode("BEG*7*20251399", "PO1*x*EA*1.5")
    read = decoded.document
    assert isinstance(read, Order)
    assert [(finding.code, finding.locator, finding.value) for finding in decoded.findings] == [
        ("X12-VALUE-KEPT", "ST*0001/BEG[1]/BEG02", "20251399"),
        ("X12-VALUE-KEPT", "ST*0001/PO1[1]/PO101", "x"),
        ("X12-VALUE-KEPT", "ST*0001/PO1[1]/PO102", "EA"),
    ]
    assert read.day is None
    assert read.lines[0].price == Decimal("1.5")
    assert written(read) == ["BEG*7*20251399", "PO1*x*EA*1.5"]


def test_an_entry_without_what_it_needs_is_kept_as_an_extra() -> None:
    decoded = decode("BEG*7", "REF**042")
    assert isinstance(decoded.document, Order)
    assert decoded.document.references == ()
    assert decoded.document.extras[0].values == {"REF02": "042"}
    assert decoded.findings[0].locator == "ST*0001/REF[1]/REF02"
    assert written(decoded.document) == ["BEG*7", "REF**042"]


def test_a_pair_kept_by_its_components_keeps_its_place() -> None:
    read = order("PO1*1*EA*2*A:B*\x01C:D*VN*77")
    assert [identifier.value for identifier in read.lines[0].identifiers] == ["77"]
    assert written(read) == ["BEG*7", "PO1*1*EA*2*A:B*\x01C:D*VN*77"]


def test_components_that_no_field_names_leave_the_others_of_their_composite_to_the_fields() -> None:
    class Measured(ExtensibleModel):
        quantities: tuple[Quantity, ...] = ()

    binding = SetBinding(
        "X",
        Measured,
        segment("QTY", quantities=repeat(2, 2, value=decimal("QTY01"), unit_of_measure="QTY02-1")),
    )
    both = Translation(binding, [Node(0, "QTY", ())], "X")
    for elements, units in ((["1", "EA>2>X", "3", "CA"], ["EA", "CA"]), (["", "", "3", "CA>2"], ["CA"])):
        read = both.decode([(0, ["QTY", *elements])], SEPARATORS).document
        assert isinstance(read, Measured)
        assert [quantity.unit_of_measure for quantity in read.quantities] == units
        assert both.encode(read, SEPARATORS) == [["QTY", *elements]]


def test_a_pair_with_a_hole_keeps_its_place() -> None:
    read = order("PO1*1*EA*2*UP**VN*77")
    assert [identifier.value for identifier in read.lines[0].identifiers] == ["77"]
    assert written(read) == ["BEG*7", "PO1*1*EA*2*UP**VN*77"]


def test_no_document_without_what_it_cannot_do_without() -> None:
    decoded = decode("BEG**20250102")
    assert decoded.document is None
    assert [finding.code for finding in decoded.findings] == ["X12-DOCUMENT-INCOMPLETE"]


def test_a_segment_without_a_place_is_kept_and_written_behind_its_entry() -> None:
    read = order("XYZ*1", "PO1*1*EA", "XYZ*2", "PO1*2*EA")
    assert [entry.extras[0].name for entry in (read, read.lines[0])] == ["XYZ", "XYZ"]
    assert written(read) == ["BEG*7", "XYZ*1", "PO1*1*EA", "XYZ*2", "PO1*2*EA"]
    assert written(order("N/A*1")) == ["BEG*7", "N/A*1"]
    lost = read.model_copy(update={"extras": (Extra(name="XYZ/REF", values={"REF01": "1"}),)})
    with pytest.raises(PayloadError, match="XYZ/REF"):
        written(lost)


def test_everything_that_does_not_fit_is_refused_at_once() -> None:
    identifiers = [{"kind": "other", "qualifier": f"Q{n}", "value": "1"} for n in range(3)]
    document = Order.model_validate(
        {
            "number": "7",
            "amount": "1.005",
            "references": [{"kind": "department", "qualifier": "VR", "value": "1", "description": "no place"}],
            "lines": [{"identifiers": identifiers, "extras": [{"name": "PO1", "values": {"REF01": "?"}}]}],
        }
    )
    with pytest.raises(PayloadError) as refusal:
        written(document)
    for said in ("more than 2 decimals", "department is not what", "/description", "carries 2, not 3", "REF01 is no"):
        assert said in str(refusal.value)


@pytest.mark.parametrize(("text", "day_read"), [("20250131", date(2025, 1, 31)), ("950322", date(1995, 3, 22))])
def test_dates_of_old_releases_get_their_century(text: str, day_read: date) -> None:
    read = decode(f"BEG*7*{text}").document
    assert isinstance(read, Order)
    assert read.day == day_read


@given(st.times().map(lambda value: value.replace(microsecond=value.microsecond // 10_000 * 10_000)))
def test_times_come_back(value: time) -> None:
    assert read_time(write_time(value)) == value


@given(st.decimals(-(10**8), 10**8, places=2), st.integers(0, 9))
def test_numbers_come_back(value: Decimal, places: int) -> None:
    assert read_decimal(write_decimal(value)) == value
    kind = implied(places)
    scaled = value.quantize(Decimal(1).scaleb(-min(places, 2)))
    assert kind.read(kind.write(scaled)) == scaled


@given(st.text(max_size=12))
def test_reading_a_value_never_raises(text: str) -> None:
    for kind in (DATE, TIME, DECIMAL, INTEGER, implied(2)):
        kind.read(text)


def test_a_flowing_segment_needs_exactly_one_list() -> None:
    with pytest.raises(ValueError, match="exactly one list"):
        flowing("N3", city="N301")
