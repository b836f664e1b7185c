from __future__ import annotations

import mmap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.finding import Severity, Verdict
from channels.x12.acknowledging.acknowledgment import acknowledge_interchange, ta1_segment
from channels.x12.envelope import Scan, Separators, SetSpan, isa, scan
from channels.x12.envelope.segments import SEGMENT_SIZE_LIMIT, set_segments

ISA = "ISA*00*          *00*          *ZZ*SENDERID       *ZZ*RECEIVERID     *240115*1230*U*00401*000000001*0*P*>~"
GS = "GS*PO*SENDER*RECEIVER*20240115*1230*7*X*004010~"
SET = "ST*850*0001~BEG*00*SA*4500**20240115~PO1*1*5*EA*9.25~SE*4*0001~"
INTERCHANGE = f"{ISA}{GS}{SET}GE*1*7~IEA*1*000000001~"


def scanned(text: str) -> Scan:
    data = text.encode("latin-1")
    result = scan(data)
    assert_every_byte_once(data, result)
    return result


def assert_every_byte_once(data: bytes, result: Scan) -> None:
    """Interchanges and remnants do not overlap, and what they leave out is padding."""
    pieces = sorted(
        [(i.offset, i.length) for i in result.interchanges] + [(r.offset, r.length) for r in result.remnants]
    )
    position = 0
    for offset, length in [*pieces, (len(data), 0)]:
        assert offset >= position
        assert not data[position:offset].strip(b"\r\n\t \x00\x1a\xef\xbb\xbf")
        position = offset + length
    assert result.bytes_accounted == result.size == len(data)
    for interchange in result.interchanges:
        for group in interchange.groups:
            for span in group.sets:
                assert interchange.offset <= span.offset
                assert span.offset + span.length <= interchange.offset + interchange.length


def codes(result: Scan) -> list[str]:
    return [f.code for f in result.findings] + [f.code for i in result.interchanges for f in i.findings]


def only_set(result: Scan) -> SetSpan:
    [interchange] = result.interchanges
    [group] = interchange.groups
    [span] = group.sets
    return span


def test_a_clean_interchange_is_read_from_the_positions_of_its_header() -> None:
    result = scanned(INTERCHANGE)
    [interchange] = result.interchanges
    assert interchange.separators == Separators("*", ">", "~", None)
    assert (interchange.sender.qualifier, interchange.sender.id) == ("ZZ", "SENDERID")
    assert (interchange.note_code, interchange.control_number) == ("000", "000000001")
    [group] = interchange.groups
    assert (group.functional_identifier, group.release, group.errors) == ("PO", "004010", ())
    span = only_set(result)
    assert (span.type, span.segment_count, span.errors) == ("850", 4, ())
    data = INTERCHANGE.encode()
    assert data[span.offset : span.offset + span.length] == SET.encode()
    assert codes(result) == []


def test_the_repetition_separator_exists_from_release_00402_on() -> None:
    newer = INTERCHANGE.replace("*U*00401*", "*^*00501*")
    assert scanned(newer).interchanges[0].separators.repetition == "^"
    assert scanned(INTERCHANGE.replace("*U*", "*^*")).interchanges[0].separators.repetition is None


@pytest.mark.parametrize("wrap", ["\n", "\r\n", "\r"])
def test_line_ends_behind_terminators_do_not_count(wrap: str) -> None:
    result = scanned(INTERCHANGE.replace("~", f"~{wrap}"))
    assert only_set(result).errors == ()
    assert codes(result) == []


@pytest.mark.parametrize("terminator", ["\n", "\r", "\r\n", "\x1c", "'", "\x85"])
def test_any_single_byte_ends_segments(terminator: str) -> None:
    result = scanned(INTERCHANGE.replace("~", terminator))
    assert only_set(result).segment_count == 4
    assert codes(result) == []


@pytest.mark.parametrize("width", [40, 79, 80, 100])
def test_lines_wrapped_at_a_fixed_width_are_read_even_inside_names_and_the_header(width: int) -> None:
    wrapped = "\r\n".join(INTERCHANGE[i : i + width] for i in range(0, len(INTERCHANGE), width))
    result = scanned(wrapped)
    span = only_set(result)
    assert (span.errors, result.interchanges[0].note_code) == ((), "000")
    segments = list(set_segments(wrapped.encode(), span, result.interchanges[0].separators))
    assert "".join("*".join(e) + "~" for e in segments) == SET


