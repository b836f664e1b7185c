"""Files into a partner's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from channels.detached import detached
from channels.errors import TransientError
from channels.folder.atomic import deliver_file
from channels.ports import Departure, SendResult


class FolderSender:
    """Puts each departure as one file into the folder that the partner collects from.

    The file name is the departure's own and the same on each attempt; it is what makes a repeated attempt harmless. A
    share that does not answer holds up nothing but its own files: while one write hangs, no other is begun.
    """

    def __init__(
        self,
        root: Path,
        outbound: str,
        timeout: float = 30.0,
        put: Callable[[Path, str, str, bytes], bool] = deliver_file,
    ) -> None:
        """``outbound`` is relative to ``root``, the operator's folder root; ``timeout`` in seconds for one attempt."""
        self._put = partial(put, root, outbound)
        self._folder = root / outbound
        self._timeout = timeout
        self._hanging: set[asyncio.Task[bool]] = set()

    async def send(self, departure: Departure) -> SendResult:
        if self._hanging:
            raise TransientError(f"folder {self._folder} does not answer: an earlier write to it still hangs")
        writing = asyncio.ensure_future(detached(partial(self._put, departure.file_name, departure.body)))
        done, _ = await asyncio.wait([writing], timeout=self._timeout)
        if not done:
            self._hanging.add(writing)
            writing.add_done_callback(self._answered)
            raise TransientError(f"folder {self._folder} did not answer within {self._timeout:g} seconds")
        return SendResult("written" if await writing else "already there", departure.file_name)

    def _answered(self, writing: asyncio.Task[bool]) -> None:
        self._hanging.discard(writing)
        if not writing.cancelled():
            writing.exception()  # too late to tell: the next attempt finds out

    async def close(self) -> None:
        """Nothing is held open."""
