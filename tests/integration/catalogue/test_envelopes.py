"""Rows XE01 to XE28 and XE31 of the catalogue of bad input, in which no store takes part: envelopes."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest

from canonical.finding import Verdict
from channels.x12.envelope import scan
from channels.x12.envelope.segments import SEGMENT_SIZE_LIMIT
from hub.inspection.file import InspectedSet, inspect
from tests.integration.catalogue.case import Case, Outcome, answered, inspected, outcome, pinned
from tests.integration.x12_text import Isa, group, purchase_order, transaction_set

ISA, NEWER = Isa(), Isa(version="00501", standards="^")
ORDER = purchase_order()
BODY = ["BEG*00*SA*PO-1**20261120", "PO1*1*12*EA*9.95", "CTT*1"]
GOOD = ISA.around(group("PO", ORDER))
SECOND = Isa(number="000000043").around(group("PO", purchase_order(order="PO-2"), number="8"))
OTHERWISE = Isa(number="000000043", element="|", component="<", terminator="'")
ACCEPTED = answered("A")
ACCEPTED_SECOND = answered("A", kind="PO*8")
NEIGHBOUR = purchase_order("0002", "PO-2")


def ta1(verdict: str, note: str) -> str:
    return f"TA1*000000042*261120*0905*{verdict}*{note}"


def accepted(codes: str = "", *answers: str) -> Outcome:
    return outcome("A", codes, *(answers or (ACCEPTED,)))


def refused(note: str, codes: str = "", verdicts: str = "R") -> Outcome:
    """The whole interchange, by a TA1; every set of it says so."""
    told = codes or f"X12-TA105-{note} " + "X12-INTERCHANGE-REFUSED " * len(verdicts)
    return outcome(verdicts, told, ta1("R", note))


def forgiven(id: str, data: bytes, note: str) -> Case:
    """Readable all the same: lenient reads on, strict refuses by TA1."""
    return Case(id, data, accepted(f"X12-TA105-{note}"), refused(note))


def group_in_error(id: str, data: bytes, code: str, counts: str = "1*1") -> Case:
    """Lenient notes it (E), strict refuses the group."""
    told = f"X12-AK905-{code}"
    head = "AK1*PO*7~AK2*850*0001~"
    return Case(
        id,
        data,
        outcome("A", told, f"{head}AK5*A~AK9*E*{counts}*1*{code}"),
        outcome("R", told, f"{head}AK5*R~AK9*R*{counts}*0*{code}"),
    )


def bad_set(id: str, first: str, code: str) -> Case:
    """One set's envelope is wrong: it is rejected alone, whatever the policy."""
    told = f"AK1*PO*7~AK2*850*0001~AK5*R*{code}~AK2*850*0002~AK5*A~AK9*P*2*2*1"
    return Case(id, ISA.around(group("PO", first, NEIGHBOUR)), outcome("RA", f"X12-AK502-{code}", told))


def of_another_kind(id: str, isa: Isa, release: str, code: str) -> Case:
    told = f"X12-AK905-1 X12-AK502-{code}"
    head = f"AK1*IN*7{'*005010' if release == '005010' else ''}~AK2*850*0001~"
    return Case(
        id,
        isa.around(group("IN", ORDER, release=release)),
        outcome("E", told, f"{head}AK5*E*{code}~AK9*E*1*1*1*1"),
        outcome("R", told, f"{head}AK5*R*{code}~AK9*R*1*1*0*1"),
    )