@pytest.mark.parametrize("padding", ["\0\0\0", "   ", "\r\n\r\n", "\x1a"])
def test_padding_behind_the_end_is_no_remnant(padding: str) -> None:
    assert codes(scanned(INTERCHANGE + padding)) == []
    assert codes(scanned(INTERCHANGE[:-1] + padding)) == ["X12-NO-TERMINATOR"]


def test_byte_order_mark_and_leading_blanks_are_noted() -> None:
    result = scan(b"\xef\xbb\xbf" + INTERCHANGE.encode())
    assert (codes(result), result.bytes_accounted) == (["X12-BOM"], len(INTERCHANGE) + 3)
    assert codes(scanned(" \r\n" + INTERCHANGE)) == ["X12-LEADING-BLANKS"]


def test_empty_segments_are_not_counted() -> None:
    assert only_set(scanned(INTERCHANGE.replace("~PO1", "~~\r\n~ ~PO1"))).errors == ()


def test_interchanges_with_other_separators_follow_each_other() -> None:
    other = INTERCHANGE.replace("*", "|").replace("~", "\n").replace(">", "^").replace("000000001", "000000002")
    result = scanned(INTERCHANGE + "\r\n~~" + other + INTERCHANGE)
    assert [i.separators.element for i in result.interchanges] == ["*", "|", "*"]
    assert [len(i.groups[0].sets) for i in result.interchanges] == [1, 1, 1]
    [remnant] = result.remnants
    assert (remnant.offset, remnant.length, remnant.code) == (len(INTERCHANGE) + 2, 2, "X12-REMNANT")


def test_an_interchange_cut_inside_a_segment_does_not_hide_the_next() -> None:
    cut = INTERCHANGE[: INTERCHANGE.index("*EA*")]
    result = scanned(cut + INTERCHANGE)
    assert [i.note_code for i in result.interchanges] == ["023", "000"]
    assert result.interchanges[0].groups[0].sets[0].errors == ("2",)
    assert [(r.code, r.preview) for r in result.remnants] == [("X12-CUT-SEGMENT", "PO1*1*5")]


def test_a_second_interchange_cut_inside_its_header_is_a_remnant() -> None:
    result = scanned(INTERCHANGE + ISA[:50])
    assert len(result.interchanges) == 1
    assert [(r.offset, r.code) for r in result.remnants] == [(len(INTERCHANGE), "X12-CUT-HEADER")]


def test_text_behind_the_last_trailer_is_a_remnant() -> None:
    result = scanned(INTERCHANGE + "\nsent by our new system")
    assert [(r.code, r.preview) for r in result.remnants] == [("X12-REMNANT", "sent by our new system")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"<!DOCTYPE html><html>login</html>", "HTML"),
        (b"PK\x03\x04....", "ZIP"),
        (b"UNA:+.? 'UNB+UNOA:3", "EDIFACT"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b'{"a": 1}', "JSON"),
        (b"isa*00*", "lower case"),
        (b"GS*PO*A*B~ST*850*1~", "without an interchange header"),
        (b"\x00\x01\x02\x03\xff" * 9, "binary"),
    ],
)
def test_what_is_not_x12_is_named(content: bytes, kind: str) -> None:
    result = scan(content)
    assert_every_byte_once(content, result)
    assert codes(result) == ["X12-NOT-X12"]
    assert kind in result.findings[0].message


@pytest.mark.parametrize("content", ["", " \r\n", "\0\0"])
def test_an_empty_file_is_named(content: str) -> None:
    assert codes(scanned(content)) == ["X12-EMPTY"]


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("IEA*1*000000001", "IEA*1*000000002", "001"),
        ("IEA*1*", "IEA*3*", "021"),
        ("IEA*1*000000001~", "", "023"),
        ("*00401*", "*05010*", "017"),
        ("*000000001*0*P", "*00000000A*0*P", "018"),
        ("*000000001*0*P", "*000000000*0*P", "018"),
        ("*0*P*>", "*0*X*>", "020"),
        ("*0*P*>", "*7*P*>", "019"),
        ("*ZZ*SENDERID ", "*Q9*SENDERID ", "005"),
        ("*ZZ*RECEIVERID ", "*Q9*RECEIVERID ", "007"),
        ("SENDERID       ", "               ", "006"),
        ("*240115*1230*U", "*240230*1230*U", "014"),
        ("*240115*1230*U", "*240115*2530*U", "015"),
        ("*P*>", "*P**", "027"),
        ("*P*>~", "*P*>A", "004"),
        (GS, "", "024"),
        ("ST*850*0001~", "", "024"),
        ("GE*1*7~", "GE*1*7~GE*1*7~", "024"),
        ("GE*1*7~", "N9*ZZ*LOST~GE*1*7~", "024"),
        ("*SENDERID       *", "*SENDERID*", "022"),
    ],
)
def test_envelope_errors_carry_the_note_code_of_a_ta1(old: str, new: str, note: str) -> None:
    [interchange] = scanned(INTERCHANGE.replace(old, new, 1)).interchanges
    assert f"X12-TA105-{note}" in [f.code for f in interchange.findings]
    assert interchange.note_code == note or note in {"021", "024"}


