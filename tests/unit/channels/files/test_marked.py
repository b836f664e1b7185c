"""A table that is given back with its problems written where they are, and nothing in it that computes."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from channels.files.marked import COLUMN, Mark, marked

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def test_a_workbook_keeps_its_cells_and_has_a_note_at_each_faulty_one() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "Bills"
    for row in (["Invoice", "Qty"], ["R1", 5], ["R2", "five"]):
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    marks = [Mark("Bills!B3", "no number"), Mark('Bills, row 2, column "Date"', "is missing"), Mark("Other!A1", "x")]
    made = marked(out.getvalue(), marks)
    assert made is not None
    assert made[1] == "xlsx"
    read = load_workbook(io.BytesIO(made[0]))["Bills"]
    assert [[cell.value for cell in row] for row in read.rows] == [["Invoice", "Qty"], ["R1", 5], ["R2", "five"]]
    notes = {cell.coordinate: cell.comment.text for row in read.rows for cell in row if cell.comment}
    assert notes == {"B3": "no number", "A2": "Date: is missing"}


def test_rows_of_several_lines_have_their_problems_behind_them() -> None:
    body = 'Invoice;Note;Qty\nR1;"two\nlines";5\n\nR2;;five\n'.encode("cp1252")
    made = marked(body, [Mark('line 5, column "Qty"', "no number"), Mark("line 2", "is odd")])
    assert made is not None
    rows = list(csv.reader(io.StringIO(made[0].decode("utf-8-sig")), delimiter=";"))
    assert rows == [
        ["Invoice", "Note", "Qty", COLUMN],
        ["R1", "two\nlines", "5", "is odd"],
        [],
        ["R2", "", "five", "Qty: no number"],
    ]


def test_what_is_no_table_is_not_given_back() -> None:
    assert marked(b"<html>", []) is None
    assert marked(b'{"a": 1}', []) is None


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0;|\t:"), max_size=12), min_size=2, max_size=3)
)
def test_no_cell_that_is_given_back_is_a_formula(cells: list[str]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["A", "B"], cells])
    made = marked(out.getvalue().encode(), [Mark("line 2", cells[0])])
    if made is not None:
        for row in csv.reader(io.StringIO(made[0].decode("utf-8-sig"), newline="")):
            live = [cell for cell in row if cell.startswith(FORMULA) and not cell[1:2].isdigit()]
            assert not live
