"""Files that a killed process left behind: half-written ones, and blobs that no row came to name.

Nothing else makes files that nobody needs: bytes are on disk before the row that names them, so a kill between the two
leaves the bytes alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from channels.folder.settings import FolderSettings
from hub.catalog import Catalog
from hub.services import HubServices
from hub.settings import FileTarget
from hub.store import nodes, transmissions
from hub.store.kept.blobs import Blobs
from hub.store.kept.uploads import UPLOADS, Uploads
from hub.store.people import drafts
from hub.store.records import Timer

OLD = timedelta(hours=1)
"""No arrival takes longer from its bytes to its row."""

GIVEN_UP = timedelta(hours=24)
"""So long an upload that was broken off waits for its sender to go on."""

FORGOTTEN = timedelta(hours=24)
"""So long a node that ended without a word is told of."""

_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.part")
"""What ``channels.folder.atomic`` calls a file that it has not finished, where the file system makes it give a name."""

log = logging.getLogger(__name__)


def sweep(services: HubServices, _timer: Timer) -> None:
    """Removes what is left over and old."""
    before = (services.file_time() - OLD).timestamp()
    with services.store.read() as tx:
        named = transmissions.blobs_named(tx)
    blobs = services.store.blobs
    removed = [place for place in blobs.strays(named, before) if blobs.remove(place, before)]
    for path in half_written(services.data_dir, services.catalog(), before):
        with suppress(OSError):
            path.unlink()
            removed.append(str(path))
    with services.store.begin() as tx:
        drafts.expire(tx, services.clock())
        nodes.forget(tx, services.clock() - FORGOTTEN)
    removed += map(str, services.store.uploads.sweep((services.file_time() - GIVEN_UP).timestamp()))
    if removed:
        log.info("swept %d left-over files, such as %s", len(removed), removed[0])


def stray_files(blobs: Blobs, named: set[str], data_dir: Path, catalog: Catalog, now: datetime) -> Iterator[str]:
    """Where that lies which ``sweep`` would remove."""
    before = (now - OLD).timestamp()
    yield from blobs.strays(named, before)
    yield from map(str, half_written(data_dir, catalog, before))
    yield from map(str, Uploads(data_dir / UPLOADS).strays((now - GIVEN_UP).timestamp()))


def half_written(data_dir: Path, catalog: Catalog, before: float) -> Iterator[Path]:
    """Temporary files in the folders that we write into."""
    root = data_dir / catalog.settings.folder_root
    folders = [root / c.outbound for _, c in catalog.channels() if isinstance(c, FolderSettings) and c.outbound]
    folders += [data_dir / target.path for target in catalog.settings.targets if isinstance(target, FileTarget)]
    for folder in dict.fromkeys(folders):
        with suppress(OSError):
            for path in sorted(folder.iterdir()):
                if _TEMPORARY.fullmatch(path.name) and path.lstat().st_mtime < before:
                    yield path
