from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.commands import SAMPLES, Cli
from tests.ports import free_port
from tests.sshd import running_sshd

CHANNEL = """
  - name: server
    kind: sftp
    host: 10.1.2.3
    user: us
    password: env:PASSWORD
    inbound: [{path: out}]
"""


@pytest.mark.external("sshd")
def test_the_host_key_of_a_server_is_shown_and_nothing_is_stored(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "data")
    with running_sshd(tmp_path) as server:
        shown = cli.run("channel", "host-key", "127.0.0.1", "--port", str(server.port), "--json")
        assert [one["host_key"] for one in json.loads(shown.stdout)] == [server.host_key]
        assert server.host_key in cli.run("channel", "host-key", "127.0.0.1", "--port", str(server.port)).stdout
        assert "publickey" not in server.log()
    assert not cli.data.exists()


def test_a_server_that_cannot_be_reached_has_no_host_key(tmp_path: Path) -> None:
    ended = Cli(tmp_path).run("channel", "host-key", "127.0.0.1", "--port", str(free_port()))
    assert (ended.returncode, "cannot be reached" in ended.stderr) == (1, True)


def test_a_channel_without_a_pinned_key_or_to_a_private_address_is_refused(tmp_path: Path) -> None:
    """CF07, CF03: it cannot be applied, so it is not active."""
    profile = (SAMPLES / "partners" / "acme-fasteners.yaml").read_text()
    path = tmp_path / "acme.yaml"
    path.write_text(profile.replace("\nchannels:\n", f"\nchannels:{CHANNEL}"))
    checked = Cli(tmp_path / "data").run("partner", "check", path, "--config", SAMPLES / "hub.yaml")
    assert checked.returncode == 1
    assert "host_keys" in checked.stderr + checked.stdout
    path.write_text(path.read_text().replace("    user: us", "    user: us\n    host_keys: [" + PINNED + "]"))
    checked = Cli(tmp_path / "data").run("partner", "check", path, "--config", SAMPLES / "hub.yaml")
    assert checked.returncode == 1
    assert "10.1.2.3 is in none of hub.yaml's partner_networks" in checked.stderr + checked.stdout


PINNED = '"SHA256:G1KpEJCSV3UNwiqVDlMmV3DDmLBA/r58brTxj+PC55Q"'
