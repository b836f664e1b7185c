"""Rows XC01 to XC08 and XC12 to XC16 of the catalogue of bad input, in which no store takes part: contents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from canonical.purchase_order import PurchaseOrder
from hub.inspection.file import InspectedSet, inspect
from tests.integration.catalogue.case import Case, Outcome, answered, inspected, outcome, pinned
from tests.integration.x12_text import Isa, group, transaction_set

ISA = Isa()
BEG, LINE, CTT = "BEG*00*SA*PO-1**20261120", "PO1*1*12*EA*9.95", "CTT*1"
DIGITS = "9" * 5_000


def order(*body: str) -> bytes:
    return ISA.around(group("PO", transaction_set("850", body)))


def notice(*levels: str) -> bytes:
    counted = sum(segment.startswith("HL*") for segment in levels)
    body = ["BSN*00*SH-1*20261120*0905", *levels, f"CTT*{counted}"]
    return ISA.around(group("SH", transaction_set("856", body)))


def rejected(id: str, data: bytes, *notes: str, codes: str) -> Case:
    """Whatever the policy: content that is missing or cannot be read."""
    return Case(id, data, outcome("R", codes, answered("R*5", *notes)))


def noted(id: str, data: bytes, *notes: str, codes: str, more: str = "") -> Case:
    """Readable all the same: lenient accepts with errors, strict rejects, both name the same places. ``more`` are codes
    of what only an accepted document is asked."""
    return Case(
        id,
        data,
        outcome("E", f"{codes} {more}", answered("E*5", *notes)),
        outcome("R", codes, answered("R*5", *notes)),
    )


def taken(id: str, data: bytes, codes: str = "", kind: str = "PO*7", set_type: str = "850") -> Case:
    """Nothing that X12 forbids: what is odd about it is told beside a clean 997."""
    return Case(id, data, outcome("A", codes, answered("A", kind=kind, set_type=set_type)))


def missing() -> Iterator[Case]:
    yield rejected("XC01 BEG is missing", order(LINE, CTT), "AK3*BEG*2**3", codes="X12-AK304-3")
    yield rejected("XC01 PO1 is missing", order(BEG), "AK3*PO1*3*PO1*3", codes="X12-AK304-3")
    data = order("BEG*00*SA***20261120", LINE, CTT)
    yield rejected("XC01 BEG03 is missing", data, "AK3*BEG*2**8", "AK4*3*324*1", codes="X12-AK403-1")
    yield noted(
        "XC01 a component of an optional segment is missing",
        order(BEG, "REF*DP*038**>1", LINE, CTT),
        "AK3*REF*3**8",
        "AK4*4>1*128*1",
        codes="X12-AK403-1-OPTIONAL",
    )


def out_of_place() -> Iterator[Case]:
    yield rejected("XC02 an unknown segment", order(BEG, "XYZ*1", LINE, CTT), "AK3*XYZ*3**1", codes="X12-AK304-1")
    yield noted("XC02 outside its loop", order(BEG, "N2*Ltd", LINE, CTT), "AK3*N2*3**2", codes="X12-AK304-2")
    yield noted("XC02 of another set", order(BEG, "BIG*20261120*1", LINE, CTT), "AK3*BIG*3**6", codes="X12-AK304-6")
    twice = order(BEG, "CUR*BY*USD", "CUR*BY*EUR", LINE, CTT)
    yield noted("XC02 more often than it may", twice, "AK3*CUR*4**5", codes="X12-AK304-5")
    late = order(BEG, "ITD*01", "CUR*BY*USD", LINE, CTT)
    yield noted("XC02 out of sequence", late, "AK3*CUR*4**7", codes="X12-AK304-7")
    loops = order(BEG, *(f"N1*BY*B{number}" for number in range(201)), LINE, CTT)
    yield noted("XC02 a loop more often than it may", loops, "AK3*N1*203*N1*4", codes="X12-AK304-4")


def elements() -> Iterator[Case]:
    at_beg, at_ref = "AK3*BEG*2**8", "AK3*REF*3**8"
    more = order(f"{BEG}********Y", LINE, CTT)
    yield noted("XC03 too many elements", more, at_beg, "AK4*13**3*Y", codes="X12-AK403-3")
    parts = order(BEG, "REF*DP*038**DP>1>DP>2>DP>3>4", LINE, CTT)
    yield noted("XC03 too many components", parts, at_ref, "AK4*4>7**3*4", codes="X12-AK403-13")
    short = order(BEG, "N1*BY*Buyer*92*1", LINE, CTT)
    yield noted("XC03 too short", short, "AK3*N1*3*N1*8", "AK4*4*67*4*1", codes="X12-AK403-4")
    long = order(BEG, f"REF*DP*{'7' * 31}", LINE, CTT)
    yield noted("XC03 too long", long, at_ref, f"AK4*2*127*5*{'7' * 31}", codes="X12-AK403-5")
    code = order("BEG*00*QQ*PO-1**20261120", LINE, CTT)
    yield noted("XC03 a code of no list", code, at_beg, "AK4*2*92*7*QQ", codes="X12-AK403-7")
    day = order(BEG, "DTM*002*20261301", LINE, CTT)
    yield rejected("XC03 no date", day, "AK3*DTM*3**8", "AK4*2*373*8*20261301", codes="X12-AK403-8")
    hour = order(BEG, "DTM*002*20261120*2460", LINE, CTT)
    yield rejected("XC03 no time", hour, "AK3*DTM*3**8", "AK4*3*337*9*2460", codes="X12-AK403-9")
    pair = order(BEG, "N1*BY*Buyer*92", LINE, CTT)
    codes = "X12-AK403-2 X12-VALUE-KEPT"
    yield noted("XC04 half of a pair", pair, "AK3*N1*3*N1*8", "AK4*4*67*2", codes=codes)
    needed = order(BEG, "REF*DP", LINE, CTT)
    yield noted("XC04 one of two is needed", needed, at_ref, "AK4*2*127*2", codes="X12-AK403-2")
    excluded = order(BEG, "MEA*PD*LN*5*IN****03", LINE, CTT)
    yield noted("XC04 two that exclude each other", excluded, "AK3*MEA*3**8", "AK4*3*739*10*5", codes="X12-AK403-10")


def characters() -> Iterator[Case]:
    at_name = "AK3*N1*3*N1*8"
    yield Case(
        "XC05 a letter of Latin-1",
        order(BEG, "N1*BY*Caf\xe9", LINE, CTT),
        outcome("A", "X12-NON-ASCII", answered("A")),
        outcome("R", "X12-NON-ASCII", answered("R*5", at_name, "AK4*2*93*6*Caf?")),
    )
    for name, mark in (("NUL", "\0"), ("ESC", "\x1b")):
        data = order(BEG, f"N1*BY*Bu{mark}yer", LINE, CTT)
        yield rejected(f"XC05 {name}", data, at_name, "AK4*2*93*6*Bu?yer", codes="X12-AK403-6")
    arabic, wide = (digits.encode().decode("latin-1") for digits in ("\u0661\u0662", "\uff19"))
    yield rejected(
        "XC06 Arabic-Indic digits in R",
        order(BEG, f"PO1*1*{arabic}*EA*9.95", CTT),
        "AK3*PO1*3*PO1*8",
        "AK4*2*330*6*??",
        codes="X12-AK403-6 X12-VALUE-KEPT",
    )
    yield rejected(
        "XC06 a full-width digit in R",
        order(BEG, f"PO1*1*12*EA*{wide}", CTT),
        "AK3*PO1*3*PO1*8",
        "AK4*4*212*6*?",
        codes="X12-AK403-6",
    )
    yield Case(
        "XC06 an Arabic-Indic digit in SE01",
        ISA.around(group("PO", transaction_set("850", [BEG, LINE, CTT], count=arabic[:2]))),
        outcome("R", "X12-AK403-6 X12-AK502-4", answered("R*4*5", "AK3*SE*5**8", "AK4*1*96*6*?")),
    )


def values() -> Iterator[Case]:
    for quantity, codes in (("0", "CHECK-QUANTITY-POSITIVE"), ("-5", "CHECK-QUANTITY-POSITIVE"), ("9.999999", "")):
        yield taken(f"XC07 a quantity of {quantity}", order(BEG, f"PO1*1*{quantity}*EA*9.95", CTT), codes)
    yield rejected(
        "XC07 a quantity of 1E9",
        order(BEG, "PO1*1*1E9*EA*9.95", CTT),
        "AK3*PO1*3*PO1*8",
        "AK4*2*330*6*1E9",
        codes="X12-AK403-6 X12-VALUE-KEPT",
    )
    yield taken("XC08 CTT01 miscounts the lines", order(BEG, LINE, "CTT*7"), "CHECK-LINE-COUNT")
    yield taken("XC08 the hash total differs", order(BEG, LINE, "CTT*1*99"), "CHECK-HASH-TOTAL")
    unit = order(BEG, "PO1*1*12*QQ*9.95", CTT)
    yield noted("XC13 an unknown unit", unit, "AK3*PO1*3*PO1*8", "AK4*3*355*7*QQ", codes="X12-AK403-7")
    item = order(BEG, "PO1*1*12*EA*9.95**UP*123456789013", CTT)
    yield taken("XC13 a UPC with a wrong check digit", item, "CHECK-GTIN-CHECK-DIGIT")
    hostile = order(BEG, "N1*BY*=CMD|' /C calc'!A0", "N1*ST*<script>alert(1)</script>", LINE, CTT)
    yield taken("XC14 a formula and HTML in names", hostile)
    no_day = order("BEG*00*SA*PO-1**20240230", LINE, CTT)
    yield rejected("XC15 the 30th of February", no_day, "AK3*BEG*2**8", "AK4*5*373*8*20240230", codes="X12-AK403-8")
    six = order("BEG*00*SA*PO-1**991231", LINE, CTT)
    yield noted("XC15 a year of two digits", six, "AK3*BEG*2**8", "AK4*5*373*4*991231", codes="X12-AK403-4")
    yield taken("XC15 the year 9999", order("BEG*00*SA*PO-1**99991231", LINE, CTT))
    yield noted(
        "XC16 a quantity of 5,000 digits",
        order(BEG, f"PO1*1*{DIGITS}*EA*9.95", CTT),
        "AK3*PO1*3*PO1*8",
        f"AK4*2*330*5*{DIGITS[:99]}",
        codes="X12-AK403-5 X12-VALUE-KEPT",
    )
    yield noted(
        "XC16 a line count of 5,000 digits",
        order(BEG, LINE, f"CTT*{DIGITS}"),
        "AK3*CTT*4*CTT*8",
        f"AK4*1*354*5*{DIGITS[:99]}",
        codes="X12-AK403-5",
    )


def hierarchies() -> Iterator[Case]:
    """HL numbers are no matter of syntax: the 997 is clean, and the document waits for a person (see the next test)."""
    for what, first, second in (
        ("names a parent that is not there", "HL*1**S", "HL*2*9*O"),
        ("is its own parent", "HL*1**S", "HL*2*2*O"),
        ("and its parent name each other", "HL*1*2*S", "HL*3*4*O"),
    ):
        data = notice(first, second, "PRF*PO-1")
        codes = "X12-HL-PARENT X12-HL-PARENT" if first == "HL*1*2*S" else "X12-HL-PARENT"
        yield taken(f"XC12 an HL {what}", data, codes, kind="SH*7", set_type="856")
    deep = [f"HL*{n}*{n - 1 or ''}*{'S' if n == 1 else 'I'}" for n in range(1, 10_001)]
    codes = "X12-HL-DEPTH " * 100
    yield taken("XC12 ten thousand HLs deep", notice(*deep), codes, kind="SH*7", set_type="856")


CASES = [*missing(), *out_of_place(), *elements(), *characters(), *values(), *hierarchies()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_lenient_partner_is_answered_to_the_letter(case: Case) -> None:
    assert inspected(case.data, pinned()) == case.lenient


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_strict_partner_is_answered_to_the_letter(case: Case) -> None:
    assert inspected(case.data, pinned("strict")) == (case.strict or case.lenient)


def test_every_row_has_its_case() -> None:
    rows = {case.id[:4] for case in CASES}
    with_a_store = {"XC09", "XC10", "XC11"}
    assert rows | with_a_store == {f"XC{number:02}" for number in range(1, 17)}


def test_xc16_a_segment_count_of_5_000_digits_is_only_a_wrong_count() -> None:
    data = ISA.around(group("PO", transaction_set("850", [BEG, LINE, CTT], count=DIGITS)))
    notes = ["AK3*SE*5**8", f"AK4*1*96*5*{DIGITS[:99]}"]
    assert inspected(data, pinned()) == outcome("R", "X12-AK403-5 X12-AK502-4", answered("R*4*5", *notes))


def test_xc14_what_a_name_holds_is_kept_as_it_is() -> None:
    hostile = "=CMD|' /C calc'!A0"
    (found,) = [v for v in inspect(order(BEG, f"N1*BY*{hostile}", LINE, CTT)) if isinstance(v, InspectedSet)]
    assert isinstance(found.document, PurchaseOrder)
    assert [party.name for party in found.document.parties] == [hostile]


def test_xc03_a_component_of_a_repetition_is_named_with_both_positions() -> None:
    """DMG05 of 005010: a composite that may stand ten times. Before 005010 there is no AK401-3."""
    newer = Isa(version="00501", standards="^")

    def invoice(races: str) -> bytes:
        body = ["BIG*20261120*INV-1", "N1*BY*Buyer", f"DMG*D8*20000101*F**{races}", "IT1*1*1*EA*1", "TDS*100"]
        return newer.around(group("IN", transaction_set("810", body), release="005010"))

    for races, code, told in (
        ("7>RET>1002-5^QQ", "X12-AK403-7", "AK4*5>1>2*1109*7*QQ"),
        ("^".join("7" * 11), "X12-AK403-12", "AK4*5>>11**12*7"),
    ):
        found = inspected(invoice(races), pinned("strict"))
        assert code in found.codes
        assert told in found.answers[0].split("\n")


def test_a_999_says_the_same_with_the_words_of_the_implementation() -> None:
    """A guide leaves out a unit that the standard lists: the 997 can only call it invalid."""
    data = Isa(version="00501", standards="^").around(
        group("PO", transaction_set("850", [BEG, "PO1*1*12*CA*9.95", "PO1*2*12*QQ*9.95", "CTT*2"]), release="005010")
    )
    owner = pinned("strict", acknowledgments={"form": "999"})
    document = owner.partner.documents[4]
    guide = {"850": {"elements": [{"element": "PO103", "codes": ["EA"]}]}}
    agreed = type(document).model_validate({**document.model_dump(exclude_none=True), "guide": guide})
    partner = owner.partner.model_copy(update={"documents": (*owner.partner.documents[:4], agreed)})
    found = inspected(data, type(owner)(partner, 1))
    assert found == Outcome(
        "R",
        ("X12-AK403-7-GUIDE", "X12-AK403-7"),
        (
            "AK1*PO*7*005010\nAK2*850*0001\nIK3*PO1*3*PO1*8\nIK4*3*355*I6*CA\nIK3*PO1*4*PO1*8\nIK4*3*355*7*QQ\n"
            "IK5*R*I5*5\nAK9*R*1*1*0",
        ),
    )
