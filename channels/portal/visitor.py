"""Who looks at the portal's pages. The application that carries them puts the visitor into each request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aiohttp import web

from channels.portal.desk import PortalDesk, Team

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in user. ``csrf`` is what every form of its repeats; ``address`` is the hub's, as browsers know it;
    ``team`` is None for who manages no users."""

    email: str
    company: str
    csrf: str
    address: str
    now: datetime
    desk: PortalDesk
    team: Team | None
    executor: Executor

    async def ask(self, work: Callable[[], T]) -> T:
        """Runs what blocks aside. It ends by itself when the browser goes away."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self.executor, work))


VISITOR = web.RequestKey("visitor", Visitor)


@dataclass(frozen=True, slots=True)
class Upload:
    """A form with a file whose sender is known to be the visitor. ``read`` gives the file's name and its bytes; it
    raises an aiohttp error when they are too many, come too slowly, or break off."""

    read: Callable[[], Awaitable[tuple[str, bytes]]]


UPLOAD = web.RequestKey("upload", Upload)

ROOT = "/portal"
"""Where the pages lie below the hub's address."""
