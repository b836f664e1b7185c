"""``hub diff``: two X12 files compared by what they mean; no server and no store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from canonical.finding import clip
from hub.cli.output import print_json
from hub.cli.partner_choice import Judging, Senders, profile_of
from hub.cli.x12_files import bytes_of, inspected
from hub.inspection.comparison import Comparison, Difference, SetComparison, compare

app = typer.Typer()


@app.command("diff")
def diff_files(
    a: Annotated[str, typer.Argument(metavar="A", help="An X12 file.", show_default=False)],
    b: Annotated[str, typer.Argument(metavar="B", help="Another.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    partner: Judging = None,
    profiles: Senders = None,
) -> None:
    """Compare two X12 files by what they mean: which documents differ, and in which fields.

    Documents are matched by their number, their lines by line number or item. How a number is written, trailing
    separators and line wraps make no difference; what differs in the envelope is shown apart and does not count.

    Exit code 0: the same; 1: different; 2: wrong usage, or a file that is no X12.

    \b
    Example:
      hub diff samples/cases/invoice-with-freight/input.edi samples/cases/invoice-rejected/input.edi
    """
    chosen = profile_of(partner, profiles)
    with bytes_of(a) as first, bytes_of(b) as second:
        found = compare(inspected(first, chosen), inspected(second, chosen))
    if as_json:
        print_json({"same": found.same, **asdict(found)})
    else:
        for line in _lines(found):
            typer.echo(line)
    for name in found.unreadable:
        typer.echo(f"{clip(a if name == 'a' else b, 200)} cannot be read as X12: hub inspect says why.", err=True)
    if not found.same:
        raise typer.Exit(2 if found.unreadable else 1)


def _lines(found: Comparison) -> Iterator[str]:
    equal = 0
    for one in found.sets:
        if one.only_in or one.differences:
            yield from _set_lines(one)
        else:
            equal += 1
    if found.envelope:
        yield "Around the documents, not counted as a difference:"
        yield from _differences(found.envelope)
    if equal:
        yield f"{equal} document{'' if equal == 1 else 's'} the same"


def _set_lines(one: SetComparison) -> Iterator[str]:
    name = typer.style(f"{one.name or 'Transaction set'} ({clip(one.type)}) {clip(one.number)}".rstrip(), bold=True)
    if one.only_in:
        yield f"{name}: only in {one.only_in.upper()}"
        return
    count = len(one.differences)
    yield f"{name}: {count} difference{'' if count == 1 else 's'}"
    yield from _differences(one.differences)


def _differences(found: Iterable[Difference]) -> Iterator[str]:
    for one in found:
        old, new = (clip(value, 200) if value is not None else "(not there)" for value in (one.old, one.new))
        yield f"  {clip(one.where, 200)}: {old} → {new}"
