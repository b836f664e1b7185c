"""``hub resend``, ``give-up`` and ``close``: one word, one command, each with its reason."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import refuse, tell_outcomes
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading, writing
from hub.cli.selecting import OF_DELIVERIES, Yes, chosen, confirmed, filtered, given
from hub.operator.selection import Selection, deliveries
from hub.states import DeliveryStatus
from hub.store.schema.records import StoredDelivery

app = typer.Typer()

LIMIT = 10_000
"""Deliveries of one filter."""

ROUND = 100
"""Ids of one request to the node; between two a long command can be broken off, and called again for the rest."""

SAMPLE = 10
"""Deliveries that are shown before all that fit a filter are touched."""

Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the trace.")]
Sent = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Deliveries or departures.")]
Items = Annotated[list[str], typer.Argument(metavar="ID...", help="Work items, as hub work-items lists them.")]
State = Annotated[
    DeliveryStatus, typer.Option(metavar="STATE", help="Such as dead, delivered, or composed: on its way.")
]


@app.command()
@filtered(*OF_DELIVERIES)
def resend(
    filters: dict[str, Any],
    ids: Sent = None,
    state: State = DeliveryStatus.DEAD,
    yes: Yes = False,
    reason: Reason = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Send the same bytes again, with the same control numbers and keys.

    What waits for its next attempt (--state composed) is tried now.

    \b
    Example:
      hub resend dl_01JD2S0F7ZK9Q3 --reason "the ERP lost it"
      hub resend --target erp --reason "the ERP is well again"
      hub resend --target erp --state delivered --since 2026-01-31T08:00 --yes --reason "restored to 08:00"
    """
    if state is not DeliveryStatus.DEAD:  # dead ones are meant anyway: alone that chooses nothing
        filters["state"] = state.value
    wanted = Selection.model_validate(chosen(ids, filters))
    _operate("resend", wanted, reason, data_dir, database, yes=yes, as_json=as_json)


@app.command("give-up")
@filtered(*OF_DELIVERIES)
def give_up(
    filters: dict[str, Any],
    ids: Sent = None,
    yes: Yes = False,
    reason: Reason = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """End dead letters: they are not delivered, and what waits behind them goes on.

    \b
    Example:
      hub give-up dl_01JD2S0F7ZK9Q3 --reason "ordered by telephone instead"
      hub give-up --target wms-old --until 2026-01-31 --yes --reason "that warehouse is closed"
    """
    wanted = Selection.model_validate(chosen(ids, filters))
    _operate("give-up", wanted, reason, data_dir, database, yes=yes, as_json=as_json)


@app.command()
def close(
    ids: Items, reason: Reason = None, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Close work items that are settled; what waited for them stays as it is.

    \b
    Example:
      hub close wi_01JD2S0F7ZK9Q3 --reason "the partner has been called"
    """
    _operate("close", Selection(ids=tuple(ids)), reason, data_dir, database, yes=True, as_json=as_json)


def _operate(
    operation: str, wanted: Selection, reason: str | None, data_dir: Path, database: str, *, yes: bool, as_json: bool
) -> None:
    why, ids, more = given(reason), list(wanted.ids), {}
    if not ids:
        ids, more = _found(operation, wanted, data_dir, database, yes=yes), {"chosen_by": wanted.in_words()}
    outcomes: list[dict[str, Any]] = []
    with writing(data_dir, database) as hub:
        for at in range(0, len(ids), ROUND):
            outcomes += hub.perform(operation, ids=ids[at : at + ROUND], reason=why, **more)
            if len(outcomes) < len(ids):
                print(f"{len(outcomes)} of {len(ids)}", file=sys.stderr, flush=True)
    tell_outcomes(outcomes, as_json=as_json)


def _found(operation: str, wanted: Selection, data_dir: Path, database: str, *, yes: bool) -> list[str]:
    """The deliveries that fit, shown and agreed to. Those of one departure leave together: one stands for all."""
    with reading(data_dir, database) as store, store.read() as tx:
        rows = deliveries(tx, wanted, LIMIT)
    one_each = {row.departure_id or row.id: row for row in rows}
    if not rows:
        refuse(f"No delivery fits: {wanted.in_words()}, state {wanted.state or 'dead'}.")
    _sample(rows)
    confirmed(f"{operation} {'it' if len(rows) == 1 else f'these {len(rows)}'}?", yes=yes)
    return [row.id for row in one_each.values()]


def _sample(rows: list[StoredDelivery]) -> None:
    print(f"{len(rows)} fit, the first of them:" if len(rows) > SAMPLE else f"{len(rows)} fit:", file=sys.stderr)
    for row in rows[:SAMPLE]:
        print(f"  {row.id}  {row.partner} → {row.target}  {row.status}  {row.reason or ''}", file=sys.stderr)
