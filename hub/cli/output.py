"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from canonical.finding import clip

_INTERNAL = frozenset({"body", "seq", "fence", "lease_owner", "lease_until", "next_chunk"})
"""Columns by which the store works; they tell a reader nothing."""

PROGRESS_SECONDS = 5.0

TONES = {
    "accepted": "green",
    "accepted_with_errors": "yellow",
    "rejected": "red",
    "processed": "green",
    "quarantined": "red",
    "held": "yellow",
    "unrouted": "yellow",
    "delivered": "green",
    "acknowledged": "green",
    "refused": "red",
    "dead": "red",
    "error": "red",
    "warning": "yellow",
    "stopped": "red",
    "grave": "red",
    "look": "yellow",
    "late": "yellow",
}


def refuse(reason: str) -> NoReturn:
    """Ends the command: exit code 1 and the reason."""
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain, indent=None if _piped() else 2) + "\n")


def record(row: Any) -> dict[str, Any]:
    """A row of the store for programs: what says something, by its column's name; canonical documents as objects."""
    found = {name: getattr(row, name) for name in row.__match_args__ if name not in _INTERNAL}
    if found.get("canonical"):
        found["canonical"] = json.loads(found["canonical"])
    return {name: value for name, value in found.items() if value is not None}


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """One line a row, cut nowhere: in a pipe as wide as it needs to be. ``empty`` is said when there are none."""
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    if not table.row_count:
        say(empty)
        return
    Console(width=500 if _piped() else None, highlight=False).print(table)


def say(text: str, style: str = "") -> None:
    """One line. Control characters in what partners sent are escaped."""
    Console(width=100_000 if _piped() else None, highlight=False).print(Text(clip(text, 4000), style=style))


def tell_outcomes(outcomes: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """What became of each id. Exit code 1 when one was refused."""
    if as_json:
        print_json(outcomes)
    else:
        for outcome in outcomes:
            say(f"{outcome['id']}: {outcome['message']}", style="" if outcome["done"] else "red")
    if not all(outcome["done"] for outcome in outcomes):
        raise typer.Exit(1)


def instant(value: datetime | None) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if value else ""


class Progress:
    """Counts, and tells on standard error, every few seconds, how far something long has come."""

    def __init__(self, name: str) -> None:
        self.count = 0
        self._name, self._told = name, time.monotonic()

    def __call__(self, more: int) -> None:
        self.count += more
        if time.monotonic() - self._told >= PROGRESS_SECONDS:
            self._told = time.monotonic()
            print(f"{self._name}: {self.count}", file=sys.stderr, flush=True)


def _cell(value: object) -> Text:
    text = instant(value) if isinstance(value, datetime) else clip("" if value is None else value, 300)
    return Text(text, style=TONES.get(text, ""))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _piped() -> bool:
    return not sys.stdout.isatty()
