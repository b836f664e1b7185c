"""``hub documents``, ``show`` and ``dead-letters``: finding what was received and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer

from channels.x12.explain import tree_record
from hub.cli.explanation_text import print_tree
from hub.cli.output import instant, print_json, print_table, record, refuse
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.cli.trace import print_trace, trace_record
from hub.document_kinds import in_words, judged_only, kind_of_set, kinds
from hub.explanation import stored_tree
from hub.states import DocumentStatus
from hub.store import deliveries, search
from hub.store import documents as document_rows
from hub.store.records import StoredDocument
from hub.store.search import DocumentFilter
from hub.store.store import Tx

app = typer.Typer()

Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")]
Partner = Annotated[str | None, typer.Option(metavar="KEY", help="Of this partner only.")]
PAGE = 500


@app.command("documents")
def list_documents(
    number: Annotated[str | None, typer.Option(metavar="NUMBER", help="Any number a document is known by.")] = None,
    po: Annotated[str | None, typer.Option(metavar="NUMBER", help="Purchase order number.")] = None,
    invoice: Annotated[str | None, typer.Option(metavar="NUMBER", help="Invoice number.")] = None,
    shipment: Annotated[str | None, typer.Option(metavar="NUMBER", help="Shipment identification.")] = None,
    control_number: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Interchange or group control number.")
    ] = None,
    partner: Partner = None,
    kind: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Such as invoice, or a set: 830.")] = None,
    state: Annotated[DocumentStatus | None, typer.Option(metavar="STATE", help="Such as held or rejected.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="As 2026-01-31 or 2026-01-31T12:00.")] = None,
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
    """
    numbers = {"purchase_order": po, "invoice": invoice, "shipment": shipment, "control_number": control_number}
    named = {name: number for name, number in numbers.items() if number is not None}
    wanted = DocumentFilter(
        text=number or next(iter(named.values()), ""),
        partner=partner,
        type=_kind(kind),
        state=state,
        since=_moment(since),
        limit=PAGE,
    )
    with reading(data_dir, database) as store, store.read() as tx:
        rows = list(islice(_matching(tx, wanted, named), limit))
    if as_json:
        print_json([_summary(row) for row in rows])
        return
    print_table(
        ("created", "id", "partner", "direction", "document", "number", "verdict", "status", "reason"),
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
                r.reason or "",
            )
            for r in rows
        ],
        empty="No document matches.",
    )


def _matching(tx: Tx, wanted: DocumentFilter, named: dict[str, str]) -> Iterator[StoredDocument]:
    """Page after page; the search finds a number of any kind, here it must be of the kind that was asked for."""
    while page := search.documents(tx, wanted):
        yield from (row for row in page if not named or _has(document_rows.keys_of(tx, row.seq), named))
        if len(page) < wanted.limit:
            return
        wanted = replace(wanted, before_seq=page[-1].seq)


def _has(keys: list[tuple[str, str]], named: dict[str, str]) -> bool:
    held = {(kind, value.upper().lstrip("0")) for kind, value in keys}
    return all((kind, number.strip().upper().lstrip("0")) in held for kind, number in named.items())


def _summary(row: StoredDocument) -> dict[str, Any]:
    left_out = ("faults", "changes", "findings", "envelope")
    return {name: value for name, value in record(row).items() if name not in left_out}


def _kind(text: str | None) -> str | None:
    if text is None or text in kinds():
        return text
    if (kind := kind_of_set(text)) in kinds():
        return kind
    raise typer.BadParameter(f"it is the number of an X12 set, or one of {', '.join(kinds())}", param_hint="--type")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a time is written like 2026-01-31T12:00", param_hint="--since") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
def dead_letters(
    partner: Partner = None,
    target: Annotated[str | None, typer.Option(metavar="KEY", help="To this target only.")] = None,
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
        rows = deliveries.dead(tx, partner=partner, target=target, limit=limit)
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
