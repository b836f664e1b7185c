"""A child process as a node's, in which some transaction sets are poison: their control number says of which kind.

    python -m tests.faults.poisoned MEMORY

Nothing of this is in the product: a test hands this module to the pool in place of ``hub.pipeline.child``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from mmap import mmap

from hub.compute.child import keep
from hub.pipeline import computing
from hub.pipeline.computing import TASKS
from hub.pipeline.piece import X12Place


def _raise() -> None:
    raise RuntimeError("poison")


def _loop() -> None:
    while True:
        pass


def _hoard() -> None:
    hoard = []
    while True:
        hoard.append(bytes(50_000_000))


def _crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _sleep() -> None:
    time.sleep(3600)


POISONS: dict[str, Callable[[], None]] = {
    "6660": _raise,
    "6661": _loop,
    "6662": _hoard,
    "6663": _crash,
    "6664": _be_killed,
    "6665": _sleep,
}
"""By the transaction set control number (ST02), which is also the whole text of an interchange whose scan is poison."""


def work(item: bytes, bodies: Sequence[bytes | mmap], facts: Mapping[str, str]) -> bytes:
    place = computing._ORDER.validate_json(item).place
    assert isinstance(place, X12Place)
    POISONS.get(place.span.control_number, lambda: None)()
    return TASKS["work"](item, bodies, facts)


def scan(item: bytes, bodies: Sequence[bytes | mmap], facts: Mapping[str, str]) -> bytes:
    POISONS.get(bytes(bodies[json.loads(item)["body"]][:4]).decode("latin-1"), lambda: None)()
    return TASKS["scan"](item, bodies, facts)


if __name__ == "__main__":
    keep({"work": work, "scan": scan}, int(sys.argv[1]))
