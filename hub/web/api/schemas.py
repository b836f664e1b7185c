"""``/v1/schemas``: the JSON Schema of every canonical document type, as ``hub schema`` prints it."""

from __future__ import annotations

from aiohttp import web

from canonical.document import json_schemas


async def list_schemas(request: web.Request) -> web.Response:
    rows = [
        {"type": name, "id": schema["$id"], "url": f"/v1/schemas/{name}"} for name, schema in json_schemas().items()
    ]
    return web.json_response({"schemas": rows})


async def get_schema(request: web.Request) -> web.Response:
    schema = json_schemas().get(request.match_info["type"])
    if schema is None:
        raise web.HTTPNotFound(text=f"There is no such document type; there are: {', '.join(json_schemas())}.")
    return web.json_response(schema, content_type="application/schema+json")
