"""What a node takes of its machine, seen from outside: memory, open files, threads, the WAL; and whether it grows."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.harness.nodes import Node


@dataclass(frozen=True, slots=True)
class Sample:
    """At one moment. ``rss`` is that of the node and its children together; bytes, and pieces."""

    at: float
    rss: int
    handles: int
    threads: int
    wal: int


MEASURED = ("rss", "handles", "threads", "wal")


def sample(node: Node, data: Path) -> Sample:
    family = [node.pid, *_descendants(node.pid)]
    wal = data / "hub.db-wal"
    own = Path(f"/proc/{node.pid}")
    return Sample(
        time.monotonic(),
        sum(map(_rss, family)),
        len(list((own / "fd").iterdir())),
        len(list((own / "task").iterdir())),
        wal.stat().st_size if wal.exists() else 0,
    )


def _descendants(pid: int) -> list[int]:
    children = []
    with suppress(OSError):  # it has just ended, or one of its threads has
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                children += [int(child) for child in (task / "children").read_text().split()]
    return children + [later for child in children for later in _descendants(child)]


def _rss(pid: int) -> int:
    with suppress(OSError):
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def growth(samples: Sequence[Sample], measured: str) -> float:
    """How much it grows an hour, by the line through the later two thirds of the samples."""
    later = samples[len(samples) // 3 :]
    values = [float(getattr(one, measured)) for one in later]
    return statistics.linear_regression([one.at for one in later], values).slope * 3600
