"""``hub ledger``: what came in, and that all of it is accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from hub.cli.output import print_json, print_table
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.store.questions.ledger import SIDES, Line, lines, total
from hub.store.store import Tx

app = typer.Typer()

DAY = timedelta(days=1)


@app.command()
def ledger(
    days: Annotated[int, typer.Option(metavar="N", min=1, max=3660, help="The last N days, this one included.")] = 7,
    partner: Annotated[str | None, typer.Option(metavar="KEY", help="Of this partner only.")] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Show for each day and partner: documents in = accepted + rejected + duplicate + quarantined + in flight.

    Exit code 1 when there is a difference; hub verify names the arrivals that have one.

    \b
    Example:
      hub ledger --days 30 --partner acme-fasteners
    """
    with reading(data_dir, database) as store, store.read() as tx:
        found = [one for one in _per_day(tx, days) if partner in (None, one[1].partner)]
    whole = total(line for _, line in found)
    if as_json:
        print_json({"days": [{"day": day, **_told(line)} for day, line in found], "total": _told(whole)})
    else:
        rows = [(day, line.partner or "unknown", *_row(line)) for day, line in found]
        columns = ("day", "partner", "files", "documents", *(side.replace("_", " ") for side in SIDES), "bytes")
        rows += [("total", "", *_row(whole))] if rows else []
        print_table((*columns, "difference"), rows, empty="Nothing came in.")
    if not all(line.documents.balanced and line.bytes.balanced for _, line in found):
        raise typer.Exit(1)


def _per_day(tx: Tx, days: int) -> Iterator[tuple[str, Line]]:
    """Days in UTC, oldest first."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in reversed(range(days)):
        since = today - DAY * back
        for line in sorted(lines(tx, since, since + DAY), key=lambda line: line.partner or ""):
            yield f"{since:%Y-%m-%d}", line


def _told(line: Line) -> dict[str, Any]:
    told = asdict(line)
    for what in ("documents", "bytes"):
        told[what]["difference"] = getattr(line, what).difference
    return told


def _row(line: Line) -> list[object]:
    difference = "" if line.documents.balanced and line.bytes.balanced else "YES"
    return [line.arrivals, line.documents.arrived, *line.documents.by_side.values(), line.bytes.arrived, difference]
