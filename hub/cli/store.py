"""``hub store move``: another database, another home for its bytes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hub.cli.output import Progress, print_json, print_table, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, plainly, user
from hub.control import client as control
from hub.errors import OperationRefused
from hub.store.kept import home
from hub.store.kept.address import FOLDER
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.upkeep import moving
from hub.upkeep.audit import HEADS, read_heads
from hub.upkeep.moving import Moved
from hub.verify.audit import audit_chain
from hub.verify.defect import Defect, Subject

app = typer.Typer()
store = typer.Typer(no_args_is_help=True)
app.add_typer(store, name="store")

SQLITE = "sqlite"


@store.callback()
def about() -> None:
    """The store as a whole: its rows and bytes, moved to other engines.

    \b
    Example:
      hub store move --to postgresql://hub@db.example.com/hub --dry-run
    """


def _target(text: str) -> str:
    if text and text != SQLITE and not text.partition("://")[0].startswith("postgresql"):
        raise typer.BadParameter("it is sqlite, or a URL such as postgresql://user:password@host/name")
    return text


@store.command()
def move(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            callback=_target,
            help="An empty PostgreSQL database, or sqlite for the data directory.",
            show_default=False,
        ),
    ] = "",
    blobs: Annotated[
        str,
        typer.Option(
            "--blobs",
            metavar="PLACE",
            help="Where bytes over 32 KB are to lie: folder, or s3://bucket/prefix. Else they stay where they are.",
            show_default=False,
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look whether it can be done, and change nothing.")
    ] = False,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Move the store of --data-dir and --database to another database, another home for its bytes, or both.

    Every node must be stopped. All rows come over, or none: what is broken off is made again. The old database is only
    read, and the old bytes stay. Rows are counted, hashed and compared, the audit trail is checked in its new place.

    \b
    Example:
      hub store move --to postgresql://hub@db.example.com/hub --dry-run
      hub store move --to postgresql://hub@db.example.com/hub --blobs s3://acme-hub/production
    """
    url = "" if to == SQLITE else to
    if not to and not blobs:
        raise typer.BadParameter("say --to, --blobs or both")
    with plainly():
        if control.listens(data_dir / control.SOCKET):
            raise OperationRefused("a node runs on this data directory: stop it first")
        if to and url == database:
            raise OperationRefused("the store is there already")
        with moving.stopped(database, data_dir) as source:
            if dry_run:
                _look(source, to, url, blobs, as_json)
            else:
                _tell(*_move(source, to, url, blobs), to, as_json)


def _look(source: Store, to: str, url: str, blobs: str, as_json: bool) -> None:
    if to:
        moving.look_at(url, source.data_dir)
    rows = moving.count(source) if to else {}
    with source.read() as tx:
        named = transmissions.blobs_named(tx)
    if blobs:
        home.blobs_at(home.normal(blobs), source.data_dir, caching=False).probe()
    if as_json:
        print_json({"dry_run": True, "tables": rows, "rows": sum(rows.values()), "blobs": len(named) if blobs else 0})
        return
    if to:
        say(f"{sum(rows.values()):,} rows of {len(rows)} tables would be moved.")
    if blobs:
        say(f"{len(named):,} blobs would be copied to {blobs}, less what is there already.")


def _move(source: Store, to: str, url: str, blobs: str) -> tuple[Moved, list[Defect]]:
    now, actor = datetime.now(UTC), f"operator:{user()}"
    address = home.normal(blobs) if blobs else None
    moved = Moved()
    if to:
        moving.look_at(url, source.data_dir)
    with source.read() as tx:
        moved.blobs = (home.home(tx) if address is None else address).partition("?")[0] or FOLDER
    if address is not None:
        moved.copied, moved.missing = moving.move_blobs(source, address, Progress("blobs copied"))
    if not to:
        source.settle(address or "", actor, now)
        return moved, []
    with moving.emptied(url, source.data_dir) as target:
        moved.tables = moving.move_rows(source, target, address, actor, now, Progress("rows moved"))
        heads = read_heads(source.data_dir / HEADS)
        defects = list(audit_chain(Subject(target.read, target.blobs, source.data_dir, now, heads)))
    return moved, defects


def _tell(moved: Moved, defects: list[Defect], to: str, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = asdict(moved)
        print_json(told | {"rows": moved.rows, "defects": [asdict(defect) for defect in defects]})
    else:
        if to:
            rows = [(name, one.rows, one.sha256[:12]) for name, one in moved.tables.items() if one.rows]
            print_table(("table", "rows", "hash, the same in both"), rows, empty="There were no rows.")
            trail = "DAMAGED" if defects else "sound"
            say(f"{moved.rows:,} rows were moved and compared; the audit trail is {trail}.")
            where = "without --database" if to == SQLITE else "with --database, or SUPPLIER_HUB_DATABASE"
            say(f"Start every node {where} from now on. The old database is as it was, and must not be served again.")
        say(f"Bytes over 32 KB lie in {moved.blobs}; {moved.copied:,} were copied.")
        for digest in moved.missing:
            say(f"no sound bytes were there to be copied: {digest}", style="red")
        for defect in defects:
            say(f"{defect.code}  {defect.place}: {defect.got}, expected {defect.expected}", style="red")
    if moved.missing or defects:
        raise typer.Exit(1)
