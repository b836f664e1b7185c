"""Profiles, hub.yaml, crosswalks, keys and schemas by the real command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.store.people import access
from hub.store.store import Store
from tests.integration.cli.commands import SAMPLES, Cli

ACME = SAMPLES / "partners" / "acme-fasteners.yaml"


@pytest.fixture
def cli(migrated_url: str, tmp_path: Path) -> Cli:
    return Cli.on(migrated_url, tmp_path / "data")


def test_check_names_every_problem_of_every_file_with_file_and_line(cli: Cli, tmp_path: Path) -> None:
    good = ACME.read_text()
    (tmp_path / "one.yaml").write_text(good.replace("role: supplier", "role: seller"))
    (tmp_path / "two.yaml").write_text(good.replace("partner: acme-fasteners", "partner: other\nnickname: x"))
    found = cli.json("partner", "check", tmp_path, code=1)
    assert {(Path(problem["file"]).name, problem["path"]) for problem in found} >= {
        ("one.yaml", "role"),
        ("two.yaml", "nickname"),
    }
    assert all(problem["line"] >= 1 for problem in found)
    text = cli.run("partner", "check", tmp_path).stdout
    assert f"{tmp_path / 'one.yaml'}:" in text
    assert f"{len(found)} problems." in text


def test_check_refuses_two_owners_of_one_identifier(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(ACME.read_text())
    (tmp_path / "two.yaml").write_text(ACME.read_text().replace("partner: acme-fasteners", "partner: other"))
    found = cli.json("partner", "check", tmp_path, code=1)
    assert any("belongs to acme-fasteners already" in problem["message"] for problem in found)


def test_the_samples_have_no_problems(cli: Cli) -> None:
    assert cli.json("partner", "check", SAMPLES / "partners", "--config", SAMPLES / "hub.yaml") == []
    assert cli.json("config", "check", SAMPLES / "hub.yaml", "--partners", SAMPLES / "partners") == []


def test_a_folder_without_profiles_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    for command in (("partner", "check"), ("partner", "apply")):
        run = cli.run(*command, tmp_path)
        assert run.returncode == 1
        assert str(tmp_path) in run.stderr


def test_apply_puts_all_in_force_or_none(cli: Cli, tmp_path: Path) -> None:
    cli.configured()
    (tmp_path / "a.yaml").write_text(ACME.read_text().replace("Acme Fasteners", "Acme Bolts"))
    (tmp_path / "b.yaml").write_text("partner: broken\n")
    run = cli.run("partner", "apply", tmp_path)
    assert run.returncode == 1
    assert "b.yaml:1" in run.stderr
    assert {p["key"]: (p["version"], p["name"]) for p in cli.json("partner", "list")} == {
        "acme-fasteners": (1, "Acme Fasteners"),
        "birch-paper": (1, "Birch Paper"),
        "corner-hardware": (1, "Corner Hardware"),
        "delta-plastics": (1, "Delta Plastics"),
        "elm-garden": (1, "Elm Garden Tools"),
    }


def test_apply_refuses_an_identifier_that_an_applied_partner_owns(cli: Cli, tmp_path: Path) -> None:
    cli.configured()
    thief = tmp_path / "thief.yaml"
    thief.write_text(ACME.read_text().replace("partner: acme-fasteners", "partner: thief"))
    run = cli.run("partner", "apply", thief)
    assert run.returncode == 1
    assert f"{thief}:" in run.stderr
    assert "belongs to acme-fasteners already" in run.stderr


def test_an_export_knows_its_version_and_is_refused_over_a_newer_one(cli: Cli, tmp_path: Path) -> None:
    cli.configured()
    cli.ok("partner", "export", "--all", "--out", tmp_path)
    file = tmp_path / "acme-fasteners.yaml"
    original = file.read_text()
    assert original == "# hub: partner acme-fasteners version 1\n" + ACME.read_text()
    assert cli.ok("partner", "apply", file) == "partner acme-fasteners: version 1 is in force already\n"

    file.write_text(original.replace("Acme Fasteners", "Acme Bolts"))
    assert cli.json("partner", "apply", file)[0]["version"] == 2
    file.write_text(original.replace("Acme Fasteners", "Acme Screws"))
    run = cli.run("partner", "apply", file)
    assert run.returncode == 1
    assert "version 2" in run.stderr
    assert cli.json("partner", "show", "acme-fasteners")["profile"]["name"] == "Acme Bolts"

    plain = tmp_path / "plain.yaml"
    plain.write_text(ACME.read_text().replace("Acme Fasteners", "Acme Nuts"))
    assert cli.run("partner", "apply", plain, "--expect-version", "1").returncode == 1
    assert cli.json("partner", "apply", plain, "--expect-version", "2")[0]["version"] == 3


def test_profiles_wait_for_their_moment_all_of_them_or_none(cli: Cli, tmp_path: Path) -> None:
    cli.configured()
    keys = ("acme-fasteners", "birch-paper")
    for key in keys:
        text = cli.ok("partner", "export", key)
        (tmp_path / f"{key}.yaml").write_text(text.replace("usage_indicator: production", "usage_indicator: test"))
    made = cli.json("partner", "apply", tmp_path, "--at", "2999-01-31T06:00")
    at = "2999-01-31T06:00:00+00:00"
    assert made == [
        {"kind": "partner", "key": key, "at": at, "based_on": 1} for key in ("acme-fasteners", "birch-paper")
    ]
    listed = {one["key"]: one for one in cli.json("partner", "list")}
    assert [listed[key].get("changes_at", "")[:16] for key in sorted(listed)[:3]] == ["2999-01-31T06:00"] * 2 + [""]
    assert listed["acme-fasteners"]["usage_indicator"] == "production"
    assert "waits to be in force at 2999-02-01 00:00 UTC" in cli.ok("partner", "apply", tmp_path, "--at", "2999-02-01")
    assert "nothing waits any more" in cli.ok("partner", "withdraw", "acme-fasteners")
    assert cli.run("partner", "withdraw", "acme-fasteners").returncode == 1

    assert "moment has passed" in cli.run("partner", "apply", tmp_path, "--at", "2001-01-01").stderr
    assert cli.run("partner", "apply", tmp_path, "--at", "tomorrow").returncode == 2
    newer = tmp_path / "acme-fasteners.yaml"
    cli.ok("partner", "apply", newer)
    (tmp_path / "elm-garden.yaml").write_text((SAMPLES / "partners/elm-garden.yaml").read_text())
    newer.write_text(newer.read_text().replace("Acme Fasteners", "Acme Bolts"))
    assert "newer than version 1" in cli.run("partner", "apply", tmp_path, "--at", "2999-01-31").stderr
    assert [one["key"] for one in cli.json("partner", "list") if "changes_at" in one] == ["birch-paper"]


def test_hub_yaml_is_applied_shown_and_exported(cli: Cli, tmp_path: Path) -> None:
    assert cli.run("config", "show").returncode == 1
    cli.configured()
    assert cli.json("config", "show")["config"]["identities"][0]["id"] == "EXAMPLEDIST"
    file = tmp_path / "hub.yaml"
    cli.ok("config", "export", file)
    assert file.read_text() == "# hub: hub hub version 1\n" + (SAMPLES / "hub.yaml").read_text()
    assert cli.ok("config", "show") == file.read_text()
    assert not cli.json("config", "apply", file)["changed"]
    file.write_text("identities: nobody\n")
    run = cli.run("config", "apply", file)
    assert run.returncode == 1
    assert f"{file}:1" in run.stderr


def test_hub_yaml_keeps_an_identity_that_a_profile_refers_to(cli: Cli, tmp_path: Path) -> None:
    cli.configured()
    profile = tmp_path / "acme.yaml"
    profile.write_text(ACME.read_text().replace("x12:\n", "x12:\n  identity: main\n"))
    cli.ok("partner", "apply", profile)
    without = tmp_path / "hub.yaml"
    without.write_text((SAMPLES / "hub.yaml").read_text().replace("key: main", "key: other"))
    run = cli.run("config", "apply", without)
    assert run.returncode == 1
    assert "acme-fasteners refers to identity main" in run.stderr


def test_a_crosswalk_is_imported_merged_replaced_and_exported(cli: Cli, tmp_path: Path) -> None:
    cli.configured()
    sample = SAMPLES / "crosswalks" / "birch-paper.csv"
    assert cli.json("crosswalk", "import", "birch-paper", sample) == {"partner": "birch-paper", "revision": 1}
    held = cli.ok("crosswalk", "export", "birch-paper").splitlines()
    assert held[0] == "list,code_list,partner_value,our_value"
    more = tmp_path / "more.csv"
    more.write_text("list,code_list,partner_value,our_value\nitem,,NEW-1,900\n")
    cli.ok("crosswalk", "import", "birch-paper", more)
    assert set(cli.ok("crosswalk", "export", "birch-paper").splitlines()) == {*held, "item,,NEW-1,900"}
    cli.ok("crosswalk", "import", "birch-paper", more, "--replace")
    assert cli.ok("crosswalk", "export", "birch-paper").splitlines() == [held[0], "item,,NEW-1,900"]
    more.write_text("list,code_list,partner_value,our_value\ncolour,,RED,1\n")
    run = cli.run("crosswalk", "import", "birch-paper", more)
    assert run.returncode == 1
    assert f"{more}:2" in run.stderr
    assert cli.run("crosswalk", "import", "nobody", sample).returncode == 1


def test_a_key_is_shown_once_found_by_its_hash_and_revoked(cli: Cli) -> None:
    cli.configured()
    asked = ("--partner", "birch-paper", "--name", "api", "--scope", "documents:read", "--expires", "2099-06-30")
    made = cli.json("key", "create", *asked)
    store = Store(cli.database, cli.data, writable=False)
    try:
        with store.read() as tx:
            held = access.find(tx, made["key"])
    finally:
        store.close()
    assert held is not None
    assert (held.id, held.kind, held.subject, held.name) == (made["id"], "partner", "birch-paper", "api")
    listed = cli.run("key", "list").stdout
    assert "documents:read" in listed
    assert "2099-06-30" in listed
    assert cli.run("key", "create", "--gateway", "nobody", "--name", "api").returncode == 1
    assert cli.run("key", "create", "--gateway", "van", "--system", "erp", "--name", "api").returncode == 2
    assert made["id"] in listed
    assert made["key"] not in listed
    cli.ok("key", "revoke", made["id"])
    assert "revoked_at" in cli.json("key", "list")[0]
    assert cli.run("key", "revoke", made["id"]).returncode == 1
    for wrong in (("--partner", "nobody"), ("--system", "nothing")):
        assert cli.run("key", "create", "--name", "x", *wrong).returncode == 1
    assert cli.run("key", "create", "--name", "x").returncode == 2


def test_schemas_name_their_version(cli: Cli, tmp_path: Path) -> None:
    every = json.loads(cli.ok("schema"))
    one = json.loads(cli.ok("schema", "invoice"))
    assert every["invoice"] == one
    assert one["$id"].startswith("urn:supplier-hub:") or "1.0" in one["$id"]
    cli.ok("schema", "--out", tmp_path / "schemas")
    assert {path.name for path in (tmp_path / "schemas").iterdir()} == {f"{name}.schema.json" for name in every}
    assert cli.run("schema", "sonnet").returncode == 2


def test_the_api_is_described_without_a_hub(cli: Cli, tmp_path: Path) -> None:
    printed = json.loads(cli.ok("openapi"))
    assert printed["openapi"] == "3.1.0"
    assert printed["paths"]["/v1/documents"].keys() == {"get", "post"}
    cli.ok("openapi", "--out", tmp_path / "openapi.json")
    assert json.loads((tmp_path / "openapi.json").read_text()) == printed
