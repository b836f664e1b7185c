"""What a mailbox in a profile has to say, and whom its networks let in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.sftp.server.settings import MailboxSettings
from partners.loader import load_profiles
from tests.mailboxes import mailbox_profile, make_key
from tests.unit.channels.sftp.keys import ED25519, OTHER


def settings(**given: object) -> MailboxSettings:
    mailbox = {"kind": "mailbox", "name": "mailbox", "user": "acme", "keys": [ED25519]} | given
    return MailboxSettings.model_validate(mailbox)


def test_keys_are_lines_that_may_end_and_their_comments_do_not_count() -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    found = settings(keys=[f"{ED25519} somebody@somewhere", {"key": OTHER, "valid_until": until}])
    first, second = found.keys
    assert first.key == ED25519
    assert first.valid(until + timedelta(days=9999))
    assert second.valid(until - timedelta(seconds=1))
    assert not second.valid(until)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"keys": []}, "nobody could sign in"),
        ({"keys": ["ssh-dss AAAAB3NzaC1kc3MAAACBAP"]}, "begins with ssh-ed25519"),
        ({"keys": [ED25519, ED25519]}, "stands above already"),
        ({"keys": [ED25519.replace("ssh-ed25519 ", "ssh-rsa ")]}, "different types"),
        ({"password_hash": "$argon2id$v=19$m=65536"}, "written as a reference"),
        ({"shared": True}, "belongs to one partner"),
        ({"user": "Acme"}, "pattern"),
        ({"user": "../acme"}, "pattern"),
        ({"networks": ["203.0.113.1/24"]}, "no network"),
        ({"keys": [{"key": ED25519, "valid_until": "2030-01-01T00:00:00"}]}, "timezone"),
    ],
)
def test_what_makes_no_mailbox_is_a_problem(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        settings(**given)


def test_an_rsa_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    short = make_key(tmp_path / "short", "-t", "rsa", "-b", "1024")
    with pytest.raises(ValidationError, match="an RSA key of 1024 bits is too weak"):
        settings(keys=[short])


def test_networks_are_those_of_ipv4_also_within_ipv6() -> None:
    found = settings(networks=["203.0.113.0/24", "2001:db8::/32"])
    assert found.admits("203.0.113.9")
    assert found.admits("::ffff:203.0.113.9")
    assert found.admits("2001:db8::1%eth0")
    assert not found.admits("198.51.100.1")
    assert settings().admits("198.51.100.1")


def test_cf02_two_mailboxes_of_one_user_name_are_a_named_problem(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(mailbox_profile(f'"{ED25519}"', "acme"))
    (tmp_path / "beta.yaml").write_text(mailbox_profile(f'"{OTHER}"', "beta"))
    loaded = load_profiles([tmp_path])
    (problem,) = loaded.problems
    assert problem.message.startswith("the mailbox user acme belongs to acme already")
    assert problem.path == ("channels", 0, "user")
