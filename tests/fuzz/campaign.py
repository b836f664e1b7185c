"""A campaign: every target fuzzed for some seconds, side by side, starting from samples and from the kept inputs; and
one target fuzzed in a way that is the same each time."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.targets import TARGETS, seeds, words

ROOT = Path(__file__).parents[2]
KEPT = Path(__file__).parent / "kept"
"""Inputs that once broke a promise, or that reach what others do not: one folder a target."""

LONGEST = 4096
"""Bytes of an input."""

SLOWEST = 20
"""Seconds that one input may take, on a machine that has other work."""

MEMORY_MEGABYTES = 2048
"""What a target may take. Linux counts the peak of the process that starts it as its own, which is added."""

_PROGRESS = re.compile(r"^#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``covered`` and ``features`` are libFuzzer's counters; ``failure`` is the input that broke a promise, if any, and
    ``report`` how."""

    target: str
    executions: int
    covered: int
    features: int
    corpus: int
    failure: Path | None
    report: str


def campaign(folder: Path, seconds: int, targets: Sequence[str] = tuple(TARGETS)) -> list[Outcome]:
    """Fuzzes the targets at the same time for ``seconds`` each, other inputs every time. What is found is written below
    ``folder``."""
    running = [(target, _start(folder / target, target, max_total_time=seconds)) for target in targets]
    return [_outcome(folder / target, target, process) for target, process in running]


def rehearsal(folder: Path, target: str, runs: int) -> Outcome:
    """Fuzzes one target with so many inputs, the same ones every time that the code is the same."""
    return _outcome(folder, target, _start(folder, target, runs=runs, seed=1))


def _start(folder: Path, target: str, **limits: int) -> subprocess.Popen[str]:
    shutil.rmtree(folder, ignore_errors=True)
    corpus, sound = folder / "corpus", folder / "seeds"
    for part in (corpus, sound, folder / "failures"):
        part.mkdir(parents=True)
    for number, seed in enumerate(seeds(target)):
        (sound / f"{number:03d}").write_bytes(seed)
    (folder / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in words()))
    starting = [*sorted(sound.iterdir()), *sorted((KEPT / target).glob("*"))]
    (folder / "starting").write_text(",".join(map(str, starting)))
    options = {
        **limits,
        "seed_inputs": f"@{folder / 'starting'}",  # in this order; a folder's differs from machine to machine
        "reload": 0,  # what lies in the corpus is read when a second has passed, which is never the same moment
        "max_len": LONGEST,
        "timeout": SLOWEST,
        "dict": folder / "words",
        "artifact_prefix": f"{folder / 'failures'}/",
        "rss_limit_mb": MEMORY_MEGABYTES + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    command = [sys.executable, "-m", "tests.fuzz.fuzzing", target]
    command += [f"-{name}={value}" for name, value in options.items()]
    return subprocess.Popen(
        [*command, str(corpus)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},  # the order of a set's members is a matter of which branches run
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _escaped(word: str) -> str:
    """As libFuzzer's dictionaries spell a word."""
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _outcome(folder: Path, target: str, process: subprocess.Popen[str]) -> Outcome:
    output, _ = process.communicate()
    told = _PROGRESS.findall(output)
    counters = [int(number) for number in told[-1]] if told else [0, 0, 0, 0]
    failures = sorted(path for path in (folder / "failures").iterdir() if not path.name.startswith("slow-unit"))
    failure = failures[0] if failures else None
    report = output[-8000:] if process.returncode else ""
    return Outcome(target, *counters, failure, report)
