"""A process of its own: prints how many MB of anonymous memory translating a file takes above the idle process."""

from __future__ import annotations

import sys
from mmap import ACCESS_READ, mmap
from pathlib import Path

from tests.benchmarks.interchanges import TYPES, interchange
from tests.benchmarks.reading import translated


def anonymous_megabytes() -> float:
    """Memory of this process without pages of mapped files, which the system may drop at any time (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def main(path: Path) -> None:
    for set_type in TYPES:
        list(translated(interchange(set_type, 1)))
    idle = peak = anonymous_megabytes()
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        for _ in translated(data):
            peak = max(peak, anonymous_megabytes())
    print(f"{peak - idle:.1f}")


main(Path(sys.argv[1]))
