"""``hub serve``: the node."""

from __future__ import annotations

import asyncio
import logging
import signal
from enum import StrEnum
from typing import Annotated

import typer

from hub.bootstrap import open_services, run_node
from hub.cli.output import refuse
from hub.cli.program import told
from hub.cli.reach import DATA, Blobs, Database, DataDir, plainly
from hub.observe import logs
from hub.observe.traces import wanted
from hub.roles import Role, roles_of
from hub.services import HubServices
from hub.store.people import operators

app = typer.Typer()

log = logging.getLogger(__name__)


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


def _known_roles(text: str) -> str:
    try:
        roles_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return text


@app.command()
def serve(
    data_dir: DataDir = DATA,
    database: Database = "",
    blobs: Blobs = "",
    host: Annotated[str | None, typer.Option(help="Overrides hub.yaml.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Overrides hub.yaml; 0 takes a free one.", show_default=False)
    ] = None,
    roles: Annotated[
        str,
        typer.Option(
            envvar="SUPPLIER_HUB_ROLES",
            help="What this node takes part in, of several on one PostgreSQL: intake, pipeline, deliver, timers.",
            callback=_known_roles,
            metavar="ROLE,...",
            show_default="all",
        ),
    ] = "",
    log_level: Annotated[
        LogLevel,
        typer.Option(envvar="SUPPLIER_HUB_LOG_LEVEL", help="With debug exceptions in full: they may quote documents."),
    ] = LogLevel.INFO,
    log_format: Annotated[
        LogFormat,
        typer.Option(envvar="SUPPLIER_HUB_LOG_FORMAT", help="Of stderr; auto: text on a terminal, else a JSON line."),
    ] = LogFormat.AUTO,
) -> None:
    """Run the hub: doors, pipeline, deliveries, pages and API, until SIGTERM or Ctrl-C, which end it cleanly.

    \b
    Example:
      hub serve --data-dir /var/lib/supplier-hub --port 8080
      hub serve --database postgresql://hub@db/hub --roles pipeline,deliver
    """
    text = None if log_format is LogFormat.AUTO else log_format is LogFormat.TEXT
    logs.configure(level=log_level, text=text, traced=wanted())
    with plainly(), open_services(data_dir, database, blobs) as services:
        for notice in services.store.notices():
            log.warning(notice)
        try:
            asyncio.run(_serve(services, host, port, roles_of(roles)))
        except OSError as error:
            refuse(f"the hub cannot start: {told(error)}")


async def _serve(services: HubServices, host: str | None, port: int | None, roles: frozenset[Role]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.unhandled)

    def end() -> None:
        """A second signal ends the process as if there were no handler."""
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    token = await asyncio.to_thread(_setup_token, services)
    await run_node(services, host=host, port=port, roles=roles, stop=stop, started=lambda url: _announce(url, token))


def _setup_token(services: HubServices) -> str | None:
    with services.store.begin() as tx:
        return operators.issue_setup_token(tx, services.clock())


def _announce(url: str, token: str | None) -> None:
    """In one piece: whoever reads that it listens may close the pipe, or fill the disk, and ends no hub by that."""
    lines = [f"Supplier Hub listens at {url}"]
    if token is not None:
        lines.append(f"Nobody can sign in yet. One-time setup token for {url}/setup: {token}")
    print("".join(f"{line}\n" for line in lines), end="", flush=True)
