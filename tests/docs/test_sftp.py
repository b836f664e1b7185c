"""The channel that docs/sftp.md shows is one."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from channels.sftp.client.settings import SftpSettings

TEXT = (Path(__file__).parents[2] / "docs" / "sftp.md").read_text(encoding="utf-8")


def test_the_channel_of_the_page_is_one() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    (channel,) = YAML(typ="safe").load(block)["channels"]
    settings = SftpSettings.model_validate(channel)
    assert [folder.after for folder in settings.inbound] == ["archive", "delete", "leave"]
    assert settings.inbound[2].complete == "renamed"
