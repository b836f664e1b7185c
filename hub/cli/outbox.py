"""``hub outbox``: what lies ready for partners and systems, and who has fetched it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import typer

from hub.channel_names import box_of_partner, box_of_target
from hub.cli.output import print_json, print_table, record, refuse
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.document_kinds import in_words
from hub.store.outbound import outbox as rows
from hub.store.outbound.outbox import Lying
from hub.store.store import Tx
from hub.store.traffic.tallies import Queue

app = typer.Typer()
outbox = typer.Typer(no_args_is_help=True)
app.add_typer(outbox, name="outbox")

PAGE = 500


@outbox.callback()
def about() -> None:
    """What partners and systems come for: what lies there, since when, and who has fetched it.

    \b
    Example:
      hub outbox list --partner birch-paper
    """


@outbox.command("list")
def list_outbox(
    partner: Annotated[str, typer.Option(metavar="KEY", help="What lies there for this partner.")] = "",
    target: Annotated[str, typer.Option(metavar="KEY", help="What lies there for this target of hub.yaml.")] = "",
    number: Annotated[str, typer.Option(metavar="NUMBER", help="Only what holds a document of this number.")] = "",
    unfetched: Annotated[bool, typer.Option("--unfetched", help="Only what was never fetched.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """List what lies there and is not confirmed, oldest first; without a partner or target, how much for whom.

    \b
    Example:
      hub outbox list
      hub outbox list --partner birch-paper --unfetched
      hub outbox list --target wms --number 4500012345
    """
    if partner and target:
        refuse("Say --partner or --target, not both.")
    with reading(data_dir, database) as store, store.read() as tx:
        if not partner and not target:
            _print_waiting(rows.waiting(tx), as_json)
            return
        wanted = _entries(tx, box_of_partner(partner) if partner else box_of_target(target))
        found = list(islice((one for one in wanted if _fits(one, number, unfetched)), limit))
    if as_json:
        print_json([_record(one) for one in found])
        return
    cells = [
        (
            one.offer.available_at,
            one.departure.id,
            one.departure.file_name,
            ", ".join(f"{in_words(inside.type)} {inside.number}" for inside in one.documents),
            one.offer.fetched_at,
            one.offer.fetched_by,
        )
        for one in found
    ]
    print_table(("since", "id", "file", "documents", "fetched", "by"), cells, empty="Nothing lies there.")


def _entries(tx: Tx, box: str) -> Iterator[Lying]:
    after = 0
    while page := rows.page(tx, {box}, after, PAGE):
        yield from page
        after = page[-1].offer.seq


def _fits(one: Lying, number: str, unfetched: bool) -> bool:
    named = not number or any(inside.number == number for inside in one.documents)
    return named and not (unfetched and one.offer.fetched_at)


def _record(one: Lying) -> dict[str, Any]:
    departure = one.departure
    told = {"file_name": departure.file_name, "size": departure.size, "sha256": departure.sha256}
    told |= {"idempotency_key": departure.idempotency_key, "documents": [record(inside) for inside in one.documents]}
    return record(one.offer) | told


def _print_waiting(waiting: dict[str, Queue], as_json: bool) -> None:
    """What was not fetched by a partner, or not confirmed by a system."""
    if as_json:
        print_json({target: record(queue) for target, queue in waiting.items()})
        return
    cells = [(target, queue.count, queue.oldest) for target, queue in sorted(waiting.items())]
    print_table(("for", "waiting", "oldest"), cells, empty="Nothing waits: everything was fetched.")
