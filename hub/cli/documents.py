"""``hub documents``, ``show`` and ``dead-letters``: finding what was received and what became of it."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import typer

from channels.x12.explain import tree_record
from hub.cli.explanation_text import print_tree
from hub.cli.output import instant, print_json, print_table, record, refuse
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.cli.selecting import FILTERS, filtered
from hub.cli.trace import print_trace, trace_record
from hub.document_kinds import in_words, judged_only
from hub.inspection.stored import stored_tree
from hub.operator.selection import Selection, documents
from hub.states import DocumentStatus
from hub.store.questions import search
from hub.store.schema.records import StoredDocument
from hub.store.traffic import deliveries
from hub.store.traffic import documents as document_rows

app = typer.Typer()

Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")]


@app.command("documents")
@filtered(*FILTERS)
def list_documents(
    filters: dict[str, Any],
    state: Annotated[DocumentStatus | None, typer.Option(metavar="STATE", help="Such as held or rejected.")] = None,
    limit: Limit = 50,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """List documents, newest first.

    \b
    Example:
      hub documents --po 4500012345
      hub documents --number RMA-2207
      hub documents --partner acme-fasteners --type invoice --state rejected --since 2026-01-31
      hub documents --finding CROSSWALK-MISSING
    """
    wanted = Selection.model_validate(filters | {"state": state})
    with reading(data_dir, database) as store, store.read() as tx:
        rows = list(islice(documents(tx, wanted), limit))
        standings = deliveries.standings(tx, (row.id for row in rows))
    if as_json:
        print_json([_summary(row) | {"delivery": standings.get(row.id)} for row in rows])
        return
    print_table(
        ("created", "id", "partner", "direction", "document", "number", "verdict", "status", "delivery", "reason"),
        [
            (
                r.created_at,
                r.id,
                r.partner,
                r.direction,
                in_words(r.type),
                r.number,
                r.verdict,
                r.status,
                standings.get(r.id, ""),
                r.reason or "",
            )
            for r in rows
        ],
        empty="No document matches.",
    )


def _summary(row: StoredDocument) -> dict[str, Any]:
    left_out = ("faults", "changes", "findings", "envelope")
    return {name: value for name, value in record(row).items() if name not in left_out}


@app.command()
def show(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="A transmission, document, delivery or departure.", show_default=False)
    ],
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Show the whole trace of one thing, from the bytes that came to what the ERP answered.

    \b
    Example:
      hub show doc_01JD2S0F7ZK9Q3
    """
    with reading(data_dir, database) as store:
        with store.read() as tx:
            trace = search.trace(tx, wanted)
        if trace is None:
            refuse(f"There is no transmission, document, delivery or departure {wanted}.")
        kept = [row for row in trace.documents if row.type in judged_only()]
        trees = {row.id: tree for row in kept if (tree := stored_tree(store, trace.transmission, row))}
    if as_json:
        told = trace_record(trace)
        print_json(told | ({"trees": {one: tree_record(tree) for one, tree in trees.items()}} if trees else {}))
        return
    print_trace(trace)
    for tree in trees.values():
        print_tree(tree)


@app.command("dead-letters")
@filtered("partner", "target")
def dead_letters(
    filters: dict[str, Any],
    limit: Limit = 100,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """List deliveries that could not be made, each with its reason. Resend, replay or give up ends one.

    \b
    Example:
      hub dead-letters --target erp
    """
    with reading(data_dir, database) as store, store.read() as tx:
        rows = deliveries.dead(tx, **filters, limit=limit)
        found = [(row, document_rows.get(tx, row.document_id)) for row in rows]
    if as_json:
        print_json(
            [{**record(row), "type": d.type if d else None, "number": d.number if d else None} for row, d in found]
        )
        return
    print_table(
        ("since", "id", "partner", "target", "document", "reason"),
        [
            (
                instant(r.settled_at or r.created_at),
                r.id,
                r.partner,
                r.target,
                f"{d.type} {d.number}" if d else "",
                r.reason,
            )
            for r, d in found
        ],
        empty="There are no dead letters.",
    )