def test_requests_for_services_may_stand_outside_sets() -> None:
    text = INTERCHANGE.replace(GS, f"ISB*1~ISE*200601*0515*04~{GS}").replace("IEA*", "TA3*ZZ*X*240115*1230*ZZ~IEA*")
    assert codes(scanned(text)) == []
    assert only_set(scanned(text)).segment_count == 4


def test_an_error_that_leaves_the_interchange_readable_hides_no_graver_one() -> None:
    odd = INTERCHANGE.replace("*00401*", "*00040*").replace("*ZZ*SENDERID", "*WX*SENDERID")
    [interchange] = scanned(odd).interchanges
    assert (interchange.note_code, [f.severity for f in interchange.findings]) == ("005", [Severity.WARNING] * 2)
    [interchange] = scanned(odd.replace("*ZZ*RECEIVERID     ", "*ZZ*" + " " * 15)).interchanges
    assert interchange.note_code == "008"


def test_a_short_control_number_is_a_matter_of_widths() -> None:
    [interchange] = scanned(INTERCHANGE.replace("*000000001", "*1")).interchanges
    assert (interchange.note_code, interchange.control_number) == ("022", "1")
    assert ta1_segment(acknowledge_interchange(interchange, Verdict.ACCEPTED))[1] == "000000001"


def test_a_header_of_wrong_widths_is_still_read() -> None:
    [interchange] = scanned(INTERCHANGE.replace("*SENDERID       *", "*SENDERID*")).interchanges
    assert interchange.sender.id == "SENDERID"
    assert interchange.groups[0].sets[0].errors == ()


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("GE*1*7~", "GE*1*8~", ("4",)),
        ("GE*1*7~", "GE*2*7~", ("5",)),
        ("GE*1*7~", "GE*1*007 ~", ()),
        ("GE*1*7~", "", ("3",)),
        ("GS*PO*", "GS*IN*", ("1",)),
        ("*X*004010~", "*X*VICS~", ("2",)),
        ("*1230*7*X", "*1230*A7*X", ("4", "6")),
    ],
)
def test_group_errors_are_ak905_codes(old: str, new: str, errors: tuple[str, ...]) -> None:
    [interchange] = scanned(INTERCHANGE.replace(old, new)).interchanges
    assert interchange.groups[0].errors == errors
    assert [f.code for f in interchange.findings] == [f"X12-AK905-{e}" for e in errors]


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("SE*4*0001", "SE*4*0002", ("3",)),
        ("SE*4*0001", "SE*5*0001", ("4",)),
        ("SE*4*0001", "SE*04*0001 ", ()),
        ("SE*4*0001", "SE*\u0664*0001", ("4",)),
        ("SE*4*0001~", "", ("2",)),
        ("ST*850*0001", "ST*856*0001", ("6",)),
        ("ST*850*0001", "ST*850", ("3", "7")),
    ],
)
def test_set_errors_are_ak502_codes(old: str, new: str, errors: tuple[str, ...]) -> None:
    data = INTERCHANGE.replace(old, new).encode()
    assert only_set(scan(data)).errors == errors


def test_a_control_number_used_twice_marks_the_second_only() -> None:
    twice = INTERCHANGE.replace(SET, SET + SET).replace("GE*1*", "GE*2*")
    [first, second] = scanned(twice).interchanges[0].groups[0].sets
    assert (first.errors, second.errors) == ((), ("7",))
    newer = scanned(twice.replace("004010", "005010")).interchanges[0].groups[0].sets
    assert newer[1].errors == ("23",)


