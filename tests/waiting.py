"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(look: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits until it is so."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, f"not seen within {seconds} seconds"
        time.sleep(0.05)
