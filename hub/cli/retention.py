"""``hub retention``: how long what is stored is kept, and how much was removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import typer

from hub.catalog import Catalog, load_catalog
from hub.cli.output import print_json, print_table
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.store.maintenance.pruning import NEVER
from hub.upkeep.retention import cutoffs, pruned
from partners.retention import Stored

app = typer.Typer()


@app.command()
def retention(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Show how long what is stored is kept, and how much was removed.

    It is said below retention: in hub.yaml, in a profile, and at one of a profile's documents.

    \b
    Example:
      hub retention
    """
    with reading(data_dir, database) as store, store.read() as tx:
        removed, rows = pruned(tx), list(_kept(load_catalog(tx)))
    for row in rows:
        row["removed"] = removed.get((row["partner"], row["what"]), 0) if row["document"] is None else None
    if as_json:
        print_json(rows)
        return
    told = [(r["partner"] or "unknown", r["document"], r["what"], r["days"] or "for ever", r["removed"]) for r in rows]
    print_table(("partner", "document", "what", "days kept", "removed so far"), told, empty="Nothing is kept.")


def _kept(catalog: Catalog) -> Iterator[dict[str, Any]]:
    now = datetime.now(UTC)
    for partner in (*catalog.profiles, None):
        for what in Stored:
            cut = cutoffs(catalog, partner, what, now)
            own = [(f"{direction} {type}", instant) for (type, direction), instant in cut.by_type.items()]
            for document, instant in [(None, cut.default), *own]:
                days = None if instant == NEVER else (now - instant).days
                yield {"partner": partner, "document": document, "what": what.value, "days": days}
