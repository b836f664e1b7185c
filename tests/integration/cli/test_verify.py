"""hub verify, hub audit and hub ledger: what is stored is sound, or a finding says where not, with exit code 1."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.services import utc_now
from hub.store.engine import dialects
from hub.store.store import Store
from hub.store.trail import audit
from tests.integration.cli.commands import Cli, case

SECRETS = {"ERP_SECRET": "a signing key of the ERP", "WMS_SECRET": "a signing key of the WMS"}


@pytest.fixture
def cli(migrated_url: str, tmp_path: Path) -> Cli:
    """A hub that has worked some files, with everything sealed."""
    cli = Cli.on(migrated_url, tmp_path / "data", SECRETS).configured()
    cli.ok("ingest", case("three-invoices-one-bad"), case("customer-order"), case("shipment-cartons"))
    store = Store(cli.database, cli.data)
    with store.begin() as tx:
        while audit.seal_next(tx, utc_now()):
            pass
    store.close()
    return cli


def tamper(cli: Cli, statement: str) -> None:
    store = Store(cli.database, cli.data)
    with store.begin() as tx:
        assert tx.execute(text(statement)).rowcount > 0
    store.close()


def test_a_sound_store_has_no_finding(cli: Cli) -> None:
    told = cli.json("verify")
    assert told["sound"], told["defects"]
    assert told["looked_at"]["audit"] > 10
    assert "audit:" in cli.ok("verify", "--only", "audit")


def test_a_changed_event_is_a_finding_that_says_what_to_do(cli: Cli) -> None:
    tamper(cli, "UPDATE events SET actor = 'nobody' WHERE position = 3")
    (defect,) = cli.json("verify", code=1)["defects"]
    assert (defect["check"], defect["code"]) == ("audit", "AUDIT-EVENTS-DIFFER")
    assert "seal 1" in defect["place"]
    assert defect["fix"]
    assert cli.run("verify").returncode == 1


def test_a_cut_end_is_found_by_the_head_that_was_kept_elsewhere(cli: Cli) -> None:
    head = cli.json("audit", "head")
    kept = f"{head['number']}:{head['hash']}"
    assert cli.ok("audit", "head").startswith(kept)
    cli.ok("verify", "--head", kept)
    tamper(cli, "DELETE FROM seals WHERE number > 0")
    tamper(cli, "DELETE FROM events WHERE position > 0")
    assert cli.json("verify", "--only", "audit")["sound"], "nothing inside tells it"
    (defect,) = cli.json("verify", "--head", kept, code=1)["defects"]
    assert defect["code"] == "AUDIT-HEAD-DIFFERS"
    assert cli.run("verify", "--head", "what").returncode == 2


def test_the_ledger_adds_up_day_by_day_and_tells_a_loss_by_its_exit_code(cli: Cli) -> None:
    told = cli.json("ledger")
    assert told["total"]["documents"] | {"arrived": 5} == told["total"]["documents"]
    assert (told["total"]["documents"]["rejected"], told["total"]["documents"]["difference"]) == (1, 0)
    assert {day["partner"] for day in told["days"]} == {"acme-fasteners", "corner-hardware"}
    assert [day["documents"]["arrived"] for day in cli.json("ledger", "--partner", "corner-hardware")["days"]] == [1]
    (order,) = cli.json("documents", "--po", "CH-20771")
    assert "documents 1 = 1 accepted" in cli.ok("show", order["id"])
    assert cli.json("show", order["id"])["ledger"]["documents"]["accepted"] == 1
    tamper(cli, "DELETE FROM documents WHERE number = 'CH-20771'")
    assert cli.json("ledger", code=1)["total"]["documents"]["difference"] == 1
    assert "YES" in cli.run("ledger").stdout


@pytest.mark.own_stores("PostgreSQL's backup is of test_backup.py")
def test_a_backup_becomes_a_hub_again_that_says_what_it_cannot_know(cli: Cli, tmp_path: Path) -> None:
    assert "last arrival in it is tr_" in cli.ok("backup", tmp_path / "backup")
    assert "not empty" in cli.run("backup", tmp_path / "backup").stderr
    told = cli.ok("restore", tmp_path / "backup", "--data-dir", tmp_path / "new")
    assert "Ask each partner to send again" in told
    assert "acme-fasteners" in told
    restored = Cli(tmp_path / "new", SECRETS)
    assert restored.json("verify")["sound"]
    assert restored.json("documents") == cli.json("documents")
    assert [item["kind"] for item in restored.json("work-items")][-1] == "restored"
    assert cli.run("restore", tmp_path / "backup", "--data-dir", tmp_path / "new").returncode == 1


@pytest.mark.own_stores("SQLite's library is what is told of")
def test_the_operator_is_told_of_a_library_that_is_safe_with_one_writer_only(cli: Cli) -> None:
    affected = dialects.wal_reset_defect(sqlite3.sqlite_version_info)
    for command in ("status", "verify"):
        assert ("WAL reset" in " ".join(cli.ok(command).split())) == affected
