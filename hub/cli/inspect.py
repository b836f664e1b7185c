"""``hub inspect``: files judged on the spot, by the pipeline's own steps; no server and no store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Annotated

import typer

from canonical.finding import Finding, Severity, clip
from channels.x12.envelope import PartyId, Scan
from hub.cli.inspection_json import print_json
from hub.cli.inspection_text import print_text
from hub.inspection import NEUTRAL, Inspected, ProfileOf, inspect
from partners.pinned import Pinned
from partners.profile import TradingPartner

app = typer.Typer()

PIPE_LIMIT = 256_000_000
"""Bytes that are read from what cannot be mapped, such as a pipe; a device may have no end."""

UNREADABLE_FILE = "FILE-UNREADABLE"


@app.command("inspect")
def inspect_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="X12 files.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and file.")] = False,
    partner: Annotated[
        str | None,
        typer.Option(metavar="FILE|NAME", help="The profile to judge by: a file, or a partner's key in --profiles."),
    ] = None,
    profiles: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Profiles; each interchange's sender chooses its own.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When answers are written, as 2026-01-31T12:00 (UTC if no zone).")
    ] = None,
) -> None:
    """Judge X12 files: verdicts, findings, the answers that would be sent, canonical documents. Needs no server.

    Exit code 1 when some file cannot be read as X12, else 0 whatever the verdicts.

    \b
    Example:
      hub inspect --json --profiles samples/partners samples/cases/customer-order/input.edi
    """
    profile_of, moment = _profile_of(partner, profiles), _moment(at)
    print_one: Callable[[str, Iterator[Inspected]], bool] = print_json if as_json else print_text
    all_read = True
    for file in files:
        with _bytes_of(file) as data:
            values = iter([data]) if isinstance(data, Scan) else inspect(data, profile_of=profile_of, at=moment)
            all_read = print_one(file, values) and all_read
    if not all_read:
        raise typer.Exit(1)


@contextmanager
def _bytes_of(file: str) -> Iterator[bytes | mmap | Scan]:
    """The file's bytes, mapped and not read where possible; a scan of nothing that says why it cannot be opened."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 (the name is the user's, also one that Path would change)
            try:
                data: bytes | mmap = mmap(opened.fileno(), 0, access=ACCESS_READ)
            except (OSError, ValueError):  # empty, or a pipe
                data = opened.read(PIPE_LIMIT + 1)
                if len(data) > PIPE_LIMIT:
                    raise ValueError(f"it is no regular file and sends more than {PIPE_LIMIT} bytes") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        finding = Finding(
            code=UNREADABLE_FILE, severity=Severity.ERROR, message=f"The file cannot be read: {clip(reason)}."
        )
        yield Scan(0, 0, (), (), (finding,))
        return
    try:
        yield data
    finally:
        if isinstance(data, mmap):
            data.close()


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter("a time is written like 2026-01-31T12:00", param_hint="--at") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _profile_of(partner: str | None, folder: Path | None) -> ProfileOf:
    """Which profile an interchange is judged by: always the one chosen, else its sender's, else the neutral one."""
    if partner is None and folder is None:
        return lambda sender: NEUTRAL
    from partners.identifiers import Directory  # here: reading YAML is not needed without profiles

    if partner is not None and Path(partner).is_file():
        chosen = Pinned(_profiles(Path(partner))[0], 0)
        return lambda sender: chosen
    if folder is None:
        raise typer.BadParameter(
            f"there is no file {partner}; a partner's key needs --profiles", param_hint="--partner"
        )
    directory = Directory(_profiles(folder))
    if partner is not None:
        named = directory.by_name(partner)
        if named is None:
            raise typer.BadParameter(f"no profile of {folder} is called {partner}", param_hint="--partner")
        chosen = Pinned(named, 0)
        return lambda sender: chosen

    def by_sender(sender: PartyId) -> Pinned | None:
        owner = directory.by_identifier(sender.qualifier, sender.id)
        return Pinned(owner, 0) if owner else None

    return by_sender


def _profiles(path: Path) -> tuple[TradingPartner, ...]:
    """The profiles of a file or folder; ends the command with every problem when there are any."""
    from partners.loader import load_profiles

    loaded = load_profiles([path])
    for problem in loaded.problems:
        typer.echo(str(problem), err=True)
    if loaded.problems or not loaded.profiles:
        raise typer.BadParameter(f"{path} holds no profile that can be used", param_hint="--partner, --profiles")
    return loaded.profiles
