"""Commands with and without a running node: what is taken in, what becomes of it, and a clean end."""

from __future__ import annotations

import http.client
import json
import re
import signal
import stat
import time
from pathlib import Path

import pytest

from hub.control.client import SOCKET
from tests.integration.cli.commands import SAMPLES, Cli, case

SECRETS = {"ERP_SECRET": "a signing key of the ERP", "WMS_SECRET": "a signing key of the WMS"}


@pytest.fixture
def cli(migrated_url: str, tmp_path: Path) -> Cli:
    return Cli.on(migrated_url, tmp_path / "data", SECRETS)


def test_without_a_node_a_file_is_processed_at_once_and_found_afterwards(cli: Cli) -> None:
    for words in (("config", "apply", SAMPLES / "hub.yaml"), ("partner", "apply", SAMPLES / "partners")):
        assert cli.process(*words).returncode == 0
    run = cli.process("ingest", "--json", case("three-invoices-one-bad"))
    (outcome,) = json.loads(run.stdout)
    assert (run.returncode, outcome["status"]) == (0, "processed")
    assert [(d["number"], d["verdict"], d["status"]) for d in outcome["documents"]] == [
        ("INV-55130", "accepted", "routed"),
        ("INV-55131", "rejected", "rejected"),
        ("INV-55132", "accepted", "routed"),
    ]
    (found,) = cli.json("documents", "--invoice", "INV-55131")
    assert found["id"] == outcome["documents"][1]["id"]
    trace = cli.json("show", found["id"])
    assert trace["transmission"]["id"] == outcome["id"]
    assert any(finding["locator"] == "ST*0002/IT1[1]/IT102" for finding in trace["documents"][0]["findings"])
    text = cli.ok("show", outcome["id"])
    assert "error ST*0002/IT1[1]/IT102:" in text
    assert "answered with 997: partially accepted" in text


def test_documents_are_found_by_each_kind_of_number_and_by_nothing_else(cli: Cli) -> None:
    cli.configured()
    cli.ok("ingest", case("three-invoices-one-bad"), case("customer-order"), case("shipment-cartons"))

    def numbers(*words: str) -> set[str]:
        return {d["number"] for d in cli.json("documents", *words) if d["type"] != "functional_acknowledgment"}

    assert numbers("--po", "CH-20771") == {"CH-20771"}
    assert numbers("--invoice", "CH-20771") == set()
    assert numbers("--shipment", "SH88123") == numbers("--number", "SH88123") == {"SH88123"}
    assert numbers("--number", "SH88123", "--invoice", "SH88123") == set()
    assert numbers("--control-number", "105") == {"INV-55130", "INV-55131", "INV-55132"}
    assert numbers("--control-number", "000000105", "--state", "rejected") == {"INV-55131"}
    assert numbers("--partner", "corner-hardware") == {"CH-20771"}
    assert numbers("--type", "advance_ship_notice") == {"SH88123"}
    assert numbers("--since", "2999-01-01") == set()
    (order,) = cli.json("documents", "--number", "CH-20771")
    assert (order["status"], order["delivery"]) == ("routed", "pending")  # no node is there to deliver it
    assert len(cli.json("documents", "--limit", "2")) == 2
    assert cli.run("documents", "--since", "yesterday").returncode == 2


def test_the_same_file_again_is_a_duplicate_and_a_strange_one_is_told_apart(cli: Cli, tmp_path: Path) -> None:
    cli.configured()
    (first,) = cli.json("ingest", case("customer-order"))
    (again,) = cli.json("ingest", case("customer-order"))
    assert (first["status"], again["status"]) == ("processed", "duplicate")
    named_twice = cli.json("ingest", case("invoice-with-freight"), case("invoice-with-freight"))
    assert [one["status"] for one in named_twice] == ["processed", "duplicate"]
    stranger = tmp_path / "stranger.edi"
    stranger.write_bytes(case("three-invoices-one-bad").read_bytes().replace(b"ACMEFASTENERS  ", b"NOBODYWEKNOW   ", 1))
    (unknown,) = cli.json("ingest", stranger, code=1)
    assert unknown["status"] == "quarantined"
    assert "NOBODYWEKNOW" in unknown["reason"]
    junk = tmp_path / "junk.edi"
    junk.write_bytes(b"%PDF-1.7")
    (put_aside,) = cli.json("ingest", junk, code=1)
    assert put_aside["status"] == "quarantined"  # a partner has mappings: a person has to say what it is
    junk.write_bytes(b"ISA, so they say")
    (refused,) = cli.json("ingest", junk, code=1)
    assert refused["status"] == "rejected"
    status = cli.json("status")
    assert status["node"] is False
    assert {item["kind"] for item in status["work_items"]} >= {"quarantine", "unreadable"}
    assert cli.run("ingest", tmp_path / "missing.edi").returncode == 1


