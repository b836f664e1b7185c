"""The events described for programs, made of the catalogue: an AsyncAPI 3.0 document and JSON Schemas."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from typing import Any

from hub.events.catalogue import KINDS, NAMESPACE, Audience, kinds_for, schema_id, type_of

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT: Json = {"type": "string", "minLength": 1}

_CLOUD_EVENT: Json = {
    "type": "object",
    "description": (
        "A CloudEvent 1.0. Events with one `partitionkey` have to stay in order; `sequence` is the place in the feed. "
        "A field that says nothing is absent."
    ),
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _TEXT | {"description": "The same each time that it is told: take each once."},
        "source": _TEXT,
        "type": _TEXT,
        "subject": _TEXT | {"description": "The id of what it is about."},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": _TEXT | {"description": "The $id of the JSON Schema of data."},
        "sequence": {"type": "string", "pattern": "^[0-9]{19}$"},
        "partitionkey": _TEXT | {"description": "Partner and purchase order; the partner; else the subject."},
        "partner": _TEXT,
        "transmission": _TEXT | {"description": "The arrival that set it off."},
        "actor": _TEXT | {"description": "Who did it; told to systems."},
        "data": {"type": "object"},
        "dataref": _TEXT | {"description": "Where the event is whole, in place of data too large for a message."},
    },
    "required": ["specversion", "id", "source", "type", "subject", "time", "dataschema", "sequence", "partitionkey"],
}

_PARAMETERS: Json = {
    "prefix": {"description": "subject_prefix of hub.yaml.", "default": NAMESPACE},
    "noun": {"description": "What the event is about.", "enum": sorted({kind.partition(".")[0] for kind in KINDS})},
    "happened": {"description": "What has happened to it."},
    "version": {"description": "Of the type: v1."},
    "partner": {"description": "The partner's key; _ where it is no partner's."},
    "key": {"description": "The order key within the partner; bytes but letters, digits and - as =HH; _ for none."},
}

_SUBMITTED: Json = {
    "type": "object",
    "description": "A canonical document, and the partner it is for. GET /v1/schemas has the documents.",
    "properties": {"partner": _TEXT, "document": {"type": "object", "required": ["type"]}},
    "required": ["partner", "document"],
    "additionalProperties": False,
}


def schemas() -> dict[str, Json]:
    """Kind → the JSON Schema (2020-12) of its data."""
    return {
        kind: {
            "$schema": DIALECT,
            "$id": schema_id(kind),
            **one.model.model_json_schema(by_alias=True),
            "title": type_of(kind),
        }
        for kind, one in KINDS.items()
    }


def asyncapi() -> Json:
    """Every event that leaves the house by the feed, by server-sent events and by NATS, and the documents that come in
    by NATS."""
    told = kinds_for(Audience.SYSTEMS)
    messages = {type_of(kind): _message(kind) for kind in told}
    references = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Supplier Hub events",
            "version": version("supplier-hub"),
            "description": "What happens in the hub, in order, and documents that are taken. docs/events.md says more.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "feed": {
                "address": "/v1/events/stream",
                "description": "Server-sent events, each reader's own; GET /v1/events has the same a page at a time.",
                "messages": references,
            },
            "stream": {
                "address": "{prefix}.{noun}.{happened}.{version}.{partner}.{key}",
                "description": "Subjects of the JetStream stream that the hub relays its events to.",
                "parameters": _PARAMETERS,
                "messages": references,
            },
            "documents": {
                "address": "{subject}",
                "description": "A JetStream stream that the hub takes documents from: consumers of hub.yaml.",
                "parameters": {"subject": {"description": "What the ERP or WMS publishes to."}},
                "messages": {"document": {"$ref": "#/components/messages/document"}},
            },
        },
        "operations": {
            "tell": {"action": "send", "channel": {"$ref": "#/channels/feed"}},
            "relay": {"action": "send", "channel": {"$ref": "#/channels/stream"}},
            "take": {"action": "receive", "channel": {"$ref": "#/channels/documents"}},
        },
        "components": {
            "messages": messages | {"document": _document()},
            "schemas": {"CloudEvent": _CLOUD_EVENT, "Submitted": _SUBMITTED}
            | {type_of(kind): schema for kind, schema in schemas().items() if kind in told},
        },
    }


@cache
def asyncapi_text() -> str:
    """The document as JSON text."""
    return json.dumps(asyncapi(), ensure_ascii=False, separators=(",", ":"))


def _message(kind: str) -> Json:
    name = type_of(kind)
    own = {
        "properties": {
            "type": {"const": name},
            "dataschema": {"const": schema_id(kind)},
            "data": {"$ref": f"#/components/schemas/{name}"},
        }
    }
    return {
        "name": name,
        "title": kind,
        "summary": KINDS[kind].meaning,
        "contentType": "application/cloudevents+json",
        "payload": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, own]},
    }


def _document() -> Json:
    return {
        "name": "document",
        "title": "A document for a partner",
        "summary": "canonical JSON, or a file of the media type that its Content-Type header names",
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "properties": {
                "Nats-Msg-Id": _TEXT | {"description": "The sender's own name for it: it is taken once."},
                "Content-Type": _TEXT,
            },
        },
        "payload": {"$ref": "#/components/schemas/Submitted"},
    }
