"""The catalogue of events: names by the rule, data that each model takes, and its description for programs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest

from hub.events.catalogue import KINDS, TYPES, Audience, kinds_for, told
from hub.events.cloud import cloud_event
from hub.events.description import asyncapi, schemas
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.schema.records import StoredEvent
from partners.webhook import EVENTS
from tests.catalogued import problem_with

NOW = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
DEAD = StoredEvent(NOW, "delivery.dead", "dl_1", "tr_1", "acme", "hub", {"reason": "HTTP 400", "chosen_by": "jo"}, 4711)


def test_a_kind_is_a_noun_and_what_happened_to_it_and_its_type_has_a_version() -> None:
    for kind, one in KINDS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", kind)
        assert f"supplierhub.{kind}.v{one.version}" in TYPES
        assert one.meaning
        assert not one.meaning.endswith(".")
    assert set(EVENTS) <= set(kinds_for(Audience.PARTNERS)), "what webhooks tell"


def test_every_outcome_has_a_kind() -> None:
    outcomes = set(ArrivalStatus) - {ArrivalStatus.RECEIVED, ArrivalStatus.PROCESSING}
    assert {f"transmission.{status}" for status in outcomes} <= KINDS.keys()
    assert {f"document.{status}" for status in DocumentStatus if status is not DocumentStatus.REPLACED} <= KINDS.keys()


@pytest.mark.parametrize(
    "event",
    [
        DEAD._replace(kind="delivery.vanished"),
        DEAD._replace(data={"reason": "x", "colour": "red"}),
        DEAD._replace(data={"chosen_by": "jo"}),
    ],
    ids=["unknown", "more than is described", "less than is promised"],
)
def test_what_the_catalogue_does_not_have_is_noticed(event: StoredEvent) -> None:
    assert problem_with(event)
    assert problem_with(DEAD) is None


def test_what_was_decided_inside_is_not_told_outside() -> None:
    assert told("delivery.dead", DEAD.data, Audience.PARTNERS) == {"reason": "HTTP 400"}
    assert told("delivery.dead", DEAD.data, Audience.SYSTEMS) == DEAD.data
    assert "actor" not in cloud_event(DEAD, "acme/1", "hub", Audience.PARTNERS)


def resolved(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_asyncapi_document_is_whole() -> None:
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))):
        if not reference.startswith("#/$defs/"):
            assert resolved(document, reference)
    for channel in document["channels"].values():
        assert channel["messages"]
        assert set(re.findall(r"{(\w+)}", channel["address"])) == channel.get("parameters", {}).keys()
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert resolved(document, operation["channel"]["$ref"])
    for name in [*document["channels"], *document["operations"], *document["components"]["messages"]]:
        assert re.fullmatch(r"[\w.-]+", name)
    allowed = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"}
    assert document.keys() <= allowed
    for kind in kinds_for(Audience.SYSTEMS):
        assert document["components"]["messages"][f"supplierhub.{kind}.v{KINDS[kind].version}"]["summary"]


def test_an_event_is_what_its_message_says() -> None:
    document = asyncapi()
    payload = {**document["components"]["messages"]["supplierhub.delivery.dead.v1"]["payload"], **document}
    event = cloud_event(DEAD, "acme/1", "hub", Audience.SYSTEMS)
    validator = jsonschema_rs.Draft202012Validator(payload)
    assert validator.is_valid(event)
    assert not validator.is_valid(event | {"type": "supplierhub.delivery.resent.v1"})
    assert not validator.is_valid(event | {"data": {"reason": 3}})


def test_every_schema_is_one_and_names_its_version() -> None:
    for kind, schema in schemas().items():
        jsonschema_rs.meta.validate(schema)
        assert schema["$id"] == f"urn:supplier-hub:event:{kind}:{KINDS[kind].version}"
        assert schema["additionalProperties"] is False