def interchanges() -> Iterator[Case]:
    yield Case("XE01 an empty file", b"", outcome("", "X12-EMPTY"))
    yield Case("XE01 nothing but blanks", b" \r\n", outcome("", "X12-EMPTY"))
    yield Case("XE02 a byte order mark", b"\xef\xbb\xbf" + GOOD, accepted("X12-BOM"))
    yield Case("XE02 blanks before ISA", b"\r\n  " + GOOD, accepted("X12-LEADING-BLANKS"))
    for kind, data in (
        ("PDF", b"%PDF-1.7\n%\xe2\xe3"),
        ("HTML", b"<html><body>Please sign in</body></html>"),
        ("ZIP", b"PK\x03\x04\x14\x00"),
        ("EDIFACT", b"UNA:+.? 'UNB+UNOA:1+A+B+200101:1200+1'"),
    ):
        yield Case(f"XE03 {kind}", data, outcome("", "X12-NOT-X12"))
    yield forgiven("XE04 an ISA too short", GOOD.replace(b"ACME           *", b"ACME*", 1), "022")
    yield forgiven("XE04 an ISA too long", GOOD.replace(b"ACME           *", b"ACME               *", 1), "022")
    for what, isa, note in (
        ("an element separator that is a letter", Isa(element="A"), "026"),
        ("a component separator that is a digit", Isa(component="1"), "027"),
        ("a component separator equal to the element separator", Isa(component="*"), "027"),
        ("a terminator that is a letter", Isa(terminator="Z"), "004"),
        ("a terminator equal to the element separator", Isa(terminator="*"), "004"),
    ):
        data = isa.around(group("PO", ORDER))
        yield Case(f"XE05 {what}", data, outcome("", f"X12-TA105-{note}", ta1("R", note)))
    yield forgiven("XE06 an unknown sender qualifier", Isa(sender_qualifier="Q7").around(group("PO", ORDER)), "005")
    yield forgiven("XE06 an unknown receiver qualifier", Isa(receiver_qualifier="Q7").around(group("PO", ORDER)), "007")
    for note, isa in (("006", Isa(sender="")), ("008", Isa(receiver=""))):  # no answer could be addressed
        codes = f"X12-TA105-{note} X12-INTERCHANGE-REFUSED X12-ANSWER-UNWRITABLE"
        yield Case(f"XE06 note {note}: an empty identifier", isa.around(group("PO", ORDER)), outcome("R", codes))
    yield forgiven(
        "XE08 a version of the controls that is none", Isa(version="00100").around(group("PO", ORDER)), "017"
    )
    for number in ("00000004A", "000000000"):
        told = f"TA1*{number}*261120*0905*R*018"
        data = Isa(number=number).around(group("PO", ORDER))
        yield Case(f"XE09 ISA13 {number}", data, outcome("R", "X12-TA105-018 X12-INTERCHANGE-REFUSED", told))
    yield forgiven("XE13 IEA02 differs from ISA13", Isa(trailer="000000041").around(group("PO", ORDER)), "001")
    yield forgiven("XE14 IEA01 miscounts", Isa(count="2").around(group("PO", ORDER)), "021")
    yield Case("XE15 IEA is missing", GOOD[: GOOD.index(b"IEA")], refused("023"))
    yield Case(
        "XE15 cut in a segment",
        GOOD[: GOOD.index(b"PO1*1") + 8],
        refused(
            "023",
            "X12-CUT-SEGMENT X12-AK905-3 X12-TA105-023 X12-AK304-3 X12-AK502-2 X12-INTERCHANGE-REFUSED",
        ),
    )


def groups() -> Iterator[Case]:
    yield group_in_error("XE17 GE02 differs from GS06", ISA.around(group("PO", ORDER, trailer="8")), "4")
    yield group_in_error("XE17 GE01 miscounts", ISA.around(group("PO", ORDER, count="2")), "5", "2*1")
    headless = group("PO", ORDER).partition("GE*")[0]
    yield group_in_error("XE17 GE is missing", ISA.around(headless), "3")
    yield bad_set("XE18 SE02 differs from ST02", transaction_set("850", BODY, trailer="0009"), "3")
    yield bad_set("XE18 SE01 miscounts", transaction_set("850", BODY, count="9"), "4")
    yield bad_set("XE19 SE is missing", transaction_set("850", BODY).partition("SE*")[0], "2")
    yield of_another_kind("XE26 GS01 does not fit ST01", ISA, "004010", "6")
    yield of_another_kind("XE26 GS01 does not fit ST01, since 005010", NEWER, "005010", "18")
    told = "X12-AK905-2 X12-RELEASE-NEAREST"
    yield Case(
        "XE26 GS08 that is no release",
        ISA.around(group("PO", ORDER, release="ABC")),
        outcome("A", told, answered("A").replace("AK9*A*1*1*1", "AK9*E*1*1*1*2")),
        outcome("R", told, answered("R", codes="2")),
    )
    yield Case(
        "XE26 GS08 that is not held",
        ISA.around(group("PO", ORDER, release="009010")),
        accepted("X12-RELEASE-NEAREST", answered("A", kind="PO*7*009010")),
    )


def misplaced() -> Iterator[Case]:
    yield Case(
        "XE16 GS is missing",
        ISA.around(ORDER),
        refused("024", "X12-TA105-024 X12-RELEASE-NEAREST X12-INTERCHANGE-REFUSED"),
    )
    yield Case("XE16 GE without GS", ISA.around("GE*1*7~"), outcome("", "X12-TA105-024", ta1("R", "024")))
    yield Case("XE16 SE before ST", ISA.around(group("PO", "SE*3*0001~", ORDER)), refused("024"))
    yield Case("XE16 IEA first", b"IEA*1*000000042~" + GOOD, accepted("X12-REMNANT"))
    yield Case("XE16 IEA alone", b"IEA*1*000000042~", outcome("", "X12-NOT-X12"))


