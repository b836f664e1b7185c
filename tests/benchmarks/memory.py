"""A process of its own: prints how many MB of anonymous memory translating a file takes above the idle process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Event, Thread

from channels.x12.sets import decode
from tests.benchmarks.interchanges import TYPES, interchange
from tests.benchmarks.reading import judged, translated


def anonymous_megabytes() -> float:
    """Memory of this process without pages of mapped files, which the system may drop at any time (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def highest(work: Callable[[], object]) -> float:
    """The most that this process holds while it works, in megabytes."""
    seen, done = [anonymous_megabytes()], Event()

    def watch() -> None:
        while not done.wait(0.01):
            seen.append(anonymous_megabytes())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(seen)


def main(path: Path) -> None:
    for set_type in TYPES:
        list(translated(interchange(set_type, 1)))
    idle = anonymous_megabytes()

    def translate(data: mmap) -> None:
        for set_type, rules, judgement, separators in judged(data):
            if judgement.events:  # a set above the limit is judged and refused
                decode(set_type, rules, judgement, separators)

    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        print(f"{highest(lambda: translate(data)) - idle:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
