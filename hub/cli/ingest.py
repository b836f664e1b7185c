"""``hub ingest``: files taken by hand, through the operator's own door."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import control
from hub.cli.output import print_json, record, refuse, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, Writer, reading, writing
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store import documents, transmissions
from hub.store.records import StoredDocument, Transmission
from hub.store.store import Store

app = typer.Typer()

_UNFINISHED = (ArrivalStatus.RECEIVED, ArrivalStatus.PROCESSING)
_GOOD = (ArrivalStatus.PROCESSED, ArrivalStatus.DUPLICATE)
_LOOK_SECONDS = 0.1


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="X12 files; their ISA says whose they are.")],
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to wait for outcomes.")] = 60.0,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Take X12 files in and tell what became of each. Exit code 1 when one was refused, quarantined or is not done yet.

    Without a running node they are processed here and now; what they set off leaves when a node runs.

    \b
    Example:
      hub ingest samples/cases/customer-order/input.edi
    """
    bodies = [(file, _read(file)) for file in files]
    with writing(data_dir, database) as hub:
        taken = [(file, _take(hub, file, body)) for file, body in bodies]
        if hub.services is not None:
            _process(hub.services)
    with reading(data_dir, database) as store:
        deadline = time.monotonic() + wait
        outcomes = [_outcome(store, file, one, deadline) for file, one in taken]
    tell: Callable[[Any], None] = print_json if as_json else _tell
    tell(outcomes)
    if any(outcome["status"] not in _GOOD for outcome in outcomes):
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            body = opened.read(control.FILE_LIMIT + 1)  # and no more, be it a device without an end
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    if len(body) > control.FILE_LIMIT:
        refuse(f"{file}: more than the {control.FILE_LIMIT} bytes that are taken by hand")
    return body


def _take(hub: Writer, file: Path, body: bytes) -> str:
    taken = hub.perform("ingest", file_name=file.name, body=base64.b64encode(body).decode())
    return str(taken["id"])


def _process(services: HubServices) -> None:
    """In place of a node: what waits is worked, and what a killed node held is taken back."""
    from hub.node.arrivals import process_pending  # loaded already where there are services
    from hub.node.claims import node_name

    owner = node_name(services)
    with services.store.begin() as tx:
        transmissions.release_own(tx, owner)
    process_pending(services, owner)


def _outcome(store: Store, file: Path, transmission_id: str, deadline: float) -> dict[str, Any]:
    transmission, found = _look(store, transmission_id)
    while transmission.status in _UNFINISHED and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        transmission, found = _look(store, transmission_id)
    named = ("id", "type", "number", "partner", "verdict", "status", "reason")
    held = [one for one in found if one.direction == "inbound"]  # our answers to it are shown by its trace
    told = [{name: value for name, value in record(one).items() if name in named} for one in held]
    outcome = {name: value for name, value in record(transmission).items() if name in ("id", "status", "reason")}
    return {"file": str(file), **outcome, "documents": told}


def _look(store: Store, transmission_id: str) -> tuple[Transmission, list[StoredDocument]]:
    with store.read() as tx:
        transmission = transmissions.get(tx, transmission_id)
        assert transmission is not None  # it has just been taken, and nothing deletes
        return transmission, documents.of_transmission(tx, transmission_id)


def _tell(outcomes: list[dict[str, Any]]) -> None:
    for outcome in outcomes:
        reason = f": {outcome['reason']}" if "reason" in outcome else ""
        say(f"{outcome['file']}  {outcome['id']}  {outcome['status']}{reason}")
        for document in outcome["documents"]:
            because = f": {document['reason']}" if "reason" in document else ""
            kind, number = document["type"].replace("_", " "), document.get("number", "")
            say(f"  {document['id']}  {kind} {number}  {document['verdict']}, {document['status']}{because}")
