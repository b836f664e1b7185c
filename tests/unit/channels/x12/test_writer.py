from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import PayloadError
from channels.x12.envelope import PartyId, Separators, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.writing.characters import CharacterSet
from channels.x12.writing.writer import (
    GroupHeader,
    InterchangeHeader,
    Lines,
    TransactionSet,
    interchange_version,
    write,
    write_ta1,
)

CREATED = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
BODY = (["BEG", "00", "NE", "4500001", "", "20261121"], ["PO1", "1", "10", "EA", "9.50", "", "", ""])


def header(**changes: object) -> InterchangeHeader:
    given_values: dict[str, object] = {
        "sender": PartyId("ZZ", "BUYER"),
        "receiver": PartyId("01", "123456789"),
        "control_number": 42,
        "created": CREATED,
        "version": "00401",
    }
    return InterchangeHeader(**{**given_values, **changes})  # type: ignore[arg-type]


def group(**changes: object) -> GroupHeader:
    given_values: dict[str, object] = {
        "functional_identifier": "PO",
        "sender": "BUYER",
        "receiver": "SUPPLIER",
        "control_number": 7,
        "created": CREATED,
        "release": "004010",
    }
    return GroupHeader(**{**given_values, **changes})  # type: ignore[arg-type]


def test_writes_every_envelope_with_counts_and_widths() -> None:
    written = write(header(), [(group(), [TransactionSet("850", 1, BODY), TransactionSet("850", 2, BODY)])])

    assert written.decode().split("~") == [
        "ISA*00*          *00*          *ZZ*BUYER          *01*123456789      *261121*0905*U*00401*000000042*0*P*>",
        "GS*PO*BUYER*SUPPLIER*20261121*0905*7*X*004010",
        "ST*850*0001",
        "BEG*00*NE*4500001**20261121",
        "PO1*1*10*EA*9.50",
        "SE*4*0001",
        "ST*850*0002",
        "BEG*00*NE*4500001**20261121",
        "PO1*1*10*EA*9.50",
        "SE*4*0002",
        "GE*2*7",
        "IEA*1*000000042",
        "",
    ]


def test_the_isa_is_106_characters_with_its_terminator() -> None:
    assert write(header(), [(group(), [TransactionSet("850", 1, BODY)])]).index(b"~") == 105


def test_repetition_separator_since_00402() -> None:
    written = write(header(version="00501"), [(group(release="005010"), [TransactionSet("850", 1, BODY)])])
    assert written.split(b"*")[11] == b"^"
    with pytest.raises(PayloadError, match="separators"):
        write(header(version="00501", separators=Separators("*", ">", "~")), [])


def one_order(**changes: object) -> bytes:
    return write(header(**changes), [(group(), [TransactionSet("850", 1, BODY)])])


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (Lines("segment"), "~\n"),
        (Lines("segment", "\r\n"), "~\r\n"),
        (Lines("segment", final=False), "~\n"),
        (Lines(final=True), "~"),
    ],
)
def test_line_ends_follow_segments_as_agreed(lines: Lines, joined: str) -> None:
    written, bare = one_order(lines=lines).decode(), one_order().decode()
    assert written.replace("\r", "").replace("\n", "") == bare
    assert written.startswith(bare[:106] + joined.removeprefix("~"))
    assert written.count(joined) == 8 - (lines.wrap == "segment" and lines.final is False)
    assert written.endswith("~") is (lines.final is False)


@pytest.mark.parametrize("columns", [40, 80, 132])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("final", [None, False])
def test_a_hard_wrap_cuts_lines_wherever_they_are_full(columns: int, end: str, final: bool | None) -> None:
    written = one_order(lines=Lines(columns, end, final))
    lines = written.decode().removesuffix(end).split(end)
    assert [len(line) for line in lines[:-1]] == [columns] * (len(lines) - 1)
    assert 0 < len(lines[-1]) <= columns
    assert "".join(lines) == one_order().decode()
    (interchange,) = scan(written).interchanges
    assert (interchange.note_code, interchange.groups[0].errors, interchange.groups[0].sets[0].errors) == (
        "000",
        (),
        (),
    )


