"""How much memory something takes at its worst moment, as the kernel counts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SELF = Path("/proc/self")


@dataclass
class Peak:
    """Bytes by which this process grew at most while the block ran; known when it has ended."""

    grown: int = 0


@contextmanager
def peak_of_this_process() -> Iterator[Peak]:
    peak = Peak()
    (_SELF / "clear_refs").write_text("5")  # the high-water mark begins anew (proc(5))
    before = _status("VmRSS")
    yield peak
    peak.grown = _status("VmHWM") - before


def _status(name: str) -> int:
    lines = (_SELF / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
