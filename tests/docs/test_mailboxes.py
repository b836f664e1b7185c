"""The channel and the server that docs/mailboxes.md shows are such."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from channels.sftp.server.settings import MailboxSettings, Quota, SftpDoorSettings

TEXT = (Path(__file__).parents[2] / "docs" / "mailboxes.md").read_text(encoding="utf-8")


def test_what_the_page_shows_is_so_and_what_it_says_of_defaults_is_true() -> None:
    mailbox, server = (YAML(typ="safe").load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.S))
    settings = MailboxSettings.model_validate(mailbox["channels"][0])
    assert [key.valid_until is None for key in settings.keys] == [True, False]
    assert settings.quota == Quota()
    usual = SftpDoorSettings.model_validate({"host": "0.0.0.0", "port": 2222})
    assert SftpDoorSettings.model_validate(server["sftp"]) == usual
