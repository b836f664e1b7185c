"""``/v1/openapi.json`` and ``/v1/asyncapi.json``: API and events as they describe themselves. Nothing in them is
of any partner, so they need no key."""

from __future__ import annotations

from aiohttp import web

from hub.events.description import asyncapi_text
from hub.web.api.answers import shown
from hub.web.api.openapi import document_text
from hub.web.api.operation import OPERATIONS
from hub.web.context import in_store, services_of


async def get_openapi(request: web.Request) -> web.Response:
    """This description (OpenAPI 3.1), made of the models by which requests are checked and answers are written."""
    table = tuple(request.config_dict[OPERATIONS].values())
    return shown(request, await in_store(services_of(request), lambda: document_text(table)))


async def get_asyncapi(request: web.Request) -> web.Response:
    """Every event that is told, with the JSON Schema of its data, and the documents that come in by NATS (AsyncAPI
    3.0)."""
    return shown(request, await in_store(services_of(request), asyncapi_text))
