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

from channels.x12.envelope import Interchange, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.second_judge.judge import SecondJudge, second_judge
from tests.benchmarks.interchanges import TYPES, interchange
from tests.benchmarks.reading import judged, translated
from tests.benchmarks.row import Row

RUNS = 5
SETS = 200
PEER_SETS = 20

ORDERS = 35_000
"""Orders of 20 lines in 100 MB."""

ONE_LINERS = 100_000
LARGEST_LINES = 740_000
"""Lines of one order of 100 MB."""

SMALL_LINES = 21
"""Lines of an order of 3 KB."""

STARTS = 9


def rows() -> Iterator[Row]:
    verdicts = {set_type: _rate(judge_all, interchange(set_type, SETS)) for set_type in TYPES}
    documents = {set_type: _rate(translate_all, interchange(set_type, SETS)) for set_type in TYPES}
    peers = {"pyx12": _pyx12_rates(), "str.split": _split_rates()}
    for name, ours in (("x12.judged", verdicts), ("x12.canonical", documents)):
        for peer, theirs in peers.items():
            worst = min(TYPES, key=lambda set_type: ours[set_type] / theirs[set_type])
            yield Row(f"{name} {worst}", ours[worst], "segments/s", ours[worst] / theirs[worst], peer)
    yield from _errors()
    yield _startup()
    yield from _growth()
    yield from _memory()


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


def _errors() -> Iterator[Row]:
    """What judging takes longer where every line of each order has a wrong unit, and where four of five segments have
    an element that is wrong."""
    clean = interchange("850", SETS)
    units = clean.replace(b"*EA*", b"*QQ*")
    most = units.replace(b"PID*F*", b"PID*ZQ*").replace(b"N1*", b"N1*Q9").replace(b"DTM*00", b"DTM*99")
    most = most.replace(b"PO4*", b"PO4*x").replace(b"*OH*", b"*OHIO*")
    times = _cpu_seconds(partial(judge_all, clean))
    for what, wrong in (("in every line", units), ("in four of five segments", most)):
        yield Row(f"x12.errors {what}", _cpu_seconds(partial(judge_all, wrong)) / times, "times a clean document")


def _startup() -> Row:
    """Seconds from the start of ``hub inspect`` to its end with the verdict of one file of 3 KB, beside those of an
    interpreter that does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.edi"
        path.write_bytes(interchange("850", 1, SMALL_LINES))
        judging = _start("-m", "hub.cli", "inspect", str(path))
    nothing = _start("-c", "pass")
    return Row("x12.startup", judging, "s", judging / nothing, "python -c pass")


def _start(*arguments: str) -> float:
    """Median of the seconds that a Python process takes from its start to its end, after a run that warms up."""
    seconds = []
    for _ in range(STARTS + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def _growth() -> Iterator[Row]:
    """How many times longer twice the work takes; 2 is linear."""
    for what, sets, lines in (("100 MB of orders", ORDERS, 20), ("100,000 one-line orders", ONE_LINERS, 1)):
        half, whole = interchange("850", sets // 2, lines), interchange("850", sets, lines)
        for name, work in (("judged", judge_all), ("canonical", translate_all)):
            ratio = _once(partial(work, whole)) / _once(partial(work, half))
            yield Row(f"x12.growth, {name}: {what}", ratio, "time(2n)/time(n)")
    for set_type in TYPES:
        half, whole = interchange(set_type, 1, 4_000), interchange(set_type, 1, 8_000)
        ratio = _cpu_seconds(partial(translate_all, whole)) / _cpu_seconds(partial(translate_all, half))
        yield Row(f"x12.growth, canonical: lines of one {set_type}", ratio, "time(2n)/time(n)")


def _once(work: Callable[[], None]) -> float:
    """CPU seconds of what takes long enough to be measured once."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _memory() -> Iterator[Row]:
    """Peak of anonymous memory above the idle process, in MB, while a child translates a mapped file set by set."""
    for what, sets, lines in (
        ("100 MB of orders", ORDERS, 20),
        ("100,000 one-line orders", ONE_LINERS, 1),
        ("one order of 100 MB", 1, LARGEST_LINES),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "large.edi"
            path.write_bytes(interchange("850", sets, lines))
            command = [sys.executable, "-m", "tests.benchmarks.memory", str(path)]
            measured = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        yield Row(f"x12.memory, {what}", float(measured), "MB above idle")
