"""``hub sample``: valid documents to try things with, made from the tables and a partner's guide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from channels.errors import PayloadError
from channels.x12.tables import UnsupportedSetError
from hub.cli.partner_choice import Config, Partner, Profiles, chosen
from hub.cli.reach import DATA, Database, DataDir
from hub.cli.yaml_files import refuse
from hub.guides.subject import interchange, samples, subject

app = typer.Typer()

COUNT_LIMIT = 10_000
LINE_LIMIT = 10_000


@app.command("sample")
def sample_documents(
    set_type: Annotated[str, typer.Argument(metavar="SET", help="The transaction set, as 850.")],
    partner: Partner = None,
    profiles: Profiles = None,
    config: Config = None,
    release: Annotated[
        str | None, typer.Option(metavar="RELEASE", help="GS08, as 005010; without it the one agreed.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number makes other documents.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=COUNT_LIMIT, metavar="N", help="Documents in the file.")] = 1,
    lines: Annotated[int, typer.Option(min=1, max=LINE_LIMIT, metavar="N", help="Lines of each document.")] = 2,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file, not to the terminal.")
    ] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
) -> None:
    """Write valid X12 documents of any set: plausible, different for each seed, the same for the same one.

    With a partner they keep its guide, release, separators and identifiers. They are test traffic (ISA15 = T).

    \b
    Example:
      hub sample 850 --partner samples/partners/corner-hardware.yaml --lines 3
      hub sample 810 --release 005010 --count 5 -o invoices.edi
    """
    profile, ours = chosen(partner, profiles, config, data_dir, database)
    try:
        about = subject(profile, ours, set_type, release)
        made = interchange(about, samples(about, seed=seed, count=count, lines=lines), seed)
    except (UnsupportedSetError, PayloadError) as error:
        refuse(f"No sample of {set_type}: {error.detail}.")
    if out is None:
        sys.stdout.write(made.decode())
        return
    try:
        out.write_bytes(made)
    except OSError as error:
        refuse(f"{out}: {error.strerror}")
    typer.echo(f"{out}: {count} document{'' if count == 1 else 's'}, {len(made)} bytes")
