"""``hub schema`` and ``hub openapi``: canonical documents and the API, described for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from canonical.document import DocumentType, json_schemas
from hub.cli.output import refuse

app = typer.Typer()


@app.command()
def schema(
    document: Annotated[
        DocumentType | None, typer.Argument(metavar="[TYPE]", help="One document type; without it all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a file TYPE.schema.json for each into this folder.")
    ] = None,
) -> None:
    """Print the JSON Schemas of canonical documents; each names its version in $id.

    \b
    Example:
      hub schema invoice
      hub schema --out schemas
    """
    schemas = {name: found for name, found in json_schemas().items() if document in (None, name)}
    if out is None:
        typer.echo(json.dumps(schemas[document] if document else schemas, indent=2))
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, found in schemas.items():
            path = out / f"{name}.schema.json"
            path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            typer.echo(str(path))
    except OSError as error:
        refuse(f"{out}: {error.strerror}")


@app.command()
def openapi(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it into this file.")] = None,
) -> None:
    """Print the OpenAPI 3.1 document of the API, as GET /v1/openapi.json answers it.

    \b
    Example:
      hub openapi --out openapi.json
    """
    from hub.web.api.openapi import document  # here: a schema alone needs none of the API
    from hub.web.api.routes import TABLE

    text = json.dumps(document(TABLE), indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
        typer.echo(str(out))
    except OSError as error:
        refuse(f"{out}: {error.strerror}")
