"""``hub ingest``: files taken by hand, through the operator's own door."""

from __future__ import annotations

import errno
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

import typer

from hub.cli.output import Progress, print_json, record, refuse, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, Writer, reading, writing
from hub.control import client as control
from hub.services import HubServices
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.schema.records import Transmission
from hub.store.store import Store
from hub.store.traffic import documents, transmissions

app = typer.Typer()

_UNFINISHED = (ArrivalStatus.RECEIVED, ArrivalStatus.PROCESSING)
_GOOD = (ArrivalStatus.PROCESSED, ArrivalStatus.DUPLICATE)
_LOOK_SECONDS = 0.1

SHOWN = 100
"""Documents of one file that are listed for people; the others are counted."""


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of any form that the hub reads.")],
    partner: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Whose they are, where they do not tell it: an ISA does.", show_default=False),
    ] = None,
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to wait for outcomes.")] = 60.0,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Take files in and tell what became of each. Exit code 1 when one was refused, quarantined or is not done yet.

    Without a running node they are processed here and now; what they set off leaves when a node runs.

    \b
    Example:
      hub ingest samples/cases/customer-order/input.edi
    """
    for file in files:
        _look_at(file)
    with writing(data_dir, database) as hub:
        taken = [(file, _take(hub, file, partner)) for file in files]
        if hub.services is not None:
            _process(hub.services)
    with reading(data_dir, database) as store:
        deadline = time.monotonic() + wait
        outcomes = [_outcome(store, file, one, deadline) for file, one in taken]
    tell: Callable[[Any], None] = print_json if as_json else _tell
    tell(outcomes)
    if any(outcome["status"] not in _GOOD for outcome in outcomes):
        raise typer.Exit(1)


def _look_at(file: Path) -> None:
    """Before any is taken. Of a pipe or device nothing is known yet."""
    try:
        size = file.stat().st_size
        if not os.access(file, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    if size > control.FILE_LIMIT:
        _too_large(file)


def _too_large(file: Path) -> NoReturn:
    refuse(f"{file}: more than the {control.FILE_LIMIT} bytes that are taken by hand")


def _take(hub: Writer, file: Path, partner: str | None) -> str:
    try:
        with file.open("rb") as opened:
            return str(hub.ingest(_Limited(file, opened), file.name, partner)["id"])
    except OSError as error:
        refuse(f"{file}: {error.strerror}")


class _Limited:
    """A file that ends the command where it goes on beyond the limit, be it a device without an end."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._left = control.FILE_LIMIT

    def read(self, size: int = -1, /) -> bytes:
        block = self._file.read(size)
        self._left -= len(block)
        if self._left < 0:
            _too_large(self._path)
        return block


def _process(services: HubServices) -> None:
    """In place of a node: what waits is worked, and what a killed node held is taken back."""
    from hub.node.arrivals import UnderWay, claim  # loaded already where there are services
    from hub.node.claims import node_name

    owner = node_name(services.data_dir)
    with services.store.begin() as tx:
        transmissions.release_own(tx, owner)
    while claimed := claim(services, owner):
        under_way, told = UnderWay(services, claimed), Progress("documents worked")
        while under_way.step():
            if len(claimed) == 1:  # many small ones are done together
                _come_far(services.store, claimed[0].id, told)


def _come_far(store: Store, transmission_id: str, told: Progress) -> Transmission:
    with store.read() as tx:
        transmission = transmissions.get(tx, transmission_id)
    assert transmission is not None  # it has just been taken, and nothing deletes
    told(max(0, (transmission.next_chunk or 0) - told.count))
    return transmission


def _outcome(store: Store, file: Path, transmission_id: str, deadline: float) -> dict[str, Any]:
    told = Progress("documents worked")
    transmission = _come_far(store, transmission_id, told)
    while transmission.status in _UNFINISHED and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        transmission = _come_far(store, transmission_id, told)
    with store.read() as tx:
        found = documents.brief_of_transmission(tx, transmission_id)
    named = ("id", "type", "number", "partner", "verdict", "status", "reason")
    held = [one for one in found if one.direction == "inbound"]  # our answers to it are shown by its trace
    documents_told = [{name: value for name, value in record(one).items() if name in named} for one in held]
    outcome = {name: value for name, value in record(transmission).items() if name in ("id", "status", "reason")}
    return {"file": str(file), **outcome, "documents": documents_told}


def _tell(outcomes: list[dict[str, Any]]) -> None:
    for outcome in outcomes:
        reason = f": {outcome['reason']}" if "reason" in outcome else ""
        say(f"{outcome['file']}  {outcome['id']}  {outcome['status']}{reason}")
        shown = outcome["documents"]
        if len(shown) > SHOWN:  # first those that somebody has to look at
            shown = sorted(shown, key=lambda one: one["status"] == DocumentStatus.ROUTED)[:SHOWN]
        for document in shown:
            because = f": {document['reason']}" if "reason" in document else ""
            kind, number = document["type"].replace("_", " "), document.get("number", "")
            say(f"  {document['id']}  {kind} {number}  {document['verdict']}, {document['status']}{because}")
        if len(shown) < len(outcome["documents"]):
            counts = Counter(f"{one['verdict']}, {one['status']}" for one in outcome["documents"])
            counted = "; ".join(f"{count} {what}" for what, count in counts.most_common())
            say(f"  ... of {len(outcome['documents'])} documents: {counted}")