def test_a_line_end_as_terminator_allows_no_other_lines() -> None:
    separators = Separators("*", ">", "\n", "^")
    assert one_order(separators=separators).count(b"\n") == 8
    with pytest.raises(PayloadError, match="lines cannot be wrapped"):
        one_order(separators=separators, lines=Lines("segment"))
    with pytest.raises(PayloadError, match="can only be the segment terminator"):
        one_order(separators=Separators("\r", ">", "~", "^"))


def test_dates_of_the_group_have_no_century_before_004010() -> None:
    def gs04(release: str) -> bytes:
        return (
            write(header(), [(group(release=release), [TransactionSet("850", 1, BODY)])]).split(b"~")[1].split(b"*")[4]
        )

    assert (gs04("003070"), gs04("004010VICS")) == (b"261121", b"20261121")


@pytest.mark.parametrize("characters", list(CharacterSet))
def test_bytes_are_those_of_the_character_set(characters: CharacterSet) -> None:
    def written() -> bytes:
        body = [["N1", "ST", "CAFÉ"]]
        return write(header(characters=characters), [(group(), [TransactionSet("850", 1, body)])])

    if characters in (CharacterSet.UTF_8, CharacterSet.LATIN_1):
        assert "CAFÉ".encode(characters.value) in written()
    else:
        with pytest.raises(PayloadError, match="N102: 'CAFÉ' holds 'É', outside the agreed characters"):
            written()


def test_acknowledgment_requested_usage_indicator_and_implementation() -> None:
    requested = header(acknowledgment_requested=True, usage_indicator="T")
    written = write(requested, [(group(), [TransactionSet("850", 1, BODY, implementation="GUIDE1")])]).decode()
    assert written.split("~")[0].endswith("*1*T*>")
    assert "~ST*850*0001*GUIDE1~" in written


def test_a_separator_inside_data_is_refused_by_element_and_value() -> None:
    body = [["N1", "ST", "Stars * Stripes"], ["MSG", "two\nlines"]]
    with pytest.raises(PayloadError, match=r"N102: 'Stars \* Stripes' holds '\*'.*MSG01: 'two\\nlines'"):
        write(header(), [(group(), [TransactionSet("850", 1, body)])])


def test_component_separators_stand_in_composites_only() -> None:
    def written(value: list[str]) -> bytes:
        return write(header(), [(group(), [TransactionSet("850", 1, [value])])])

    assert b"~SLN*1**I*2*EA>1>1~" in written(["SLN", "1", "", "I", "2", "EA>1>1"])
    with pytest.raises(PayloadError, match="N102: 'A>B' holds '>'"):
        written(["N1", "ST", "A>B"])


def test_the_repetition_separator_is_data_before_00402() -> None:
    body = [["N1", "ST", "A^B"]]
    assert b"~N1*ST*A^B~" in write(header(), [(group(), [TransactionSet("850", 1, body)])])
    with pytest.raises(PayloadError, match=r"N102: 'A\^B' holds '\^'"):
        write(header(version="00501"), [(group(release="005010"), [TransactionSet("850", 1, body)])])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sender": PartyId("ZZ", "SIXTEENCHARACTER")}, "ISA06"),
        ({"sender": PartyId("Z", "BUYER")}, "ISA05"),
        ({"receiver": PartyId("ZZ", " ")}, "ISA08"),
        ({"receiver": PartyId("ZZ", "A*B")}, r"ISA08: 'A\*B"),
        ({"control_number": 0}, "ISA13"),
        ({"control_number": 1_000_000_000}, "ISA13"),
        ({"version": "0401"}, "ISA12"),
        ({"usage_indicator": "X"}, "ISA15"),
        ({"separators": Separators("*", "*", "~")}, "separators"),
        ({"separators": Separators("A", ">", "~")}, "separators"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(changes: dict[str, object], named: str) -> None:
    with pytest.raises(PayloadError, match=named):
        write(header(**changes), [(group(), [TransactionSet("850", 1, BODY)])])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"functional_identifier": "P"}, "GS01"),
        ({"sender": ""}, "GS02"),
        ({"receiver": "SIXTEENCHARACTER"}, "GS03"),
        ({"release": ""}, "GS08"),
        ({"control_number": 0}, "GS06"),
    ],
)
def test_a_group_that_does_not_fit_is_refused(changes: dict[str, object], named: str) -> None:
    with pytest.raises(PayloadError, match=named):
        write(header(), [(group(**changes), [TransactionSet("850", 1, BODY)])])


