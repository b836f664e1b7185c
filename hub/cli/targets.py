"""``hub targets``: what holds deliveries back, and what an operator can do about it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.catalog import load_catalog
from hub.cli.output import instant, print_json, print_table, record, tell_outcomes
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading, writing
from hub.targets.standing import TargetReport, report

app = typer.Typer()
targets = typer.Typer(no_args_is_help=True)
app.add_typer(targets, name="targets")

Names = Annotated[list[str], typer.Argument(metavar="TARGET...", help="As hub targets list names them.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the change.")]


@targets.callback()
def about() -> None:
    """Targets and channels that the hub sends to: what holds them back, and how to change it.

    \b
    Example:
      hub targets list
    """


@targets.command("list")
def list_targets(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """List every target with its breaker, what holds its deliveries back, why and until when, and its backlog.

    \b
    Example:
      hub targets list
    """
    with reading(data_dir, database) as store, store.read() as tx:
        found = report(tx, load_catalog(tx), datetime.now(UTC))
    if as_json:
        print_json([as_record(one) for one in found])
        return
    rows = [
        (one.target, one.breaker, one.standing.gate, one.waiting, _dead(one), _while(one), one.standing.reason)
        for one in found
    ]
    columns = ("target", "breaker", "leaves", "waiting", "dead", "since and until", "why")
    print_table(columns, rows, empty="hub.yaml has no targets, and no profile a channel to send through.")


def as_record(one: TargetReport) -> dict[str, Any]:
    """A target for programs."""
    return {
        "target": one.target,
        "breaker": one.breaker,
        "breaker_since": one.since,
        "gate": one.standing.gate,
        "since": one.standing.since,
        "until": one.standing.until,
        "reason": one.standing.reason,
        "failures": one.failures,
        "deliveries": {status: record(queue) for status, queue in one.queues.items()},
        "concurrency": one.sending.concurrency,
        "rate": str(one.sending.rate) if one.sending.rate else None,
        "configured": one.configured,
    }


def _dead(one: TargetReport) -> int:
    return one.queues["dead"].count if "dead" in one.queues else 0


def _while(one: TargetReport) -> str:
    since, until = instant(one.standing.since), instant(one.standing.until)
    return " ".join(filter(None, (since, f"until {until}" if until else "")))


@targets.command()
def pause(
    names: Names, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Send nothing to targets until they are resumed; their backlog is kept.

    \b
    Example:
      hub targets pause erp --reason "month end, by request of accounting"
    """
    _operate("pause-target", names, reason, data_dir, database, as_json)


@targets.command()
def resume(
    names: Names, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """End a pause.

    \b
    Example:
      hub targets resume erp --reason "month end is done"
    """
    _operate("resume-target", names, reason, data_dir, database, as_json)


@targets.command("open")
def open_breaker(
    names: Names, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Open the breaker by hand: only probes leave, and the first that succeeds closes it.

    \b
    Example:
      hub targets open erp --reason "it is being restarted"
    """
    _operate("open-target", names, reason, data_dir, database, as_json)


@targets.command("close")
def close_breaker(
    names: Names, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Close the breaker by hand: everything that waits for the target is due at once.

    \b
    Example:
      hub targets close erp --reason "the ERP is back, says its team"
    """
    _operate("close-target", names, reason, data_dir, database, as_json)


def _operate(operation: str, names: list[str], reason: str, data_dir: Path, database: str, as_json: bool) -> None:
    with writing(data_dir, database) as hub:
        outcomes = hub.perform(operation, ids=names, reason=reason)
    tell_outcomes(outcomes, as_json=as_json)
