"""``hub user``: who comes in at the portal, by links that are shown once."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.cli.commands import SAMPLES, Cli
from tests.prepared import fresh_store


def test_people_are_invited_listed_and_removed(tmp_path: Path, migrated_url: str) -> None:
    fresh_store(migrated_url, tmp_path / "data").close()
    cli = Cli.on(migrated_url, tmp_path / "data")
    refused = cli.run("user", "invite", "elm-garden", "jo@elm.example")
    assert (refused.returncode, refused.stderr) == (1, "There is no partner elm-garden.\n")
    assert cli.run("partner", "apply", SAMPLES / "partners/elm-garden.yaml").returncode == 0
    made = json.loads(cli.run("user", "invite", "elm-garden", "Jo@elm.example", "--json").stdout)
    assert made["email"] == "jo@elm.example"
    assert made["link"].startswith("/portal/invitation/")
    assert "not shown again" in cli.run("user", "invite", "elm-garden", "kim@elm.example").stdout
    assert cli.run("user", "list").stdout == "Nobody comes in at the portal.\n"
    for command in ("new-password", "remove"):
        refused = cli.run("user", command, "elm-garden", "pu_nobody")
        assert (refused.returncode, refused.stderr) == (1, "There is no such user.\n")
