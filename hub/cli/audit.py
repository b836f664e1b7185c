"""``hub audit``: the head of the audit chain, to be kept where nobody who can change the store can change it too."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import typer

from hub.cli.output import print_json, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.store.trail import audit as chain
from hub.upkeep.audit import Head

app = typer.Typer()
audit = typer.Typer(no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.callback()
def about() -> None:
    """The audit trail: every event is sealed into a chain of hashes, which hub verify checks.

    \b
    Example:
      hub audit head
    """


@audit.command()
def head(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Print the newest seal. Keep it elsewhere, and give it to hub verify --head later: a cut end is found by it.

    Exit code 1 when nothing has been sealed yet.

    \b
    Example:
      hub audit head
    """
    with reading(data_dir, database) as store, store.read() as tx:
        newest = chain.head(tx)
    if newest is None:
        say("Nothing has been sealed yet.")
        raise typer.Exit(1)
    told = Head.of(newest, datetime.now(UTC))
    if as_json:
        print_json(asdict(told))
    else:
        say(f"{told.number}:{told.hash}  event {told.position}, sealed {newest.sealed_at:%Y-%m-%d %H:%M:%S}Z")
