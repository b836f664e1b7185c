"""``docs/keeping.md`` names the checks there are, and shows a retention that hub.yaml takes."""

from __future__ import annotations

import re
from pathlib import Path

from hub.settings import HubSettings, load_settings_text
from hub.verify.checks import CHECKS
from partners.retention import Stored

PAGE = (Path(__file__).parents[2] / "docs" / "keeping.md").read_text(encoding="utf-8")
IDENTITY = "identities: [{key: main, qualifier: ZZ, id: BUYER}]\n"


def test_every_check_is_explained_in_the_order_in_which_it_runs() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.M) == list(CHECKS)


def test_the_retention_that_is_shown_is_one() -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    settings: HubSettings = load_settings_text(IDENTITY + shown, "hub.yaml").require()
    assert {what: settings.retention.days(what) is not None for what in Stored} == dict.fromkeys(Stored, True)
