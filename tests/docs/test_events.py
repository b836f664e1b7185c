"""docs/events.md: its event is what the catalogue says, its settings are taken, its numbers are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs

from hub.bells import WAITERS, WAITERS_OF_ONE
from hub.events.cloud import SEQUENCE_DIGITS
from hub.events.description import asyncapi
from hub.events.subjects import subject_of
from hub.node.streams import LONGEST_PAUSE
from hub.settings import load_settings_text
from hub.timers import SEAL_SECONDS
from hub.web.api import events
from hub.web.api.routes import TABLE
from hub.web.connections import Patience

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
(EVENT,) = re.findall(r"```json\n(.*?)```", PAGE, re.S)
(YAML,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
OWNERS = "systems: [{key: erp}]\ngateways: [{key: van, partners: [acme]}]\n"


def test_its_event_is_one_of_the_catalogue() -> None:
    event, described = json.loads(EVENT), asyncapi()
    message = described["components"]["messages"][event["type"]]["payload"]
    assert jsonschema_rs.Draft202012Validator({**message, **described}).is_valid(event)
    assert len(event["sequence"]) == SEQUENCE_DIGITS
    subject = subject_of("supplierhub", "delivery.dead", event["partner"], event["partitionkey"])
    assert f"`{subject}`" in PAGE


def test_its_settings_are_taken() -> None:
    nats = load_settings_text(OWNERS + YAML, "events.md").require().nats
    assert nats is not None
    assert nats.relay is not None
    assert [one.name for one in nats.consumers] == ["ERP_DOCUMENTS/supplier-hub", "VAN_FILES/supplier-hub"]


def test_its_addresses_exist_and_its_numbers_are_those_of_the_code() -> None:
    paths = set(re.findall(r"/v1(/(?:events|asyncapi)(?:[\w/.]*\w)?)", PAGE))
    assert paths == {one.path for one in TABLE if one.tag == "Events" or "asyncapi" in one.path}
    assert f"every {events.HEARTBEAT_SECONDS:.0f} seconds" in PAGE
    assert f"at most {events.BATCH} events" in PAGE
    assert f"at most {WAITERS_OF_ONE} streams open, all\ntogether {WAITERS}" in PAGE
    assert (Patience().reading, LONGEST_PAUSE, SEAL_SECONDS) == (60, 60, 5)
