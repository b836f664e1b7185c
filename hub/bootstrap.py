"""The only place that builds real things and joins them."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hub.compute.pool import Children, Limits
from hub.control.client import SOCKET
from hub.observe.commits import Teller
from hub.observe.context import ContextExecutor
from hub.observe.traces import Traces, wanted
from hub.observe.watch import Phase
from hub.roles import EVERY_ROLE, Role
from hub.services import FileClock, HubServices, utc_now
from hub.settings import ComputingSettings
from hub.store.coordination.database_clock import DatabaseClock
from hub.store.store import Store
from hub.upkeep.blob_home import settle_blobs

if TYPE_CHECKING:
    from aiohttp import web

    from hub.web.newcomers import Newcomers

STORE_THREADS = 12
"""Calls into the store and arrivals being worked at one time; everything else waits its turn."""

MOST_CHILDREN = 4
"""Child processes that a node starts unless hub.yaml says otherwise."""

DOOR_SECONDS = 10.0
"""How long a stop waits for requests that have begun; nobody else gets in. A sender that is cut off tries again."""


@contextmanager
def open_services(
    data_dir: Path, database_url: str = "", blobs: str = "", *, writable: bool = True
) -> Iterator[HubServices]:
    """Opens the store (brought to this version's schema when writable) and everything that rests on it, and closes it.
    ``blobs`` says where its larger bytes are to lie; unless it is empty, they must not lie elsewhere already.

    Raises the errors of ``hub.store.errors``: StoreInUse, SchemaTooNew, SchemaTooOld, StoreUnavailable; WrongAddress,
    OperationRefused.
    """
    store = Store(database_url, data_dir, writable=writable)
    executor = ContextExecutor(STORE_THREADS, thread_name_prefix="store")
    traces = exported_traces() if wanted() else Traces()
    try:
        if writable:
            store.migrate()
            settle_blobs(store, blobs, utc_now())
            store.blobs.probe()
        services = HubServices(store=store, data_dir=data_dir, executor=executor, own_clock=FileClock(), traces=traces)
        if store.dialect == "postgresql":
            services.clock = DatabaseClock(store)
        store.listener = Teller(services.metrics, traces)
        services.metrics.known = services.names
        yield services
    finally:
        executor.shutdown(wait=True)
        store.close()
        traces.close()


def exported_traces() -> Traces:
    """Those that leave for the endpoint which the environment names."""
    from hub.observe.otlp import ExportedTraces  # here: nobody else loads OpenTelemetry

    return ExportedTraces()


async def run_node(
    services: HubServices,
    *,
    stop: asyncio.Event,
    started: Callable[[str], None],
    host: str | None = None,
    port: int | None = None,
    roles: frozenset[Role] = EVERY_ROLE,
) -> None:
    """Runs web, control socket and node until ``stop``; ``started`` is called with the URL once the web answers.

    ``host`` and ``port`` override hub.yaml. The stop closes the doors first, then finishes what is under way. Raises
    StoreInUse when another node works from the same data directory, SchemaTooNew as ``Node.run``.
    """
    with services.store.occupied():
        await _run_node(services, stop, started, host, port, roles)


def spare_collector() -> None:
    """What is loaded by now stays: the collector need not look through it again and again. What documents come to goes
    when it is done with, without the collector, which comes the more rarely."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


async def _run_node(
    services: HubServices,
    stop: asyncio.Event,
    started: Callable[[str], None],
    host: str | None,
    port: int | None,
    roles: frozenset[Role],
) -> None:
    from aiohttp import web  # here, and what follows: no command but ``hub serve`` needs web and node

    from hub.control.server import serve_control
    from hub.node.node import Node
    from hub.web.app import make_app
    from hub.web.connections import BoundedRunner

    services.watch.phase = Phase.STARTING
    _make_folder_root(services)
    settings = services.settings.web
    services.computing = children(services.settings.computing)
    spare_collector()
    intake = Role.INTAKE in roles
    public_url = settings.public_url or ""
    app = make_app(services, public_url=public_url, trusted_proxies=settings.trusted_proxies, intake=intake)
    runner = BoundedRunner(app, newcomers=_newcomers(services), shutdown_timeout=DOOR_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host or settings.host, settings.port if port is None else port)
        await site.start()
        services.watch.url = _url(runner)
        async with _mailboxes(services, intake), serve_control(services, services.data_dir / SOCKET):
            working = asyncio.create_task(Node(services, roles, services.store.exchange()).run(stop))
            services.watch.phase = Phase.RUNNING
            started(_url(runner))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((stopping, working), return_when=asyncio.FIRST_COMPLETED)  # a node that failed ends all
            stopping.cancel()
            services.watch.phase = Phase.STOPPING
            await runner.cleanup()
            await working
    finally:
        await runner.cleanup()
        services.computing.close()


def _newcomers(services: HubServices) -> Newcomers:
    from hub.web.newcomers import Newcomers

    settings, metrics = services.settings.web, services.metrics
    return Newcomers(
        settings.connections,
        settings.connections_per_address,
        proxies=settings.trusted_proxies,
        told=metrics.newcomers,
        turned_away=metrics.turned_away,
    )


@asynccontextmanager
async def _mailboxes(services: HubServices, wanted: bool) -> AsyncIterator[None]:
    """Our SFTP server, where hub.yaml asks for one, while the block runs."""
    if services.settings.sftp.port is None or not wanted:
        yield
        return
    from hub.mailboxes.door import serve_mailboxes  # here: it loads asyncssh, which takes a while

    async with serve_mailboxes(services, DOOR_SECONDS):
        yield


def children(settings: ComputingSettings) -> Children:
    """The child processes of a node; they start when they are needed."""
    limits = Limits(seconds=settings.seconds, memory_megabytes=settings.memory_megabytes)
    return Children("hub.pipeline.child", settings.children or min(os.cpu_count() or 1, MOST_CHILDREN), limits)


def _make_folder_root(services: HubServices) -> None:
    """The root that channels' folders lie below. The folders themselves, which may be mounted shares, are never made:
    an absent one must not look like an empty one."""
    services.folder_root.mkdir(mode=0o700, parents=True, exist_ok=True)


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