def twice() -> Iterator[Case]:
    """The first of two keeps its number. A group's content is readable all the same, which lenient forgives."""
    again = purchase_order("0001", "PO-2")
    for what, isa, release, of_set, of_group in (
        ("", ISA, "004010", "7", "6"),
        (", since 005010", NEWER, "005010", "23", "19"),
    ):
        head = f"AK1*PO*7{'*005010' if release == '005010' else ''}~AK2*850*0001~"
        yield Case(
            f"XE20 ST02 twice in a group{what}",
            isa.around(group("PO", ORDER, again, release=release)),
            outcome("AR", f"X12-AK502-{of_set}", f"{head}AK5*A~AK2*850*0001~AK5*R*{of_set}~AK9*P*2*2*1"),
        )
        first, told = f"{head}AK5*A~AK9*A*1*1*1", f"X12-AK905-{of_group}"
        yield Case(
            f"XE20 GS06 twice in an interchange{what}",
            isa.around(group("PO", ORDER, release=release), group("PO", again, release=release)),
            outcome("AA", told, first, f"{head}AK5*A~AK9*E*1*1*1*{of_group}"),
            outcome("AR", told, first, f"{head}AK5*R~AK9*R*1*1*0*{of_group}"),
        )


def several() -> Iterator[Case]:
    both = (ACCEPTED, ACCEPTED_SECOND)
    otherwise = OTHERWISE.around(group("PO", purchase_order(order="PO-2"), number="8"))
    yield Case("XE21 two interchanges", GOOD + SECOND, outcome("AA", "", *both))
    yield Case("XE22 an empty segment between them", GOOD + b"~" + SECOND, outcome("AA", "X12-REMNANT", *both))
    yield Case("XE22 line ends between them", GOOD + b"\r\n\r\n" + SECOND, outcome("AA", "", *both))
    yield Case("XE23 the second has other separators", GOOD + otherwise, outcome("AA", "", *both))
    yield Case("XE24 the second is cut in its ISA", GOOD + SECOND[:60], accepted("X12-CUT-HEADER"))
    yield Case("XE25 text after the last IEA", GOOD + b"Best regards, Jo", accepted("X12-REMNANT"))
    asking = Isa(requested="1")
    nothing = transaction_set("997", ["AK1*PO*1", "AK9*A*1*1*1"])
    yield Case("XE31 a 997 is not acknowledged", asking.around(group("FA", nothing)), outcome("A"))
    yield Case("XE31 a TA1 is not acknowledged", asking.around("TA1*000000001*261120*0905*A*000~"), outcome())


CASES = [*interchanges(), *misplaced(), *groups(), *twice(), *several()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_lenient_partner_is_answered_to_the_letter(case: Case) -> None:
    assert inspected(case.data, pinned()) == case.lenient


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_strict_partner_is_answered_to_the_letter(case: Case) -> None:
    assert inspected(case.data, pinned("strict")) == (case.strict or case.lenient)


def test_every_row_has_its_case() -> None:
    rows = {case.id[:4] for case in CASES}
    in_other_tests = {"XE07", "XE10", "XE11", "XE12", "XE27", "XE28", "XE29", "XE30"}
    assert rows | in_other_tests == {f"XE{number:02}" for number in range(1, 32)}


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"%PDF-1.7", "PDF"), (b"<html>", "HTML"), (b"PK\x03\x04", "ZIP"), (b"UNB+UNOA:1'", "EDIFACT")],
)
def test_xe03_what_is_no_x12_is_called_by_its_name(data: bytes, kind: str) -> None:
    (finding,) = scan(data).findings
    assert kind in finding.message


@pytest.mark.parametrize(
    ("policy", "requested", "sent"),
    [
        ("always", "0", {"A": True, "E": True, "R": True}),
        ("on_request", "0", {"A": False, "E": False, "R": True}),
        ("on_request", "1", {"A": True, "E": True, "R": True}),
        ("on_error", "0", {"A": False, "E": True, "R": True}),
        ("on_error", "1", {"A": False, "E": True, "R": True}),
        ("never", "1", {"A": False, "E": False, "R": False}),
    ],
)
def test_a_ta1_is_sent_when_the_profile_says(policy: str, requested: str, sent: dict[str, bool]) -> None:
    """A: nothing wrong. E: forgiven (XE13). R: cut off (XE15)."""
    owner = pinned(acknowledgments={"interchange": policy})
    data = {
        "A": (Isa(requested=requested).around(group("PO", ORDER)), ta1("A", "000")),
        "E": (Isa(requested=requested, trailer="000000041").around(group("PO", ORDER)), ta1("E", "001")),
        "R": (Isa(requested=requested).around(group("PO", ORDER)).partition(b"IEA")[0], ta1("R", "023")),
    }
    for letter, (file, expected) in data.items():
        told = [answer for answer in inspected(file, owner).answers if answer.startswith("TA1")]
        assert told == ([expected] if sent[letter] else []), letter


