"""How commands reach the hub: reading beside a running node, writing through it or, when none runs, in its place."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.control import client as control
from hub.control.client import NobodyListens, NotTaken, Readable
from hub.errors import OperationRefused
from hub.store.errors import StoreError
from hub.store.store import Store
from partners.problem import ConfigurationError

if TYPE_CHECKING:
    from hub.services import HubServices


def _known_database(url: str) -> str:
    if url and not url.partition("://")[0].startswith("postgresql"):
        raise typer.BadParameter("a database URL looks like postgresql://user:password@host/name")
    return url


DataDir = Annotated[
    Path,
    typer.Option("--data-dir", envvar="SUPPLIER_HUB_DATA", help="Where the hub keeps its data.", metavar="DIR"),
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="SUPPLIER_HUB_DATABASE",
        callback=_known_database,
        help="URL of a PostgreSQL database; without it the store is SQLite in the data directory.",
        metavar="URL",
        show_default=False,
    ),
]
Blobs = Annotated[
    str,
    typer.Option(
        "--blobs",
        envvar="SUPPLIER_HUB_BLOBS",
        help="Where bytes over 32 KB lie: folder, or s3://bucket/prefix. Noted in the store at its first start.",
        metavar="PLACE",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

DATA = Path("data")


@contextmanager
def plainly() -> Iterator[None]:
    """Ends the command with exit code 1 and the reason in plain words where the hub cannot do what was asked."""
    try:
        yield
    except ConfigurationError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    except (StoreError, OperationRefused, NotTaken, NobodyListens) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@contextmanager
def reading(data_dir: Path, database: str) -> Iterator[Store]:
    """The store, for reading; a node may run meanwhile."""
    with plainly():
        store = Store(database, data_dir, writable=False)
        try:
            yield store
        finally:
            store.close()


@dataclass(frozen=True)
class Writer:
    """Carries operations out: through the node that listens at ``socket``, or with ``services`` of this process."""

    socket: Path
    services: HubServices | None

    def perform(self, operation: str, **given: Any) -> Any:
        """Raises what ``hub.control.ask`` raises; ``plainly`` tells it."""
        given["actor"] = f"operator:{user()}"
        if self.services is None:
            return control.ask(self.socket, operation, given)
        from hub.control import carried_out  # here: it loads the pipeline, as do services in this process

        return carried_out.OPERATIONS[operation](self.services, given)

    def ingest(self, file: Readable, name: str, partner: str | None = None) -> Any:
        """Takes a file in; raises as ``perform``."""
        given = {"file_name": name, "actor": f"operator:{user()}"} | ({"partner": partner} if partner else {})
        if self.services is None:
            return control.send(self.socket, file, given)
        from hub.control import carried_out  # here: as above

        return carried_out.ingest(self.services, file, given)


@contextmanager
def writing(data_dir: Path, database: str) -> Iterator[Writer]:
    """Where commands that write go: the running node, else this process takes the store's lock."""
    socket = data_dir / control.SOCKET
    with plainly():
        if control.listens(socket):
            yield Writer(socket, None)
            return
        from hub.bootstrap import open_services  # here: it loads what a running node has

        with open_services(data_dir, database, os.environ.get("SUPPLIER_HUB_BLOBS", "")) as services:
            yield Writer(socket, services)


def user() -> str:
    """Who runs the command; a system may have no name for the user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