def test_a_group_control_number_used_twice_marks_the_second_group() -> None:
    group = f"{GS}{SET}GE*1*7~"
    groups = scanned(INTERCHANGE.replace(group, group * 2).replace("IEA*1*", "IEA*2*")).interchanges[0].groups
    assert [g.errors for g in groups] == [(), ("6",)]


def test_interchange_acknowledgments_are_kept_without_their_name() -> None:
    [interchange] = scanned(ISA + "TA1*000000009*240115*1230*A*000~IEA*0*000000001~").interchanges
    assert interchange.ta1 == (("000000009", "240115", "1230", "A", "000"),)
    assert interchange.note_code == "000"


def test_long_sets_and_long_segments_are_read_in_blocks() -> None:
    line = "PO1*1*5*EA*9.25~"
    many, long = line * 20_000, "N9*ZZ*" + "X" * 300_000 + "~"
    text = INTERCHANGE.replace(line, many + long).replace("SE*4*", "SE*20004*")
    result = scanned(text)
    span = only_set(result)
    segments = list(set_segments(text.encode(), span, result.interchanges[0].separators))
    assert len(segments) == span.segment_count == 20_004
    assert max(len(e[2]) for e in segments if e[0] == "N9") == 300_000


@pytest.mark.parametrize(
    ("long", "read"),
    [
        ("N9*ZZ*" + "X" * SEGMENT_SIZE_LIMIT + "~", [["N9"]]),
        ("\r\n" * SEGMENT_SIZE_LIMIT + "N9*ZZ*A~", [["N9", "ZZ", "A"]]),
        (" " * SEGMENT_SIZE_LIMIT + "\n~", []),
        ("X" * (SEGMENT_SIZE_LIMIT + 1) + "~", [["X" * 80]]),
        ("*" * (SEGMENT_SIZE_LIMIT + 1) + "~", [[""]]),
        ("N\n9*" + "\xc9" * SEGMENT_SIZE_LIMIT + "~", [["N9"]]),
    ],
    ids=["a value", "line ends before it", "nothing but blanks", "a name", "nothing but separators", "two bytes each"],
)
def test_of_a_segment_longer_than_is_read_there_is_the_name(long: str, read: list[list[str]]) -> None:
    line = "PO1*1*5*EA*9.25~"
    data = INTERCHANGE.replace(line, line + long).encode()
    result = scan(data)
    rows = list(set_segments(data, only_set(result), result.interchanges[0].separators))
    assert rows[3:-1] == read
    assert len(rows) == only_set(result).segment_count
    assert_every_byte_once(data, result)


def test_text_is_utf8_where_valid_and_latin1_else() -> None:
    for encoding in ("utf-8", "latin-1"):
        data = INTERCHANGE.replace("4500", "CAF\u00c9").encode(encoding)
        result = scan(data)
        segments = list(set_segments(data, only_set(result), result.interchanges[0].separators))
        assert segments[1][3] == "CAF\u00c9"


def test_a_mapped_file_reads_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "in.edi"
    path.write_bytes(INTERCHANGE.encode())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        result = scan(mapped)
        assert result == scan(INTERCHANGE.encode())
        assert len(list(set_segments(mapped, only_set(result), result.interchanges[0].separators))) == 4


