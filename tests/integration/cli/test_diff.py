"""``hub diff``: what is the same business is the same, however it is written; what differs is told field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.commands import Cli, case


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "nothing")


def changed(folder: Path, name: str, *replacements: tuple[str, str]) -> Path:
    text = case(name).read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    target = folder / f"{name}.edi"
    target.write_text(text, newline="")
    return target


def compared(cli: Cli, a: Path, b: Path, code: int) -> Any:
    return cli.json("diff", a, b, code=code)


def test_notation_separators_and_wraps_are_no_difference(cli: Cli, tmp_path: Path) -> None:
    notation = [
        ("16.75", "16.750"),
        ("*4*EA*54.5*", "*4.0*EA*54.50*"),
        ("*DELIVERY~", "*DELIVERY**~"),
        ("~\n", "~\r\n"),
    ]
    other = changed(tmp_path, "customer-order", *notation)
    assert compared(cli, case("customer-order"), other, 0)["same"] is True
    assert "1 document the same" in cli.ok("diff", case("customer-order"), other)


def test_the_envelope_is_told_apart_and_does_not_count(cli: Cli, tmp_path: Path) -> None:
    other = changed(tmp_path, "customer-order", ("000000501", "000000777"), ("*260304*0912*", "*260305*0913*"))
    found = compared(cli, case("customer-order"), other, 0)
    assert [(d["where"], d["old"], d["new"]) for d in found["envelope"]] == [
        ("interchange date", "260304 0912", "260305 0913"),
        ("interchange control number", "000000501", "000000777"),
    ]


def test_a_line_is_matched_by_its_number_and_its_field_named(cli: Cli, tmp_path: Path) -> None:
    other = changed(tmp_path, "customer-order", ("*5.95*", "*5.96*"))
    (one,) = compared(cli, case("customer-order"), other, 1)["sets"]
    assert one["differences"] == [
        {"path": "/lines/1/unit_price", "where": "line 2, unit price", "old": "5.95", "new": "5.96"}
    ]


def test_sets_without_a_canonical_form_are_compared_by_their_tree(cli: Cli, tmp_path: Path) -> None:
    other = changed(
        tmp_path, "planning-schedule", ("FST*24*C*W*20260316", "FST*25*C*W*20260316"), ("FST*36*", "FST*36.0*")
    )
    (one,) = compared(cli, case("planning-schedule"), other, 1)["sets"]
    (difference,) = one["differences"]
    assert (difference["old"], difference["new"]) == ("24", "25")
    assert difference["where"] == "Item 1, Forecast 20260316, Forecast Schedule, Quantity"


def test_documents_are_matched_by_their_number_in_whatever_order(cli: Cli, tmp_path: Path) -> None:
    text = case("three-invoices-one-bad").read_text()
    head, first, second, third = text.partition("GE*")[0].split("ST*810*")
    tail = text[text.index("GE*") :]
    turned = tmp_path / "turned.edi"
    turned.write_text("ST*810*".join([head, third, first, second]) + tail)
    assert compared(cli, case("three-invoices-one-bad"), turned, 0)["same"] is True
    fewer = tmp_path / "fewer.edi"
    fewer.write_text("ST*810*".join([head, first, third]) + tail.replace("GE*3", "GE*2"))
    missing = [
        s["number"] for s in compared(cli, case("three-invoices-one-bad"), fewer, 1)["sets"] if s["only_in"] == "a"
    ]
    assert missing == ["INV-55131"]


def test_one_document_under_another_number_is_compared_all_the_same(cli: Cli, tmp_path: Path) -> None:
    other = changed(tmp_path, "shipment-cartons", ("SH88123", "SH88124"))
    (one,) = compared(cli, case("shipment-cartons"), other, 1)["sets"]
    assert [d["path"] for d in one["differences"]] == ["/shipment_identification"]


def test_a_file_that_is_no_x12_ends_with_2(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "x.pdf"
    other.write_bytes(b"%PDF-1.7")
    run = cli.run("diff", case("customer-order"), other)
    assert (run.returncode, "cannot be read as X12" in run.stderr) == (2, True)
    assert cli.run("diff", case("customer-order")).returncode == 2
