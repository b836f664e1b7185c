"""What ``docs/outbox.md`` shows is taken, and what it says of numbers and addresses is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

from channels.settings import ApiSettings
from hub.bells import WAITERS_OF_ONE
from hub.settings import OutboxTarget, load_settings_text
from hub.web.api import outbox
from hub.web.api.routes import TABLE

PAGE = (Path(__file__).parents[2] / "docs" / "outbox.md").read_text(encoding="utf-8")
(YAML,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


def test_its_target_is_taken_with_the_default_that_it_names() -> None:
    target = load_settings_text(YAML, "outbox.md").require().target("wms")
    assert isinstance(target, OutboxTarget)
    assert target.overdue_after_hours == OutboxTarget.model_fields["overdue_after_hours"].default == 1
    assert ApiSettings.model_fields["overdue_after_hours"].default == 72
    assert "`overdue_after_hours` (72)" in PAGE


def test_its_bodies_are_taken() -> None:
    shown = re.findall(r"-d '(\{.*?\})'", PAGE) + re.findall(r"```json\n(.*?)```", PAGE, re.S)
    confirmations = [body for body in shown if "confirmations" in body]
    assert len(confirmations) == 2
    for body in confirmations:
        outbox.Confirmations.model_validate(json.loads(body))
    (lease,) = [body for body in shown if "confirmations" not in body]
    assert outbox.LeaseWish.model_validate(json.loads(lease)) == outbox.LeaseWish()


def test_its_addresses_exist_and_all_of_the_outbox_are_told() -> None:
    shown = {re.sub(r"tr_\w+|LEASE", "{}", path) for path in re.findall(r"/v1(/outbox[\w/]*)", PAGE)}
    there = {re.sub(r"\{\w+\}", "{}", operation.path) for operation in TABLE if operation.tag == "Outbox"}
    assert shown == there


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"at most {outbox.WAIT_SECONDS} seconds later" in PAGE
    assert WAITERS_OF_ONE == 8
    assert "eight requests of one caller" in PAGE
    assert outbox.Confirmations.model_fields["confirmations"].metadata[-1].max_length == 500