def test_time_grows_with_the_number_of_sets_and_groups_only() -> None:
    def seconds(count: int) -> float:
        sets = "".join(f"ST*850*{i:09d}~SE*2*{i:09d}~" for i in range(count))
        groups = "".join(f"GS*PO*A*B*20240115*1230*{i}*X*004010~GE*0*{i}~" for i in range(count // 4))
        data = f"{ISA}{GS}{sets}GE*{count}*7~{groups}IEA*1*000000001~".encode()
        started = time.process_time()
        scan(data)
        return time.process_time() - started

    seconds(1000)
    small, large = min(seconds(5_000) for _ in range(3)), min(seconds(20_000) for _ in range(3))
    assert large / small < 8


@settings(max_examples=300)
@given(
    edits=st.lists(
        st.tuples(
            st.integers(0, 600),
            st.integers(0, 30),
            st.sampled_from(
                [b"", b"~", b"*", b"\n", b"ISA", b"ISA*", b"GS*", b"ST*850*", b"SE*", b"IEA*1*1", b"\xff\0"]
            ),
        ),
        max_size=6,
    ),
    cut=st.integers(0, 700),
)
def test_damaged_files_never_raise_and_lose_no_byte(edits: list[tuple[int, int, bytes]], cut: int) -> None:
    data = (INTERCHANGE + "\r\n" + INTERCHANGE.replace("*", "|").replace("~", "\n")).encode()
    for position, length, inserted in edits:
        data = data[:position] + inserted + data[position + length :]
    data = data[: len(data) - cut % 200] if cut < 400 else data
    result = scan(data)
    assert_every_byte_once(data, result)
    for interchange in result.interchanges:
        for span in (span for group in interchange.groups for span in group.sets):
            assert sum(1 for _ in set_segments(data, span, interchange.separators)) == span.segment_count


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_accounted_for(data: bytes) -> None:
    assert_every_byte_once(data, scan(data))
    framed = ISA.encode() + data
    assert_every_byte_once(framed, scan(framed))


def test_a_span_that_holds_nothing_but_a_line_wrap_has_no_segments() -> None:
    assert list(set_segments(b"\r\n", SetSpan("850", "", "", 0, 2, 0), Separators("*", ">", "~"))) == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_isa_without_its_last_element_is_read_by_how_the_lines_behind_it_end(line_end: str) -> None:
    """The terminator stands where the component separator belongs, and the line end where the terminator does."""
    head = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260307*0830*U*00401*000000001*0*P*~"
    lines = [head, "GS*PO*A*B*20260307*0830*1*X*004010~", "ST*850*0001~", "BEG*00*SA*1**20260307~"]
    lines += ["PO1*1*1*EA~", "SE*4*0001~", "GE*1*1~", "IEA*1*000000001~", ""]
    data = line_end.join(lines).encode()
    result = scan(data)
    [found] = result.interchanges
    assert (found.separators.segment, found.separators.component, found.note_code) == ("~", ":", "022")
    [group] = found.groups
    assert (group.release, group.errors, group.sets[0].errors) == ("004010", (), ())
    assert list(set_segments(data, group.sets[0], found.separators))[-1] == ["SE", "4", "0001"]
    assert result.bytes_accounted == len(data)


def test_a_line_feed_that_ends_segments_is_a_terminator_all_the_same() -> None:
    head = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260307*0830*U*00401*000000001*0*P*~"
    lines = [head, "GS*PO*A*B*20260307*0830*1*X*004010", "ST*850*0001", "SE*2*0001", "GE*1*1", "IEA*1*000000001", ""]
    [found] = scan("\n".join(lines).encode()).interchanges
    assert (found.separators.segment, found.separators.component, found.note_code) == ("\n", "~", "000")


ISA_TEXTS = st.sampled_from(
    ["00", "ZZ", "1 ", "  ", "240230", "2460", "00000", "000000000", "^", "U", "2", "T", "~", "\u00b2"]
)


@settings(max_examples=400)
@given(st.lists(st.tuples(st.integers(0, 105), ISA_TEXTS), max_size=3), st.sampled_from(["", "~\r\n", "\r\nGS*PO~"]))
def test_a_header_that_is_plainly_right_is_read_alike_with_care(edits: list[tuple[int, str]], behind: str) -> None:
    text = ISA
    for at, put in edits:
        text = (text[:at] + put + text[at + len(put) :])[:106]
    data = (text + behind).encode("latin-1")
    plain = isa._plain(data, 0)
    assert plain is None or plain == isa._exact(data, 0)


def test_a_usual_header_is_plainly_right() -> None:
    """Else the quick way were of no use, and nobody would notice."""
    for usual in (ISA, ISA.replace("*U*00401", "*^*00501"), ISA.replace("~", "\x85"), ISA.replace("*P*", "*T*")):
        assert isa._plain(usual.encode("latin-1"), 0) is not None


def test_a_release_without_its_zeros_is_no_newer_one() -> None:
    """4010 is 004010: a set of another group is a 6 there, not the 18 of later releases."""
    head = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260307*0830*U*00401*000000001*0*P*>~"
    for release, code in (("4010", "6"), ("004010", "6"), ("005010", "18")):
        body = f"GS*IN*A*B*20260307*0830*1*X*{release}~ST*850*0001~SE*2*0001~GE*1*1~IEA*1*000000001~"
        [found] = scan((head + body).encode()).interchanges
        assert found.groups[0].sets[0].errors == (code,)