@pytest.mark.own_stores("the lock of SQLite's data directory")
def test_commands_that_write_go_through_the_running_node(cli: Cli) -> None:
    cli.configured()
    with cli.serving():
        assert stat.S_IMODE((cli.data / SOCKET).stat().st_mode) == 0o600
        assert cli.json("status")["node"] is True
        (outcome,) = cli.json("ingest", case("three-invoices-one-bad"))
        assert outcome["status"] == "processed"
        rejected = next(d["id"] for d in outcome["documents"] if d["status"] == "rejected")
        (replayed,) = cli.json("replay", rejected, "--reason", "looked at again")
        assert replayed["done"]
        (refused,) = cli.json("resend", "dl_nothing", "--reason", "lost", code=1)
        assert refused == {
            "id": "dl_nothing",
            "done": False,
            "message": "There is no delivery or departure of this id.",
        }
        assert "Say why" in cli.run("give-up", "dl_nothing", "--reason", " ").stderr
        assert cli.json("key", "create", "--system", "erp", "--name", "x")["key"].startswith("hubk_")
        broken = cli.data / "broken.yaml"
        broken.write_text("partner: x\n")
        run = cli.run("partner", "apply", broken)
        assert run.returncode == 1
        assert f"{broken}:1 name: is required" in run.stderr
        second = cli.process("serve")
        assert second.returncode == 1
        assert "in use" in second.stderr


def test_a_node_tells_its_address_and_setup_token_and_ends_cleanly(cli: Cli) -> None:
    with cli.serving() as node:
        assert node.stdout is not None
        told = re.search(r"http://127\.0\.0\.1:(\d+)/setup: (\S+)", node.stdout.readline())
        assert told
        connection = http.client.HTTPConnection("127.0.0.1", int(told[1]), timeout=10)
        connection.request("GET", "/healthz")
        assert json.loads(connection.getresponse().read()) == {"status": "ok"}
        connection.close()
        node.send_signal(signal.SIGTERM)
        assert node.wait(timeout=30) == 0
    assert not (cli.data / SOCKET).exists()
    with cli.serving() as node:  # the lock is free, and a socket that a kill leaves behind is in nobody's way
        node.kill()
        node.wait()
        assert (cli.data / SOCKET).exists()
        assert cli.json("status")["node"] is False
        cli.configured()


def test_a_dead_letter_is_listed_and_given_up(cli: Cli, tmp_path: Path) -> None:
    """Nothing listens where this hub.yaml has its ERP, and one attempt is all that it gets."""
    cli.configured()
    settings = cli.data / "hub.yaml"
    text = cli.ok("config", "show").split("\n", 1)[1]
    settings.write_text(text.replace("max_attempts: 8", "max_attempts: 1"))
    cli.ok("config", "apply", settings)
    with cli.serving():
        cli.ok("ingest", case("customer-order"))
        deadline = time.monotonic() + 30
        while not (letters := cli.json("dead-letters", "--target", "erp")) and time.monotonic() < deadline:
            time.sleep(0.3)
        (letter,) = letters
        assert (letter["type"], letter["number"]) == ("purchase_order", "CH-20771")
        assert letter["reason"]
        assert letter["id"] in cli.ok("dead-letters")
        (outcome,) = cli.json("give-up", letter["id"], "--reason", "ordered by telephone")
        assert outcome["done"]
        assert cli.json("dead-letters") == []


@pytest.mark.own_stores("a database without the hub's schema is of test_migration.py")
def test_reading_commands_without_a_store_say_so(cli: Cli) -> None:
    for words in (("status",), ("documents",), ("show", "x"), ("dead-letters",), ("partner", "list"), ("key", "list")):
        run = cli.run(*words)
        assert run.returncode == 1
        assert "there is no store" in run.stderr


@pytest.mark.own_stores("several nodes need PostgreSQL")
def test_on_postgresql_commands_write_beside_a_node_elsewhere(tmp_path: Path, postgres_url: str) -> None:
    """No lock file holds them apart: rows are locked by the database."""
    cli = Cli(tmp_path / "data", {**SECRETS, "SUPPLIER_HUB_DATABASE": postgres_url}).configured()
    with cli.serving():
        elsewhere = Cli(tmp_path / "elsewhere", cli.environment)
        (outcome,) = elsewhere.json("ingest", case("customer-order"))
        assert outcome["status"] == "processed"
        (found,) = [d for d in cli.json("documents", "--po", "CH-20771") if d["direction"] == "inbound"]
        assert found["transmission_id"] == outcome["id"]
