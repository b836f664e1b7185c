"""``hub crosswalk``: a partner's words for our items, units, locations and codes, as CSV."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import print_json, refuse
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading, writing
from hub.store.configuration import crosswalks
from partners.crosswalk_csv import export_rows

app = typer.Typer()
crosswalk = typer.Typer(no_args_is_help=True)
app.add_typer(crosswalk, name="crosswalk")

Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's key.")]


@crosswalk.callback()
def about() -> None:
    """A partner's words for our items, units, locations and codes: list,code_list,partner_value,our_value.

    \b
    Example:
      hub crosswalk export birch-paper
    """


@crosswalk.command("import")
def import_file(
    partner: Partner,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header line.")],
    replace: Annotated[bool, typer.Option("--replace", help="Remove rows that the file does not have.")] = False,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Add and change rows from a CSV file, all of them or, when one has a problem, none.

    \b
    Example:
      hub crosswalk import birch-paper samples/crosswalks/birch-paper.csv
    """
    try:
        content = base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    with writing(data_dir, database) as hub:
        done = hub.perform("import-crosswalk", partner=partner, source=str(file), content=content, replace=replace)
    if as_json:
        print_json(done)
    else:
        typer.echo(f"crosswalk of {partner}: revision {done['revision']} is in force")


@crosswalk.command("export")
def export_file(
    partner: Partner,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write this file, not to the terminal.")] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
) -> None:
    """Write a partner's rows as CSV, in a form that import reads back.

    \b
    Example:
      hub crosswalk export birch-paper --out birch-paper.csv
    """
    with reading(data_dir, database) as store, store.read() as tx:
        text = export_rows(crosswalks.rows(tx, partner))
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_bytes(text.encode())
    except OSError as error:
        refuse(f"{out}: {error.strerror}")
    typer.echo(str(out))