def test_a_group_without_sets_or_with_a_number_twice_is_refused() -> None:
    with pytest.raises(PayloadError, match="no transaction set"):
        write(header(), [(group(), [])])
    with pytest.raises(PayloadError, match="twice"):
        write(header(), [(group(), [TransactionSet("850", 1, BODY), TransactionSet("850", 1, BODY)])])


def test_all_problems_are_named_at_once_and_capped() -> None:
    body = [["MSG", "a~b"]] * 130
    with pytest.raises(PayloadError, match=r"ISA13.*GS01.*MSG01.*and 32 more") as refused:
        write(header(control_number=0), [(group(functional_identifier="?"), [TransactionSet("850", 1, body)])])
    assert len(refused.value.findings) == 132


def test_ta1_stands_in_an_interchange_without_groups() -> None:
    written = write_ta1(header(), [["TA1", "000000009", "261120", "2359", "A", "000"]]).decode().split("~")
    assert written[1:] == ["TA1*000000009*261120*2359*A*000", "IEA*0*000000042", ""]


def test_version_of_a_release() -> None:
    assert interchange_version("004010VICS") == "00401"
    assert interchange_version("005010") == "00501"


elements = st.text(string.ascii_letters + string.digits + " .,-/#&'()é", max_size=12)
bodies = st.lists(
    st.tuples(st.sampled_from(["REF", "N1", "PO1", "MSG"]), st.lists(elements, min_size=1, max_size=6)).filter(
        lambda segment: bool(segment[1][-1])
    ),
    max_size=8,
)


@given(
    sets=st.lists(bodies, min_size=1, max_size=3),
    lines=st.builds(
        Lines,
        st.sampled_from(["none", "segment", 40, 80]),
        st.sampled_from(["\n", "\r\n"]),
        st.sampled_from([None, True, False]),
    ),
    separators=st.sampled_from([Separators("*", ">", "~", "^"), Separators("|", ":", "'", "!")]),
)
def test_the_scan_reads_back_what_was_written(
    sets: list[list[tuple[str, list[str]]]], lines: Lines, separators: Separators
) -> None:
    whole = [[[name, *values] for name, values in body] for body in sets if body]
    if not whole:
        whole = [[["REF", "PO", "1"]]]
    if separators.segment == "'":
        whole = [[[value.replace("'", "") or "x" for value in segment] for segment in body] for body in whole]
    written = write(
        header(version="00501", lines=lines, separators=separators, characters=CharacterSet.UTF_8),
        [(group(release="005010"), [TransactionSet("850", n, body) for n, body in enumerate(whole, start=1)])],
    )

    found = scan(written)
    (interchange,) = found.interchanges
    assert found.bytes_accounted == found.size == len(written)
    assert (interchange.note_code, interchange.findings, interchange.groups[0].errors) == ("000", (), ())
    assert interchange.sender == PartyId("ZZ", "BUYER")
    spans = interchange.groups[0].sets
    assert [span.errors for span in spans] == [()] * len(whole)
    read = [list(set_segments(written, span, interchange.separators))[1:-1] for span in spans]
    assert read == whole
