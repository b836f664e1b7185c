"""``hub user``: who comes in at the portal, by links that are shown once."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.cli.commands import SAMPLES, Cli
from tests.prepared import migrated_sqlite


def test_people_are_invited_listed_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "hub.db").write_bytes(migrated_sqlite())
    cli = Cli(data)
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
