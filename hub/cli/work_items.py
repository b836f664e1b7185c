"""``hub work-items``: what a person must decide."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.output import instant, print_json, print_table
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.store.trail import work_items

app = typer.Typer()


@app.command("work-items")
def list_work_items(
    partner: Annotated[str | None, typer.Option(metavar="KEY", help="Of this partner only.")] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, oldest first; one item however many documents wait for it.

    \b
    Example:
      hub work-items --partner acme-fasteners
    """
    with reading(data_dir, database) as store, store.read() as tx:
        items = [item for item in work_items.open_items(tx) if partner in (None, item.partner)]
    if as_json:
        print_json([asdict(item) | {"subjects": list(item.subjects)} for item in items])
        return
    rows = [[item.id, item.kind, item.partner or "", instant(item.created_at), item.summary] for item in items]
    print_table(["id", "kind", "partner", "since", "what"], rows, empty="Nothing waits for a person.")
