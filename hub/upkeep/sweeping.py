"""Files that a killed process left behind: half-written ones, and blobs that no row came to name.

Nothing else makes files that nobody needs: bytes are on disk before the row that names them, so a kill between the two
leaves the bytes alone.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from channels.folder.settings import FolderSettings
from hub.catalog import Catalog
from hub.services import HubServices
from hub.settings import FileTarget
from hub.store.coordination import nodes
from hub.store.errors import BlobsAway
from hub.store.kept.blobs import Blobs
from hub.store.kept.uploads import UPLOADS, Uploads, sweep_abandoned
from hub.store.people import drafts
from hub.store.schema.records import Timer
from hub.store.traffic import transmissions

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
    """Removes what is left over and old: of what nodes share, on this machine, and of nodes here that are dead."""
    tidy(services)
    given_up = (services.file_time() - GIVEN_UP).timestamp()
    for data_dir in _of_silent_nodes(services):
        _tell(map(str, sweep_abandoned(data_dir, given_up)))
    with services.store.begin() as tx:
        drafts.expire(tx, services.clock())
        nodes.forget(tx, services.clock() - FORGOTTEN)
    with services.store.read() as tx:
        named = transmissions.blobs_named(tx)
    # Nodes share them. What is new by the clock that dates them is about to be named, however far ahead this one's is.
    blobs, before = services.store.blobs, (min(services.file_time(), services.clock()) - OLD).timestamp()
    try:
        _tell(place for place in blobs.strays(named, before) if blobs.remove(place, before))
    except BlobsAway as error:
        log.warning("what no row names stays where it is for another hour: %s", error)


def tidy(services: HubServices) -> None:
    """Removes what is left over and old in this node's own folders, which nobody else may see."""
    before = (services.file_time() - OLD).timestamp()
    removed: list[str] = []
    for path in half_written(services.data_dir, services.catalog(), before):
        with suppress(OSError):
            path.unlink()
            removed.append(str(path))
    removed += map(str, services.store.uploads.sweep((services.file_time() - GIVEN_UP).timestamp()))
    _tell(removed)


def _of_silent_nodes(services: HubServices) -> Iterator[Path]:
    """Data directories on this machine of nodes that give no sign of life: their names say where those are, unless they
    are so long that they were cut."""
    lease, here = services.catalog().lease, socket.gethostname()
    with services.store.read() as tx:
        silent = [node.name for node in nodes.all(tx) if services.clock() - node.seen_at > lease]
    for host, _, place in (name.partition(":") for name in silent):
        if host == here and Path(place).is_absolute():
            yield Path(place)


def _tell(removed: Iterable[str]) -> None:
    if found := list(removed):
        log.info("swept %d left-over files, such as %s", len(found), found[0])


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
