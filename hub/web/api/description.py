"""``/v1/openapi.json``: the API as it describes itself. Nothing in it is of any partner, so it needs no key."""

from __future__ import annotations

from aiohttp import web

from hub.web.api.answers import shown
from hub.web.api.openapi import document_text
from hub.web.api.operation import OPERATIONS
from hub.web.context import in_store, services_of


async def get_openapi(request: web.Request) -> web.Response:
    """This description (OpenAPI 3.1), made of the models by which requests are checked and answers are written."""
    table = tuple(request.config_dict[OPERATIONS].values())
    return shown(request, await in_store(services_of(request), lambda: document_text(table)))
