"""``hub explain``: what a file says, in words, for whoever has to understand it; no server and no store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from channels.x12.envelope import Scan
from hub.cli.explanation_text import print_explanation
from hub.cli.inspection_json import print_json
from hub.cli.partner_choice import Judging, Senders, profile_of
from hub.cli.x12_files import Files, bytes_of, inspected
from hub.inspection.file import Inspected, InspectedSet, readable

app = typer.Typer()

PAGE_LINES = 400
"""Segments of each set that a page shows unless told otherwise."""


@app.command("explain")
def explain_files(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and file.")] = False,
    html: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="One page that needs nothing else, to look at or to send on.")
    ] = None,
    partner: Judging = None,
    profiles: Senders = None,
    wanted: Annotated[int | None, typer.Option("--set", min=1, metavar="N", help="The file's n-th set only.")] = None,
    only_findings: Annotated[bool, typer.Option(help="Only what there is something to say about.")] = False,
    lines: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Segments shown of each set, beside those with findings."),
    ] = None,
) -> None:
    """Explain X12 files in words: every segment, element and code, what is wrong and where, shipments as a tree.

    Exit code 1 when some file cannot be read as X12, else 0 whatever the findings.

    \b
    Example:
      hub explain samples/cases/shipment-cartons/input.edi
      hub explain --only-findings --html findings.html samples/cases/invoice-rejected/input.edi
    """
    if as_json and html:
        raise typer.BadParameter("choose one of --json and --html", param_hint="--html")
    limit = 0 if only_findings else PAGE_LINES if lines is None and html else lines
    chosen = profile_of(partner, profiles)
    unread: list[str] = []

    def explained(file: str) -> Iterator[Inspected]:
        with bytes_of(file) as data:
            for value in _numbered(inspected(data, chosen), wanted):
                if isinstance(value, Scan) and not readable(value):
                    unread.append(file)
                yield _cut(value, limit)

    if html:
        _write_page(html, ((file, _told(explained(file), only_findings)) for file in files))
    for file in [] if html else files:
        if as_json:
            print_json(file, _told(explained(file), only_findings), trees=True)
        else:
            print_explanation(file, explained(file), only_findings=only_findings)
    if unread:
        raise typer.Exit(1)


def _numbered(values: Iterable[Inspected], wanted: int | None) -> Iterator[Inspected]:
    """All but the sets of other numbers than the wanted one."""
    number = 0
    for value in values:
        number += isinstance(value, InspectedSet)
        if wanted in (None, number) or not isinstance(value, InspectedSet):
            yield value


def _told(values: Iterable[Inspected], only_findings: bool) -> Iterator[Inspected]:
    """All, or all but the sets of which there is nothing to say."""
    return (v for v in values if not (only_findings and isinstance(v, InspectedSet) and not v.findings))


def _cut(value: Inspected, limit: int | None) -> Inspected:
    if limit is None or not isinstance(value, InspectedSet):
        return value
    whole = value.tree
    return replace(value, tree=lambda: whole().cut(limit))


def _write_page(target: str, files: Iterable[tuple[str, Iterable[Inspected]]]) -> None:
    from hub.web.explanation import page  # here: only a page needs templates

    if target == "-":
        for piece in page(files):
            typer.echo(piece, nl=False)
        return
    with Path(target).open("w", encoding="utf-8") as out:
        out.writelines(page(files))
