"""Blocking work that may hang for ever, such as a call to a dead share or name server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def detached(work: Callable[[], T]) -> T:
    """Runs ``work`` in a thread of its own: one that hangs takes no thread from anybody else, and no end of the process
    waits for it. A caller that is cancelled leaves it to itself."""
    done: Future[T] = Future()

    def run() -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets it
            done.set_exception(error)

    threading.Thread(target=run, name="detached", daemon=True).start()
    return await asyncio.wrap_future(done)
