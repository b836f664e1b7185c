"""Tasks for the tests of the pool: ``python -m tests.faults.tasks MEMORY LEVEL``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from mmap import mmap
from typing import Any

from hub.compute.child import keep
from hub.compute.port import Task
from hub.observe import logs
from tests.faults.poisoned import _crash, _hoard, _loop, _sleep


def either(item: Any, _bodies: Sequence[bytes | mmap], _facts: Mapping[str, str]) -> Any:
    """Does what the item says, or answers it."""
    {"loop": _loop, "hoard": _hoard, "crash": _crash, "sleep": _sleep, "leave": lambda: os._exit(3)}.get(
        item, lambda: None
    )()
    return item


def on_values(compute: Callable[[Any, Sequence[bytes | mmap], Mapping[str, str]], Any]) -> Task:
    """A task of values that are read from JSON and written as it."""
    return lambda item, bodies, facts: json.dumps(compute(json.loads(item), bodies, facts)).encode()


COMPUTE: dict[str, Callable[[Any, Sequence[bytes | mmap], Mapping[str, str]], Any]] = {
    "either": either,
    "echo": lambda item, _bodies, _facts: item,
    "length": lambda item, bodies, _facts: len(bodies[item]),
    "fact": lambda item, _bodies, facts: facts[item],
    "divide": lambda item, _bodies, _facts: 1 / item,
    "pid": lambda _item, _bodies, _facts: os.getpid(),
    "sleep": lambda _item, _bodies, _facts: _sleep(),
    "environment": lambda _item, _bodies, _facts: sorted(os.environ),
}
TASKS = {name: on_values(compute) for name, compute in COMPUTE.items()}

if __name__ == "__main__":
    logs.configure(level=sys.argv[2])
    keep(TASKS, int(sys.argv[1]))
