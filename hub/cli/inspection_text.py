"""``hub inspect`` for people: what the file holds, each verdict, each finding in plain words with its place."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from canonical.document import Document
from canonical.finding import Finding, Severity, Verdict, clip
from channels.x12.envelope import Scan
from hub.cli.second_opinion import Judges, comparison_lines, opinion_lines
from hub.inspection.file import (
    HUB_FAULT,
    FileOpened,
    Inspected,
    InspectedDocument,
    InspectedSet,
    InterchangeAnswered,
    InterchangeOpened,
    readable,
)

COLOURS = {
    Severity.INFO: typer.colors.CYAN,
    Severity.WARNING: typer.colors.YELLOW,
    Severity.ERROR: typer.colors.RED,
    Verdict.ACCEPTED: typer.colors.GREEN,
    Verdict.ACCEPTED_WITH_ERRORS: typer.colors.YELLOW,
    Verdict.REJECTED: typer.colors.RED,
}


def print_text(file: str, values: Iterable[Inspected], judges: Judges = Judges.OURS) -> bool:
    """Prints the file's inspection. Returns whether it could be read and judged."""
    read = True
    for value in values:
        match value:
            case FileOpened():
                read = value.is_readable
                typer.secho(f"{clip(file, 200)}  {value.size} bytes, documents: {value.documents}", bold=True)
                _print_findings(value.findings, "  ")
            case InspectedDocument():
                read = read and not any(finding.code == HUB_FAULT for finding in value.findings)
                _print_document(value)
            case Scan():
                read = readable(value)
                typer.secho(f"{clip(file, 200)}  {counted(value)}", bold=True)
                _print_findings(value.findings, "  ")
            case InterchangeOpened():
                _print_interchange(value)
            case InspectedSet():
                read = read and not any(finding.code == HUB_FAULT for finding in value.findings)
                _print_set(value, judges)
            case InterchangeAnswered():
                for text in value.acknowledgments:
                    typer.echo(f"    answer: {clip(text, 4000)}")
                _print_findings(value.findings, "    ")
    return read


def counted(scanned: Scan) -> str:
    if not scanned.size:
        return "not one byte"
    stray = sum(remnant.length for remnant in scanned.remnants)
    return (
        f"{scanned.size} bytes, {f'{stray} of them belong to no interchange' if stray else 'every one accounted for'}"
    )


def _print_interchange(opened: InterchangeOpened) -> None:
    source = opened.source
    sender, receiver = (f"{clip(p.qualifier)}/{clip(p.id)}" for p in (source.sender, source.receiver))
    number, usage = clip(source.control_number), clip(source.usage_indicator)
    typer.echo(f"  interchange {number} from {sender} to {receiver}, usage {usage}, at byte {source.offset}")
    _print_findings(opened.findings, "    ")


def _print_set(inspected: InspectedSet, judges: Judges) -> None:
    span = inspected.span
    place = f"{clip(span.type)} {clip(span.control_number)} (release {clip(inspected.group.release)})"
    typer.echo(f"    {place} at byte {span.offset}, {span.segment_count} segments", nl=judges is Judges.PYX12)
    if judges is not Judges.PYX12:
        typer.echo(f": {typer.style(inspected.verdict.value.replace('_', ' '), fg=COLOURS[inspected.verdict])}")
        _print_findings(inspected.findings, "      ")
    if judges is not Judges.OURS:
        twice = inspected.twice()
        both = comparison_lines(twice) if judges is Judges.BOTH else ()
        for line in (*opinion_lines(twice), *both):
            typer.echo(f"      {line}")
    if inspected.document is not None:
        typer.echo(f"      {_summary(inspected.document)}")


def _print_document(inspected: InspectedDocument) -> None:
    said = f"{inspected.type.replace('_', ' ')} {clip(inspected.number)}".rstrip()
    verdict = typer.style(inspected.verdict.value.replace("_", " "), fg=COLOURS[inspected.verdict])
    rows = f"{inspected.first} to {inspected.last}" if inspected.last > inspected.first else f"{inspected.first}"
    typer.echo(f"    {said} at {rows}: {verdict}")
    _print_findings(inspected.findings, "      ")
    if inspected.document is not None:
        typer.echo(f"      {_summary(inspected.document)}")


def _summary(document: Document) -> str:
    lines = getattr(document, "lines", ())
    counted = f", {len(lines)} line{'' if len(lines) == 1 else 's'}" if lines else ""
    return f"{document.type.replace('_', ' ')} {clip(document.document_number())}{counted}"


def _print_findings(findings: Iterable[Finding], indent: str) -> None:
    for finding in findings:
        mark = typer.style(finding.severity.value, fg=COLOURS[finding.severity])
        place = f" {finding.locator}:" if finding.locator else ""
        typer.echo(f"{indent}{mark}{place} {finding.message} [{finding.code}]")
        if finding.fix:
            typer.echo(f"{indent}  {finding.fix}")
