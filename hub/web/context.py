"""What every handler may use: the hub's services, the store reached through its executor, and who is asking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from hub.services import HubServices

T = TypeVar("T")

SERVICES = web.AppKey("services", HubServices)

REQUEST_ID = web.RequestKey("request_id", str)
"""The reference under which the log has a request."""

PUBLIC_URL = web.AppKey("public_url", str)
"""How browsers reach the console when a proxy stands before it (``https://hub.example.com``); empty: as asked."""


def services_of(request: web.Request) -> HubServices:
    return request.config_dict[SERVICES]


async def in_store(services: HubServices, work: Callable[[], T]) -> T:
    """Runs ``work``, which may touch the store, in the bounded executor; the event loop never waits for a disk.

    Shielded: a client that goes away does not cut a transaction's answer short, the work ends by itself.
    """
    return await asyncio.shield(asyncio.get_running_loop().run_in_executor(services.executor, work))
