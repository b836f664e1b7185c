"""What commands over X12 files share: their bytes, and how far along a long file is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from mmap import ACCESS_READ, mmap
from typing import Annotated

import typer

from canonical.finding import Finding, Severity, clip
from channels.x12.envelope import Scan
from hub.inspection.file import Inspected, InspectedSet, ProfileOf, inspect

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="X12 files.", show_default=False)]
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
