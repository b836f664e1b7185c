from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from channels.accounts import PAUSES, Accounts
from channels.errors import PausedError
from channels.sftp.client.host_key import pinned_fingerprint
from channels.sftp.client.settings import SftpSettings

LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA1Jb5PThmbWxrb3qO2wq4Rk0gPhkNQfjZ1GTeRJcOTG"
FINGERPRINT = "SHA256:G1KpEJCSV3UNwiqVDlMmV3DDmLBA/r58brTxj+PC55Q"
CHANNEL: dict[str, Any] = {
    "kind": "sftp",
    "name": "files",
    "host": "sftp.partner.example",
    "user": "us",
    "password": "env:PASSWORD",
    "host_keys": [LINE],
    "inbound": [{"path": "out/"}],
    "outbound": "in",
}


def test_a_channel_says_what_it_needs() -> None:
    settings = SftpSettings.model_validate(CHANNEL)
    assert (settings.inbound[0].path, settings.polls, settings.sends) == ("out", True, True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"host_keys": []}, "at least 1 item"),
        ({"host_keys": None}, "valid tuple"),
        ({"host_keys": ["SHA256:short"]}, "a host key is written as"),
        ({"host_keys": ["ssh-rsa " + LINE.split()[1]]}, "name different types"),
        ({"host_keys": ["ssh-ed25519 ?"]}, "no base64"),
        ({"password": "hunter2"}, "written as a reference"),
        ({"password": None}, "either password or private_key"),
        ({"private_key": "file:/key"}, "either password or private_key"),
        ({"passphrase": "env:P"}, "belongs to a private_key"),
        ({"inbound": [], "outbound": None}, "needs inbound, outbound or both"),
        ({"inbound": [{"path": "a/../../b"}]}, 'without ".."'),
        ({"inbound": [{"path": "a"}, {"path": "a/"}]}, "stands above already"),
        ({"inbound": [{"path": "a", "after": "archive"}]}, "belong together"),
        ({"inbound": [{"path": "a", "archive": "b"}]}, "belong together"),
        ({"inbound": [{"path": "in"}]}, "would be fetched again"),
        ({"host": "partner.example/x"}, "pattern"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as refused:
        SftpSettings.model_validate(CHANNEL | changed)
    assert "hunter2" not in str(refused.value.errors()[0]["msg"])


def test_a_line_and_its_fingerprint_pin_the_same_key() -> None:
    pinned = SftpSettings.model_validate(CHANNEL | {"host_keys": [f"{LINE} root@partner", FINGERPRINT + "="]}).host_keys
    assert pinned == (LINE, FINGERPRINT)
    assert {pinned_fingerprint(key) for key in pinned} == {FINGERPRINT}


def test_a_refused_account_is_left_alone_for_longer_each_time_and_a_new_credential_is_tried_at_once() -> None:
    now = [1000.0]
    accounts, account = Accounts(lambda: now[0]), ("host", 22, "us")
    for pause in (*PAUSES, PAUSES[-1]):
        accounts.look(account, "old")
        accounts.refused(account, "old")
        now[0] += pause - 1
        with pytest.raises(PausedError):
            accounts.look(account, "old")
        now[0] += 1
    accounts.refused(account, "old")
    accounts.look(account, "new")
    accounts.look(("host", 22, "others"), "old")
    accounts.accepted(account)
    accounts.look(account, "old")
