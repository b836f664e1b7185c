"""What ``docs/targets.md`` shows is taken, and what it says of the defaults is so."""

from __future__ import annotations

import re
from pathlib import Path

from channels.rest.success import StatusQuestion
from channels.sending import Sending
from hub.settings import HttpTarget, load_settings_text
from hub.targets.standing import Gate

PAGE = (Path(__file__).parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")
YAML, CONFIRMATION = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


def test_its_targets_are_taken_and_show_every_setting() -> None:
    settings = load_settings_text(YAML, "targets.md").require()
    erp = settings.target("erp")
    assert isinstance(erp, HttpTarget)
    unnamed = {name for name in HttpTarget.model_fields if name not in YAML} - {"usage", "allow_networks"}
    assert unnamed == set()
    shown, default = erp.model_dump(), Sending().model_dump()
    for name in ("concurrency", "timeout_seconds", "breaker_failures", "retry"):
        assert shown[name] == default[name], f"{name} is shown with its default"


def test_its_question_is_taken_and_shows_every_setting() -> None:
    shown = CONFIRMATION.replace("\n", "\n    ")
    target = f"targets:\n  - key: erp\n    kind: http\n    url: https://erp.example/\n    {shown}"
    erp = load_settings_text(target, "targets.md").require().target("erp")
    assert isinstance(erp, HttpTarget)
    assert erp.confirmation is not None
    assert {name for name in StatusQuestion.model_fields if name not in CONFIRMATION} == set()


def test_every_setting_that_a_channel_shares_is_named() -> None:
    told = PAGE.partition("may stand at a folder channel")[0].rpartition("\n\n")[2]
    assert {name for name in Sending.model_fields if f"`{name}`" not in told} == set()


def test_every_state_of_the_breaker_is_explained() -> None:
    for word in ("**Closed**", "**Open**", "**Half-open**"):
        assert word in PAGE
    assert Gate.MAINTENANCE in YAML
