"""Raw bytes made readable: nothing a sender can write breaks the page or is left out unsaid."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from canonical.finding import Finding, Severity
from hub.web.annotation import LINES_SHOWN, annotate, preview


def finding(locator: str) -> Finding:
    return Finding(code="X", severity=Severity.ERROR, locator=locator, message="wrong")


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda data: b"ST*850*1~" + data), st.text(max_size=40))
def test_any_bytes_and_any_locator(data: bytes, locator: str) -> None:
    listing = annotate(data, "004010", [finding(locator), finding("ST*1/" + locator)])
    if listing is not None:
        assert listing.lines[0].parts[0].text.startswith("ST")
    assert all(character.isprintable() or character in "\r\n\t" for character in preview(data))


def test_every_element_keeps_its_text() -> None:
    listing = annotate(b"ST*850*0001~\r\nPO1**5*EA**~\r\nSE*3*0001~\r\n", "004010", [])
    assert listing is not None
    assert [[part.text for part in line.parts] for line in listing.lines] == [
        ["ST", "850", "0001"],
        ["PO1", "", "5", "EA", "", ""],
        ["SE", "3", "0001"],
    ]
    assert listing.lines[1].parts[2].name == "Quantity Ordered"


def test_a_missing_element_is_marked_where_it_should_stand() -> None:
    listing = annotate(b"ST*850*0001~BEG*00~SE*3*0001~", "004010", [finding("ST*0001/BEG/BEG03")])
    assert listing is not None
    assert [part.designator for part in listing.lines[1].parts if part.marked] == ["BEG03"]


def test_a_long_set_is_cut_and_says_so_but_keeps_its_findings() -> None:
    lines = LINES_SHOWN + 500
    data = b"ST*850*0001~" + b"PO1**5*EA~" * lines
    listing = annotate(data, "004010", [finding(f"ST*0001/PO1[{lines}]/PO102")])
    assert listing is not None
    assert listing.lines[-1].position == lines + 1
    assert len(listing.lines) + listing.left_out == lines + 1
