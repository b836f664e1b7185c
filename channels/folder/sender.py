"""Files into a partner's folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

from channels.folder.atomic import deliver_file
from channels.ports import Departure, SendResult


class FolderSender:
    """Puts each departure as one file into the folder that the partner collects from.

    The file name is the departure's own and the same on each attempt; it is what makes a repeated attempt harmless.
    """

    def __init__(self, root: Path, outbound: str) -> None:
        """``outbound`` is relative to ``root``, the operator's folder root."""
        self._root = root
        self._outbound = outbound

    async def send(self, departure: Departure) -> SendResult:
        written = await asyncio.to_thread(deliver_file, self._root, self._outbound, departure.file_name, departure.body)
        return SendResult("written" if written else "already there", departure.file_name)

    async def close(self) -> None:
        """Nothing is held open."""
