"""Tasks for the tests of the pool: ``python -m tests.faults.tasks MEMORY``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from mmap import mmap
from typing import Any

from hub.compute.child import keep
from hub.compute.port import Task
from tests.faults.poisoned import _crash, _hoard, _loop, _sleep


def either(item: Any, _bodies: Sequence[bytes | mmap], _facts: Mapping[str, str]) -> Any:
    """Does what the item says, or answers it."""
    {"loop": _loop, "hoard": _hoard, "crash": _crash, "sleep": _sleep, "leave": lambda: os._exit(3)}.get(
        item, lambda: None
    )()
    return item


TASKS: dict[str, Task] = {
    "either": either,
    "echo": lambda item, _bodies, _facts: item,
    "length": lambda item, bodies, _facts: len(bodies[item]),
    "fact": lambda item, _bodies, facts: facts[item],
    "divide": lambda item, _bodies, _facts: 1 / item,
    "pid": lambda _item, _bodies, _facts: os.getpid(),
    "sleep": lambda _item, _bodies, _facts: _sleep(),
    "environment": lambda _item, _bodies, _facts: sorted(os.environ),
}

if __name__ == "__main__":
    keep(TASKS, int(sys.argv[1]))
