"""The channel that docs/rest.md shows is one, and shows every setting."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from channels.patience import LONGEST_PAUSE
from channels.rest.access import HttpAccess
from channels.rest.settings import Inbound, RestSettings
from channels.rest.signing import SHORTEST_KEY
from channels.rest.transport import PAGES

TEXT = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")


def test_the_channel_of_the_page_is_one_and_every_setting_is_named() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    (channel,) = YAML(typ="safe").load(block)["channels"]
    settings = RestSettings.model_validate(channel)
    assert settings.inbound is not None
    assert settings.inbound.acknowledge is not None
    assert {name for name in HttpAccess.model_fields if name not in block} == set()
    assert {name for name in Inbound.model_fields if f"{name}:" not in TEXT and f"`{name}`" not in TEXT} == set()


def test_its_figures_are_so() -> None:
    assert f"at least {SHORTEST_KEY} characters" in TEXT
    assert f"At most {PAGES} pages" in TEXT
    assert f"up to {LONGEST_PAUSE / 60:g} minutes" in TEXT
