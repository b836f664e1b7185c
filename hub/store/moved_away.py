"""A note beside a SQLite store that was moved to another database: whoever started it again by mistake would have two
hubs that give the same control numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from hub.store.engine.syncing import sync, sync_folder
from hub.store.errors import CommitUnknown, MovedAway

NOTE = "hub.db.moved"
"""Its name in the data directory."""


def refuse_moved(data_dir: Path) -> None:
    """Raises MovedAway."""
    note = data_dir / NOTE
    if note.exists():
        said = note.read_text(encoding="utf-8").strip()
        raise MovedAway(f"{said} Name that database; to go on here all the same, delete {note}")


@contextmanager
def noted(data_dir: Path, place: str, now: datetime) -> Iterator[Callable[[], None]]:
    """To be called right before the commit by which the store is moved. The note is on disk by then, and stays unless
    that commit certainly failed."""

    def note() -> None:
        with (data_dir / NOTE).open("w", encoding="utf-8") as file:
            file.write(f"This store was moved to {place} on {now:%Y-%m-%d %H:%M} UTC.\n")
            file.flush()
            sync(file.fileno())
        sync_folder(data_dir)

    try:
        yield note
    except CommitUnknown:
        raise
    except BaseException:
        forget_moved(data_dir)
        raise


def forget_moved(data_dir: Path) -> None:
    (data_dir / NOTE).unlink(missing_ok=True)
