"""``hub events``: the catalogue of what the hub tells."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from hub.cli.output import print_table

app = typer.Typer()
events = typer.Typer(no_args_is_help=True)
app.add_typer(events, name="events")


@events.callback()
def about() -> None:
    """What the hub tells: its kinds of events, described for programs.

    \b
    Example:
      hub events catalogue
    """


class Form(StrEnum):
    TABLE = "table"
    ASYNCAPI = "asyncapi"
    SCHEMAS = "schemas"


@events.command()
def catalogue(
    form: Annotated[
        Form, typer.Option("--as", help="A table of meanings, the AsyncAPI 3.0 document, or JSON Schemas by kind.")
    ] = Form.TABLE,
) -> None:
    """Print every kind of event: what it means, and what it says.

    asyncapi is the document that GET /v1/asyncapi.json answers: JSON, which is YAML, too.

    \b
    Example:
      hub events catalogue
      hub events catalogue --as asyncapi
    """
    from hub.events.catalogue import KINDS, type_of  # here: the help needs no model
    from hub.events.description import asyncapi, schemas

    if form is Form.TABLE:
        rows = [(type_of(kind), one.audience.name.lower(), one.meaning) for kind, one in KINDS.items()]
        print_table(("event", "told to", "what has happened"), rows, empty="There are none.")
    else:
        described = asyncapi() if form is Form.ASYNCAPI else schemas()
        typer.echo(json.dumps(described, indent=2, ensure_ascii=False))
