"""``hub verdicts``: how a whole folder of X12 files is judged, counted by what it is and by the gravest reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer

from canonical.finding import Finding, Severity, Verdict, clip
from channels.x12.envelope import PartyId, Scan
from hub.cli.output import print_json, print_table, refuse, say
from hub.cli.partner_choice import Judging, Senders, profile_of
from hub.cli.x12_files import bytes_of, inspected
from hub.inspection.file import (
    NEUTRAL,
    Inspected,
    InspectedSet,
    InterchangeAnswered,
    InterchangeOpened,
    ProfileOf,
    readable,
)
from partners.pinned import Pinned

app = typer.Typer()

UNREAD = "unreadable"
"""What stands in place of a verdict where a file holds no interchange that can be read."""

_GRAVITY = (Severity.INFO, Severity.WARNING, Severity.ERROR)
_WORST_FIRST = (UNREAD, Verdict.REJECTED, Verdict.ACCEPTED_WITH_ERRORS, Verdict.ACCEPTED)


@dataclass(slots=True)
class Count:
    """Sets (or files, where ``what`` is file) of one kind that were judged alike for one reason; ``example`` is the
    first of them, with what was found in it."""

    what: str
    release: str
    verdict: str
    reason: str
    example: str
    message: str
    count: int = 0


@dataclass(slots=True)
class Tally:
    """Everything counted so far. ``stray`` are files with bytes that belong to no interchange."""

    counts: dict[tuple[str, str, str, str], Count] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    unaccounted: int = 0
    stray: int = 0

    def add(self, what: str, release: str, verdict: str, findings: Iterable[Finding], example: str) -> None:
        told = max(findings, key=lambda f: _GRAVITY.index(f.severity), default=None)
        reason = told.code if told is not None and verdict != Verdict.ACCEPTED else ""
        key = (what, release, verdict, reason)
        message = told.message if told is not None and reason else ""
        self.counts.setdefault(key, Count(*key, example, message)).count += 1

    def take(self, file: str, values: Iterable[Inspected]) -> None:
        self.files += 1
        for value in values:
            match value:
                case Scan():
                    self.bytes += value.size
                    self.unaccounted += value.size - value.bytes_accounted
                    self.stray += bool(value.remnants and value.interchanges)
                    if not readable(value):
                        found = (*value.findings, *(f for i in value.interchanges for f in i.findings))
                        self.add("file", "", UNREAD, found, file)
                case InspectedSet():
                    place = f"{file} ST*{clip(value.span.control_number)}"
                    self.add(
                        clip(value.span.type, 6), clip(value.group.release, 12), value.verdict, value.findings, place
                    )
                case InterchangeOpened() | InterchangeAnswered():
                    pass

    def rows(self) -> list[Count]:
        """By kind, the gravest verdict first."""
        order = {verdict: place for place, verdict in enumerate(_WORST_FIRST)}
        return sorted(
            self.counts.values(), key=lambda c: (c.what == "file", c.what, c.release, order[c.verdict], -c.count)
        )


@app.command("verdicts")
def verdicts(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="X12 files, or folders of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: totals, and a row for each kind.")] = False,
    partner: Judging = None,
    profiles: Senders = None,
    strict: Annotated[bool, typer.Option("--strict", help="Forgive nothing, whatever a profile says.")] = False,
) -> None:
    """Count verdicts over many X12 files: what was sent, in which release, how it was judged and why.

    Exit code 0; 1 when there is no file.

    \b
    Example:
      hub verdicts samples/cases
      hub verdicts --strict --json samples/cases
    """
    files = list(_files(paths))
    if not files:
        refuse("There is no file to judge.")
    chosen = profile_of(partner, profiles)
    tally = Tally()
    for file in files:
        with bytes_of(file) as data:
            tally.take(file, inspected(data, _strictly(chosen) if strict else chosen))
    if as_json:
        print_json(_document(tally))
    else:
        _print(tally)


def _files(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        if path.is_dir():
            yield from sorted(str(file) for file in path.rglob("*") if file.is_file())
        else:
            yield str(path)


def _strictly(chosen: ProfileOf) -> ProfileOf:
    def profile(sender: PartyId) -> Pinned | None:
        pinned = chosen(sender) or NEUTRAL
        x12 = pinned.partner.x12.model_copy(update={"policy": "strict", "forgive": ()})
        return replace(pinned, partner=pinned.partner.model_copy(update={"x12": x12}))

    return profile


def _document(tally: Tally) -> dict[str, object]:
    rows = [
        {
            "what": row.what,
            "release": row.release,
            "verdict": row.verdict,
            "reason": row.reason or None,
            "count": row.count,
            "example": row.example,
            "message": row.message or None,
        }
        for row in tally.rows()
    ]
    totals = {"files": tally.files, "bytes": tally.bytes, "bytes_unaccounted": tally.unaccounted}
    return {**totals, "files_with_stray_bytes": tally.stray, "verdicts": rows}


def _print(tally: Tally) -> None:
    rows = tally.rows()
    print_table(
        ["sent", "release", "verdict", "count", "gravest reason", "example"],
        (
            (
                row.what,
                row.release,
                row.verdict.replace("_", " "),
                row.count,
                _reason(row),
                row.example if row.reason else "",
            )
            for row in rows
        ),
        empty="Nothing was found to judge.",
    )
    sets = sum(row.count for row in rows if row.what != "file")
    told = f"{sets} sets in {tally.files} files, {tally.bytes} bytes"
    lost = f"{tally.unaccounted} of them unaccounted for" if tally.unaccounted else "every one accounted for"
    say(f"{told}, {lost}; {tally.stray} files have bytes that belong to no interchange.")


def _reason(row: Count) -> str:
    return f"{row.reason}: {clip(row.message, 70)}" if row.reason else ""
