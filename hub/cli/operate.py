"""``hub resend``, ``replay``, ``give-up`` and ``close``: one word, one command, each with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import tell_outcomes
from hub.cli.reach import DATA, AsJson, Database, DataDir, writing

app = typer.Typer()

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the trace.")]
Sent = Annotated[list[str], typer.Argument(metavar="ID...", help="Deliveries or departures.")]
Items = Annotated[list[str], typer.Argument(metavar="ID...", help="Work items, as hub work-items lists them.")]
Received = Annotated[list[str], typer.Argument(metavar="ID...", help="Documents or transmissions.")]


@app.command()
def resend(
    ids: Sent, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Send the same bytes again, with the same control numbers and keys.

    \b
    Example:
      hub resend dl_01JD2S0F7ZK9Q3 --reason "the ERP lost it"
    """
    _operate("resend", ids, reason, data_dir, database, as_json)


@app.command()
def replay(
    ids: Received, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Work stored bytes through the pipeline again, under the configuration of now; releases a held document.

    \b
    Example:
      hub replay doc_01JD2S0F7ZK9Q3 --reason "the crosswalk has the item now"
    """
    _operate("replay", ids, reason, data_dir, database, as_json)


@app.command("give-up")
def give_up(
    ids: Sent, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """End dead letters: they are not delivered, and what waits behind them goes on.

    \b
    Example:
      hub give-up dl_01JD2S0F7ZK9Q3 --reason "ordered by telephone instead"
    """
    _operate("give-up", ids, reason, data_dir, database, as_json)


@app.command()
def close(
    ids: Items, reason: Reason, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Close work items that are settled; what waited for them stays as it is.

    \b
    Example:
      hub close wi_01JD2S0F7ZK9Q3 --reason "the partner has been called"
    """
    _operate("close", ids, reason, data_dir, database, as_json)


def _operate(operation: str, ids: list[str], reason: str, data_dir: Path, database: str, as_json: bool) -> None:
    with writing(data_dir, database) as hub:
        outcomes = hub.perform(operation, ids=ids, reason=reason)
    tell_outcomes(outcomes, as_json=as_json)
