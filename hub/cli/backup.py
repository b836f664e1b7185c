"""``hub backup`` and ``hub restore``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import Progress, print_json, print_table, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, plainly, reading
from hub.upkeep.backup import MANIFEST, make_backup
from hub.upkeep.restoration import Report
from hub.upkeep.restoration import restore as restore_backup

app = typer.Typer()


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the backup.")],
    data_dir: DataDir = DATA,
    database: Database = "",
    with_bytes: Annotated[
        bool,
        typer.Option(
            "--with-bytes", help="Also copy what lies in a bucket; else it is only looked whether it is there."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Back up into DIR, while the hub runs: first the rows, then the bytes they name.

    Last comes a manifest with the hash of every file. PostgreSQL is copied by pg_dump. Exit code 1 when some bytes were
    damaged or missing here already.

    \b
    Example:
      hub backup /backups/hub-2026-01-31
    """
    with reading(data_dir, database) as store:
        made = make_backup(
            store, database, data_dir, folder, datetime.now(UTC), Progress("copied"), with_bytes=with_bytes
        )
    size = sum(size for size, _ in made.files.values())
    if as_json:
        told = {"folder": str(folder), "mark": asdict(made.mark), "bytes": size, "missing": made.missing}
        print_json(told | {"bucket": made.blobs.partition("?")[0], "left_in_bucket": len(made.named)})
    else:
        last = (
            f"the last arrival in it is {made.mark.last_arrival}" if made.mark.last_arrival else "nothing had arrived"
        )
        say(f"{folder / MANIFEST}: {len(made.files)} files, {size:,} bytes; {last}")
        if made.named:
            say(f"not copied: {len(made.named)} larger bytes, which stay in {made.blobs.partition('?')[0]}")
        for digest in made.missing:
            say(f"damaged or missing here, and so in the backup: {digest}", style="red")
    if made.missing:
        raise typer.Exit(1)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that hub backup made.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", metavar="NEW", help="An empty or new data directory.")],
    ahead: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Skip N control numbers of each count; else by how busy it was."),
    ] = None,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Make a hub of the backup in DIR, and tell what it cannot know.

    That is what came, left and was answered since. Control numbers go on above those that may have been given.

    \b
    Example:
      hub restore /backups/hub-2026-01-31 --data-dir /var/lib/supplier-hub-new
    """
    with plainly():
        report = restore_backup(folder, data_dir, database, datetime.now(UTC), ahead)
    if as_json:
        print_json(asdict(report))
    else:
        _tell(report)


def _tell(report: Report) -> None:
    mark = report.mark
    say(f"Restored as of {mark.taken_at}; the last arrival is {mark.last_arrival or 'none'}.", style="bold")
    say("What came, left or was answered later is unknown here. Ask each partner to send again what it sent since:")
    rows = [(one.partner, one.last_received_at, one.last_interchange) for one in report.partners]
    print_table(("partner", "last arrival here", "last interchange"), rows, empty="No partner has sent anything.")
    say(f"{len(report.sent_again)} departures were on their way: they leave again, same bytes, same numbers, same key.")
    say(f"{len(report.unanswered)} deliveries wait for an acknowledgment that may have come since.")
    moved = [(one.partner, one.kind, one.before, one.next, "" if one.sure else "ASK") for one in report.moved]
    print_table(("partner", "control numbers", "were at", "go on at", "ask the partner"), moved, empty="")
    for digest in report.missing_bytes:
        say(f"its bytes are lost: damaged when the backup was made, or removed since: {digest}", style="red")
    if report.bucket:
        say(f"Its larger bytes lie in {report.bucket}, which one hub at a time may use.", style="bold")
    say("Run hub verify before hub serve.")
