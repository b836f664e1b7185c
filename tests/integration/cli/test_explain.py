"""``hub explain`` as a supplier or a partner manager calls it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.integration.cli.commands import Cli, case


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "nothing")


def test_it_names_segments_elements_and_codes_and_says_dates_in_words(cli: Cli) -> None:
    text = cli.ok("explain", case("customer-order"))
    assert "Purchase Order (850) CH-20771, set 0001, release 004010, 24 segments: accepted" in text
    assert "BEG01  Transaction Set Purpose Code: 00  = Original" in text
    assert "BEG05  Date: 20260304  = 4 March 2026" in text
    assert "▸ Line: 1 · CH-551" in text
    assert "\x1b" not in text


def test_findings_stand_in_their_place_and_alone_when_asked_for(cli: Cli) -> None:
    text = cli.ok("explain", "--only-findings", case("three-invoices-one-bad"))
    assert text.count("Invoice (810)") == 1
    assert "2 transaction sets: nothing to object to" in text
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if "IT102" in line)
    assert "error: IT102" in lines[at + 1]


def test_one_set_of_many_can_be_chosen(cli: Cli) -> None:
    (line,) = [
        json.loads(x) for x in cli.ok("explain", "--json", "--set", "3", case("three-invoices-one-bad")).splitlines()
    ]
    (found,) = line["interchanges"][0]["sets"]
    assert found["control_number"] == "0003"
    assert found["tree"]["number"] == "INV-55132"
    assert found["tree"]["children"][1]["elements"][1] == {
        "element": "BIG02",
        "name": "Invoice Number",
        "value": "INV-55132",
    }


def test_the_page_needs_nothing_else_and_escapes_what_partners_send(cli: Cli, tmp_path: Path) -> None:
    hostile = tmp_path / "order.edi"
    hostile.write_bytes(case("customer-order").read_bytes().replace(b"Corner Hardware*92", b"<script>x</script>*92"))
    page = cli.ok("explain", "--html", "-", hostile, case("shipment-cartons"))
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=|url\(|@import", page)
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    target = tmp_path / "out.html"
    cli.ok("explain", "--html", target, case("customer-order"))
    assert "4 March 2026" in target.read_text()


def test_a_generic_set_is_inspected_with_its_tree(cli: Cli) -> None:
    (line,) = [json.loads(x) for x in cli.ok("inspect", "--json", case("planning-schedule")).splitlines()]
    (found,) = line["interchanges"][0]["sets"]
    assert (found["document"], found["tree"]["name"]) == (None, "Planning Schedule with Release Capability")
    assert found["verdict"] == "accepted"


def test_what_is_no_x12_ends_with_1_and_wrong_usage_with_2(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "some.pdf"
    other.write_bytes(b"%PDF-1.7 and more")
    run = cli.run("explain", other)
    assert (run.returncode, "a PDF document" in run.stdout) == (1, True)
    assert cli.run("explain", "--json", "--html", "-", other).returncode == 2


def test_show_tells_the_content_of_a_set_without_a_canonical_form(tmp_path: Path, migrated_url: str) -> None:
    cli = Cli.on(migrated_url, tmp_path / "data").configured()
    cli.ok("ingest", case("warehouse-shipping-order"))
    (row,) = cli.json("documents", "--number", "DO-55817")
    assert "W0505" not in (shown := cli.ok("show", row["id"]))
    assert "Warehouse Shipping Order DO-55817 of acme-fasteners" in shown
    assert "W0502  Depositor Order Number: DO-55817" in shown
    assert cli.json("show", row["id"])["trees"][row["id"]]["number"] == "DO-55817"
    assert [d["id"] for d in cli.json("documents", "--type", "940")] == [row["id"]]
    assert cli.run("documents", "--type", "nonsense").returncode == 2
