"""``hub redact``: a file made safe to share, with its errors as they were; no server and no store."""

from __future__ import annotations

import hashlib
import re
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from canonical.finding import clip
from channels.x12.envelope import Scan, scan
from channels.x12.explain import element_name
from channels.x12.redaction import Redaction, Unreadable, redact
from hub.cli.output import print_json, refuse
from hub.cli.x12_files import bytes_of

app = typer.Typer()

_PLACE = re.compile(r"[A-Z][A-Z0-9]{1,2}[0-9]{2}(-[0-9]{1,2})?")


@app.command("redact")
def redact_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An X12 file.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output unless given.")
    ] = None,
    keep: Annotated[
        str, typer.Option(metavar="PLACES", help="Elements that stay as they are, such as REF02,PO107,REF04-2.")
    ] = "",
    seed: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The same replacements in every run with it. Keep it to yourself."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was replaced, as JSON; needs --output.")] = False,
) -> None:
    """Make an X12 file safe to share: names, addresses, texts, numbers, quantities and prices are replaced.

    The same value becomes the same replacement, as long and of the same kind. Structure, codes, dates, counts, control
    numbers, check digits, separators, line wraps and what is wrong with the file stay: whoever gets it finds the same
    errors in the same places. Only sums do not add up any more.

    Exit code 1 when the file cannot be read well enough; then nothing is written.

    \b
    Example:
      hub redact samples/cases/invoice-rejected/input.edi -o shareable.edi --keep BIG02
    """
    places = frozenset(filter(None, (place.strip().upper() for place in keep.split(","))))
    if wrong := sorted(place for place in places if not _PLACE.fullmatch(place)):
        raise typer.BadParameter(
            f"an element is named like REF02 or REF04-2, not {clip(wrong[0])}", param_hint="--keep"
        )
    if as_json and output is None:
        raise typer.BadParameter("--json needs --output: the file itself takes standard output", param_hint="--json")
    key = (
        hashlib.sha256(seed.encode("utf-8", "surrogateescape")).digest() if seed is not None else secrets.token_bytes()
    )
    with bytes_of(file) as data:
        scanned = data if isinstance(data, Scan) else scan(data)
        try:
            pieces, done = redact(b"" if isinstance(data, Scan) else data, scanned, key, places)
        except Unreadable as error:
            refuse(f"Nothing was written: {error}.")
        if output is None:
            sys.stdout.buffer.writelines(pieces)
            sys.stdout.buffer.flush()
        else:
            with output.open("wb") as out:
                out.writelines(pieces)
    if as_json:
        print_json({"file": file, "output": str(output), "replaced": dict(sorted(done.replaced.items()))})
        return
    for line in _summary(done):
        typer.echo(line, err=output is None)


def _summary(done: Redaction) -> list[str]:
    """What was replaced, by place; on standard error where the file itself takes standard output."""
    total = sum(done.replaced.values())
    lines = [f"{total} values replaced" + (":" if total else "; there was nothing to replace")]
    for place, count in sorted(done.replaced.items()):
        lines.append(f"  {count:>6}  {place}  {element_name(place)}".rstrip())
    return lines
