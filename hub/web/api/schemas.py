"""``/v1/schemas``: the JSON Schema of every canonical document type, as ``hub schema`` prints it."""

from __future__ import annotations

import json

from aiohttp import web

from canonical.document import json_schemas
from hub.web.api.answers import shown
from hub.web.api.records.record import Record


class SchemaRow(Record):
    """One type of document; ``id`` names type and version."""

    type: str
    id: str
    url: str


class SchemaList(Record):
    """All types."""

    schemas: tuple[SchemaRow, ...]


async def list_schemas(request: web.Request) -> web.Response:
    """Every type of canonical document with the URL of its JSON Schema."""
    rows = (SchemaRow(type=name, id=found["$id"], url=f"/v1/schemas/{name}") for name, found in json_schemas().items())
    return shown(request, SchemaList(schemas=tuple(rows)).text())


async def get_schema(request: web.Request) -> web.Response:
    """The JSON Schema (2020-12) of one type of document."""
    schema = json_schemas().get(request.match_info["type"])
    if schema is None:
        raise web.HTTPNotFound(text=f"There is no such document type; there are: {', '.join(json_schemas())}.")
    return shown(request, json.dumps(schema), "application/schema+json")
