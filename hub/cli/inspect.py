"""``hub inspect``: files judged on the spot, by the pipeline's own steps; no server and no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from hub.cli.inspection_text import print_text
from hub.cli.partner_choice import Judging, Senders, profile_of
from hub.cli.second_opinion import Judges
from hub.cli.x12_files import Files, bytes_of, inspected
from hub.inspection.file import Inspected

app = typer.Typer()


@app.command("inspect")
def inspect_files(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and file.")] = False,
    partner: Judging = None,
    profiles: Senders = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When answers are written, as 2026-01-31T12:00 (UTC if no zone).")
    ] = None,
    judges: Annotated[
        Judges,
        typer.Option("--judge", help="Whose verdict: ours, that of pyx12 from the same tables, or both compared."),
    ] = Judges.OURS,
) -> None:
    """Judge X12 files: verdicts, findings, the answers that would be sent, canonical documents. Needs no server.

    Exit code 1 when some file cannot be read as X12, else 0 whatever the verdicts.

    \b
    Example:
      hub inspect --json --profiles samples/partners samples/cases/customer-order/input.edi
    """
    chosen, moment = profile_of(partner, profiles), _moment(at)
    print_one: Callable[[str, Iterator[Inspected], Judges], bool] = print_text
    if as_json:
        from hub.cli.inspection_json import print_json as print_one  # here: it knows trees, which verdicts do without
    all_read = True
    for file in files:
        with bytes_of(file) as data:
            all_read = print_one(file, inspected(data, chosen, moment), judges) and all_read
    if not all_read:
        raise typer.Exit(1)


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter("a time is written like 2026-01-31T12:00", param_hint="--at") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
