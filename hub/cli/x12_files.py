"""What commands over X12 files share: their bytes, the profiles to judge by, and how far along a long file is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Annotated

import typer

from canonical.finding import Finding, Severity, clip
from channels.x12.envelope import PartyId, Scan
from hub.inspection import NEUTRAL, Inspected, InspectedSet, ProfileOf, inspect
from partners.pinned import Pinned
from partners.profile import TradingPartner

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="X12 files.", show_default=False)]
Partner = Annotated[
    str | None,
    typer.Option(metavar="FILE|NAME", help="The profile to judge by: a file, or a partner's key in --profiles."),
]
Profiles = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Profiles; each interchange's sender chooses its own.")
]

PIPE_LIMIT = 256_000_000
"""Bytes that are read from what cannot be mapped, such as a pipe; a device may have no end."""

UNREADABLE_FILE = "FILE-UNREADABLE"

LONG = 2_000_000
"""Bytes of a file from which on progress is shown."""


@contextmanager
def bytes_of(file: str) -> Iterator[bytes | mmap | Scan]:
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


def inspected(data: bytes | mmap | Scan, chosen: ProfileOf, at: datetime | None = None) -> Iterator[Inspected]:
    """What ``bytes_of`` opened, inspected; on a long file with a bar of progress where standard error is a terminal
    and the output goes elsewhere."""
    if isinstance(data, Scan):
        yield data
        return
    values = inspect(data, profile_of=chosen, at=at)
    if len(data) < LONG or sys.stdout.isatty() or not sys.stderr.isatty():
        yield from values
        return
    from rich.console import Console
    from rich.progress import Progress  # here: most files are short, and it takes a while to load

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=len(data))
        for value in values:
            if isinstance(value, InspectedSet):
                progress.update(task, completed=value.span.offset)
            yield value


def profile_of(partner: str | None, folder: Path | None) -> ProfileOf:
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
