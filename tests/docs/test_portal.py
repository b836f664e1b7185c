"""The channel that docs/portal.md shows is one, and its figures are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from channels.portal.settings import PortalSettings
from hub.portal.accounts import INVITATION_LIFETIME, PASSWORD_LIFETIME
from hub.store.people import passwords
from hub.store.people.drafts import LIFETIME
from hub.store.people.operators import IDLE_LIMIT, SESSION_LIMIT
from hub.web.attempts import PER_ADDRESS, PER_NAME
from hub.web.portal.upload import FILE_LIMIT

TEXT = (Path(__file__).parents[2] / "docs" / "portal.md").read_text(encoding="utf-8")


def test_what_the_page_shows_and_says_is_so() -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    settings = PortalSettings.model_validate(YAML(typ="safe").load(shown)["channels"][0])
    assert settings == PortalSettings(name="portal", kind="portal")
    figures = {
        f"after {INVITATION_LIFETIME.days} days": 1,
        f"after {PASSWORD_LIFETIME.seconds // 60} minutes": 1,
        f"has {passwords.SHORTEST} to {passwords.LONGEST} characters": 1,
        f"after {IDLE_LIMIT.seconds // 60} idle minutes": 1,
        f"after {SESSION_LIMIT.seconds // 3600} hours": 1,
        f"or {PER_ADDRESS} of one address": 1,
        f"Up to {FILE_LIMIT // 1_000_000} MB": 1,
    }
    assert {said: TEXT.count(said) for said in figures} == figures
    assert (PER_NAME, LIFETIME.seconds) == (8, 3600)