@pytest.mark.parametrize(("policy", "letters"), [("always", "AEPR"), ("on_error", "EPR"), ("never", "")])
def test_a_997_is_sent_when_the_profile_says(policy: str, letters: str) -> None:
    owner = pinned(acknowledgments={"functional": policy})
    bad = transaction_set("850", BODY, count="9")
    files = {
        "A": group("PO", ORDER),
        "E": group("PO", ORDER, count="2"),
        "P": group("PO", ORDER, transaction_set("850", BODY, "0002", count="9")),
        "R": group("PO", bad),
    }
    told = {letter: inspected(ISA.around(file), owner).answers for letter, file in files.items()}
    assert {letter for letter, answers in told.items() if answers} == set(letters)
    assert all(f"AK9*{letter}*" in answers[0] for letter, answers in told.items() if answers)


def long_text(size: int) -> bytes:
    return ISA.around(group("PO", transaction_set("850", [BODY[0], "N9*L1*A", f"MSG*{'X' * size}", *BODY[1:]])))


def test_xe27_a_long_segment_is_judged_like_any_other() -> None:
    """MSG01 has at most 264 characters; what is sent back of the bad value has 99 (AK404)."""
    notes = ["AK3*MSG*4*N9*8", f"AK4*1*933*5*{'X' * 99}"]
    for policy, letter in (("lenient", "E"), ("strict", "R")):
        found = inspected(long_text(20_000), pinned(policy))
        assert found == outcome(letter, "X12-AK403-5", answered(f"{letter}*5", *notes))


@pytest.mark.parametrize("policy", ["lenient", "strict"])
def test_xe27_a_segment_longer_than_is_read_rejects_its_set_alone(policy: str) -> None:
    """The limit is of the bytes from the segment's name to its terminator, blanks before it apart."""
    bare = len("MSG*~")
    owner = pinned(policy, forgive=["X12-LIMIT-SEGMENT-SIZE"]) if policy == "lenient" else pinned(policy)
    at_limit = long_text(SEGMENT_SIZE_LIMIT - bare).replace(b"MSG*", b"\n" * 100_000 + b"MSG*")
    assert inspected(at_limit, owner).codes == ("X12-AK403-5",)
    above = long_text(SEGMENT_SIZE_LIMIT - bare + 1).replace(b"GE*1", NEIGHBOUR.encode() + b"GE*2")
    told = "AK1*PO*7~AK2*850*0001~AK3*MSG*4*N9*8~AK5*R*5~AK2*850*0002~AK5*A~AK9*P*2*2*1"
    assert inspected(above, owner) == outcome("RA", "X12-LIMIT-SEGMENT-SIZE", told)


def test_xe27_the_finding_says_how_long_the_segment_is_and_how_long_it_may_be() -> None:
    (found,) = [v for v in inspect(long_text(20_000_000)) if isinstance(v, InspectedSet)]
    (finding,) = found.findings
    assert (finding.locator, finding.value, finding.expected) == (
        "ST*0001/MSG[1]",
        "20000005",
        f"at most {SEGMENT_SIZE_LIMIT} bytes",
    )
    assert finding.message == "MSG (Message Text) has 20000005 bytes, more than the 1048576 that are read"


def test_xe27_a_segment_of_twenty_megabytes_is_never_held(tmp_path: Path) -> None:
    path = tmp_path / "long.edi"
    path.write_bytes(long_text(20_000_000))
    inspected(GOOD, pinned())  # tables are read on first use
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        started = time.process_time()
        tracemalloc.start()
        found = inspected(mapped, pinned())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert time.process_time() - started < 10
    assert found.codes == ("X12-LIMIT-SEGMENT-SIZE",)
    assert peak < 4 * SEGMENT_SIZE_LIMIT


def test_xe27_a_trailer_longer_than_is_read_is_no_false_control_number() -> None:
    digits = "9" * SEGMENT_SIZE_LIMIT
    data = ISA.around(group("PO", transaction_set("850", BODY, count=digits), NEIGHBOUR))
    told = "AK1*PO*7~AK2*850*0001~AK3*SE*5**8~AK5*R*5~AK2*850*0002~AK5*A~AK9*P*2*2*1"
    assert inspected(data, pinned()) == outcome("RA", "X12-LIMIT-SEGMENT-SIZE", told)


def test_xe28_very_many_empty_sets_are_judged_one_by_one() -> None:
    """Each without its mandatory segments. That the time grows in proportion is measured: x12.growth."""
    data = ISA.around(group("PO", *(f"ST*850*{n:04}~SE*2*{n:04}~" for n in range(1, 4_001))))
    verdicts = [v.verdict for v in inspect(data, profile_of=lambda _: pinned()) if isinstance(v, InspectedSet)]
    assert verdicts == [Verdict.REJECTED] * 4_000
