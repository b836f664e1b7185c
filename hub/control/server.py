"""The node's side of the control socket: who listens, and what is answered."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from hub.control.carried_out import OPERATIONS, count, take
from hub.control.client import BLOCK, short
from hub.errors import OperationRefused
from hub.observe.context import bound
from hub.services import HubServices
from hub.store.errors import StaleVersion, StoreError
from partners.problem import ConfigurationError

REQUEST_LIMIT = 16_000_000
"""Bytes of any other request."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def serve_control(services: HubServices, path: Path) -> AsyncIterator[None]:
    """Listens at ``path`` until the block ends. A socket that a killed node left behind is replaced: whoever opened the
    store holds its lock."""
    app = web.Application(client_max_size=REQUEST_LIMIT)
    app.router.add_post("/ingest", partial(_ingest, services))
    app.router.add_post("/{operation}", partial(_perform, services))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        path.unlink(missing_ok=True)
        await web.SockSite(runner, _listener(path)).start()
        yield
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


def _listener(path: Path) -> socket.socket:
    """Nobody can connect before the mode is set: listening begins later."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short(path) as address:
            listener.bind(address)
        path.chmod(0o600)
    except OSError:
        listener.close()
        raise
    return listener


async def _perform(services: HubServices, request: web.Request) -> web.Response:
    carry_out = OPERATIONS.get(request.match_info["operation"])
    if carry_out is None:
        return web.json_response({"message": "this node is of a version that cannot do that"}, status=404)
    given = json.loads(await request.read())
    with bound(operation=request.match_info["operation"]):
        return await _answer(request, _blocking(services, partial(carry_out, services, given)))


async def _ingest(services: HubServices, request: web.Request) -> web.Response:
    with bound(operation="ingest"):
        return await _answer(request, _ingest_body(services, request))


async def _ingest_body(services: HubServices, request: web.Request) -> Any:
    given = dict(request.query)
    with services.store.incoming() as incoming:
        async for block in request.content.iter_chunked(BLOCK):
            count(incoming, block)
            await _blocking(services, partial(incoming.write, block))
        return await _blocking(services, partial(take, services, incoming, given))


async def _blocking(services: HubServices, work: Callable[[], Any]) -> Any:
    return await asyncio.shield(asyncio.get_running_loop().run_in_executor(services.executor, work))


async def _answer(request: web.Request, work: Awaitable[Any]) -> web.Response:
    try:
        return web.json_response(await work)
    except ConfigurationError as error:
        return web.json_response({"problems": [asdict(problem) for problem in error.problems]}, status=422)
    except (OperationRefused, StaleVersion) as error:
        return web.json_response({"message": str(error)}, status=409)
    except StoreError as error:
        return web.json_response({"message": str(error)}, status=503)
    except Exception:
        log.exception("an operation failed", extra={"operation": request.match_info["operation"]})
        return web.json_response({"message": "a fault of the hub; its log has more"}, status=500)
