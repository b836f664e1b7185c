"""X12 from bytes to verdict and to canonical JSON, beside pyx12 and beside the least that Python can do: str.split."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from channels.x12.envelope import Interchange, scan, set_segments
from channels.x12.second_judge import SecondJudge, second_judge
from tests.benchmarks.interchanges import TYPES, interchange
from tests.benchmarks.reading import judged, translated
from tests.benchmarks.row import Row

RUNS = 5
SETS = 200
PEER_SETS = 20
GROWTH = {"sets": (SETS, 20), "lines": (1, 4000)}
"""Sets and lines of the interchange whose double is compared, once growing by sets and once by the lines of one set."""


def rows() -> Iterator[Row]:
    verdicts = {set_type: _rate(judge_all, interchange(set_type, SETS)) for set_type in TYPES}
    documents = {set_type: _rate(translate_all, interchange(set_type, SETS)) for set_type in TYPES}
    peers = {"pyx12": _pyx12_rates(), "str.split": _split_rates()}
    for name, ours in (("x12.judged", verdicts), ("x12.canonical", documents)):
        for peer, theirs in peers.items():
            ratio = min(ours[set_type] / theirs[set_type] for set_type in TYPES)
            yield Row(name, min(ours.values()), "segments/s", ratio, peer)
    yield Row("x12.growth", max(_growth(*size) for size in GROWTH.values()), "time(2n)/time(n)")
    yield Row("x12.memory", _memory(), "MB above idle")


def judge_all(data: bytes) -> None:
    """Bytes to verdicts."""
    for _ in judged(data):
        pass


def translate_all(data: bytes) -> None:
    """Bytes to canonical JSON, judged on the way."""
    for _ in translated(data):
        pass


def split_all(data: bytes) -> None:
    for segment in data.decode("latin-1").split("~"):
        segment.split("*")


def _rate(work: Callable[[bytes], None], data: bytes) -> float:
    """Segments per second of process CPU time, median of RUNS after one that warms up."""
    return data.count(b"~") / _cpu_seconds(partial(work, data))


def _cpu_seconds(work: Callable[[], None]) -> float:
    work()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def _split_rates() -> dict[str, float]:
    return {set_type: _rate(split_all, interchange(set_type, SETS)) for set_type in TYPES}


def _pyx12_rates() -> dict[str, float]:
    """pyx12 as the second judge runs it, to its advantage: maps loaded once, one set at a time (in a file of many sets
    its time grows with the square of their number)."""
    rates = {}
    for set_type in TYPES:
        one = interchange(set_type, 1)
        (source,) = scan(one).interchanges
        (span,) = source.groups[0].sets
        segments = list(set_segments(one, span, source.separators))
        peer = second_judge(source.groups[0].release, set_type)
        assert peer.judge(segments, source.separators).verdict == "accepted", f"pyx12 refuses the measured {set_type}"

        def validate(peer: SecondJudge = peer, given: list[list[str]] = segments, found: Interchange = source) -> None:
            for _ in range(PEER_SETS):
                peer.judge(given, found.separators)

        rates[set_type] = len(segments) * PEER_SETS / _cpu_seconds(validate)
    return rates


def _growth(sets: int, lines: int) -> float:
    """How many times longer twice the work takes, the worst of the four types; 2 is linear."""
    grown = (sets * 2, lines) if sets > 1 else (sets, lines * 2)
    ratios = []
    for set_type in TYPES:
        once, twice = interchange(set_type, sets, lines), interchange(set_type, *grown)
        ratios.append(_cpu_seconds(partial(translate_all, twice)) / _cpu_seconds(partial(translate_all, once)))
    return max(ratios)


def _memory() -> float:
    """Peak of anonymous memory above the idle process, in MB, while a child translates 20 MB of 850s, the last one of
    10,000 lines, set by set from a mapped file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.edi"
        with path.open("wb") as file:
            file.write(interchange("850", 9_000))
            file.write(interchange("850", 1, lines=10_000))
        command = [sys.executable, "-m", "tests.benchmarks.memory", str(path)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
