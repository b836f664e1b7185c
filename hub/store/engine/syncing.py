"""fsync, and what follows when it fails.

After an fsync that failed nobody knows what is on disk, and a second one may succeed without having written anything.
So the process ends, as PostgreSQL does, before it tells anybody that bytes are kept; the restart reads what is there.
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path
from typing import NoReturn

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors that say there is no room. They spoil nothing: the bytes being written are given up, and their sender told."""

log = logging.getLogger(__name__)


def sync(descriptor: int) -> None:
    """Has the bytes of an open file or folder on disk when it returns. Raises OSError where there is no room; any other
    failure ends the process."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in FULL:
            raise
        end_process(f"fsync failed: {error.strerror}")


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on disk when it returns; as ``sync``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def end_process(why: str) -> NoReturn:
    """Ends the process at once, whatever its threads are doing: no answer leaves it any more. Exit code 74."""
    log.critical("%s. What is on disk is unknown, so the hub ends here; start it again once the disk is sound.", why)
    os._exit(os.EX_IOERR)
