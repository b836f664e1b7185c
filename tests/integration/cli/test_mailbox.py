"""``hub mailbox``: what partners are told, and that nothing of it is a secret."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from channels.sftp.server.host_keys import own_keys, shown
from channels.sftp.server.settings import HOST_KEY_FOLDER
from hub.cli.program import program
from hub.store.people import passwords
from tests.integration.cli.commands import Cli
from tests.integration.stepping import SETTINGS
from tests.mailboxes import mailbox_profile
from tests.prepared import fresh_store
from tests.unit.channels.sftp.keys import ED25519, OTHER


def configured(folder: Path, url: str) -> Cli:
    fresh_store(url, folder / "data").close()
    (folder / "hub.yaml").write_text(SETTINGS)
    more = f', {{key: "{OTHER}", valid_until: "2030-01-01T00:00:00Z"}}'
    (folder / "acme.yaml").write_text(mailbox_profile(f'"{ED25519}"{more}'))
    cli = Cli.on(url, folder / "data")
    assert cli.run("config", "apply", folder / "hub.yaml").returncode == 0
    assert cli.run("partner", "apply", folder / "acme.yaml").returncode == 0
    return cli


def test_mailboxes_are_listed_with_the_fingerprints_of_their_keys(tmp_path: Path, migrated_url: str) -> None:
    cli = configured(tmp_path, migrated_url)
    (one,) = json.loads(cli.run("mailbox", "list", "--json").stdout)
    assert (one["user"], one["partner"], one["channel"]) == ("acme", "acme", "acme/mailbox")
    assert [key["fingerprint"][:7] for key in one["keys"]] == ["SHA256:", "SHA256:"]
    assert (one["password"], one["not_fetched"]) == (False, 0)
    assert "2 keys" in cli.run("mailbox", "list").stdout


@pytest.mark.own_stores("PostgreSQL's backup is of test_backup.py")
def test_host_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    cli = configured(tmp_path, "")
    first, again = (json.loads(cli.run("mailbox", "host-keys", "--json").stdout) for _ in range(2))
    assert first == again
    assert [one["host_key"].split(" ")[0] for one in first] == ["ssh-ed25519", "ssh-rsa"]
    assert [(one.fingerprint, one.line) for one in shown(own_keys(cli.data))] == [tuple(one.values()) for one in first]
    plain = cli.run("mailbox", "host-keys").stdout
    assert all(one["host_key"] in plain and one["fingerprint"] in plain for one in first)
    folder = cli.data / HOST_KEY_FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    backup = tmp_path / "backup"
    assert cli.run("backup", backup).returncode == 0
    assert cli.run("restore", backup, "--data-dir", tmp_path / "new").returncode == 0
    assert json.loads(Cli(tmp_path / "new").run("mailbox", "host-keys", "--json").stdout) == first


def test_a_password_is_hashed_and_a_short_one_refused() -> None:
    word = "a long enough password"
    told = CliRunner().invoke(program("mailbox"), ["mailbox", "hash-password"], input=f"{word}\n{word}\n")
    assert told.exit_code == 0
    hash = told.stdout.split()[-1]
    assert hash.startswith("$argon2id$")
    assert passwords.verify(hash, word)
    short = CliRunner().invoke(program("mailbox"), ["mailbox", "hash-password"], input="short\nshort\n")
    assert short.exit_code == 1
