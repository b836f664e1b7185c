"""``hub guide``: what a partner is to send, or gets, as text, page or JSON."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer

from channels.errors import PayloadError
from channels.x12.standards.tables import UnsupportedSetError
from hub.cli.output import print_json, refuse
from hub.cli.partner_choice import Config, Profiles, chosen
from hub.cli.reach import DATA, AsJson, Database, DataDir
from hub.guides.description import describe
from hub.guides.subject import subject
from hub.guides.text import lines
from hub.web.guide import page

app = typer.Typer()
guide = typer.Typer(no_args_is_help=True)
app.add_typer(guide, name="guide")


@guide.callback()
def about() -> None:
    """Partners' guides: the standard narrowed to what is agreed.

    \b
    Example:
      hub guide show samples/partners/corner-hardware.yaml 850
    """


@guide.command()
def show(
    partner: Annotated[
        str,
        typer.Argument(
            metavar="PARTNER", help="A profile's file, or a key: in --profiles, else among the profiles in force."
        ),
    ],
    set_type: Annotated[str, typer.Argument(metavar="SET", help="The transaction set, as 850.")],
    html: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="One page that needs nothing else: to send on, or to print.")
    ] = None,
    as_json: AsJson = False,
    profiles: Profiles = None,
    config: Config = None,
    release: Annotated[
        str | None, typer.Option(metavar="RELEASE", help="GS08, as 005010; without it the one agreed.")
    ] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
) -> None:
    """Show what to send: every segment and element with its use, codes and conditions, the envelope, a valid sample.

    What the guide asks for and what a usual document holds is shown in full, the rest of the standard by name.

    \b
    Example:
      hub guide show samples/partners/corner-hardware.yaml 850
      hub guide show acme-fasteners 810 --profiles samples/partners --html acme-810.html
    """
    if as_json and html:
        raise typer.BadParameter("choose one of --json and --html", param_hint="--html")
    profile, ours = chosen(partner, profiles, config, data_dir, database)
    try:
        description = describe(subject(profile, ours, set_type, release))
    except (UnsupportedSetError, PayloadError) as error:
        refuse(f"No guide for {set_type}: {error.detail}.")
    if as_json:
        print_json(dataclasses.asdict(description))
    elif html is None:
        typer.echo("\n".join(lines(description)))
    elif html == "-":
        sys.stdout.write(page(description))
    else:
        try:
            Path(html).write_text(page(description), encoding="utf-8")
        except OSError as error:
            refuse(f"{html}: {error.strerror}")
        typer.echo(f"{html}: {description.set_type} {description.set_name} for {description.partner}")
