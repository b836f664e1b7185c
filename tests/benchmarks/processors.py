"""How busy processors were: seconds of processor time, read of the kernel, by what they were spent on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")

Spent = dict[str, float]
"""Name → seconds."""


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    seconds: float
    reaped: float  # of its children that have ended


def _processes() -> dict[int, _Process]:
    found: dict[int, _Process] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        own, reaped = int(words[11]) + int(words[12]), int(words[13]) + int(words[14])
        found[int(path.parent.name)] = _Process(int(words[1]), own / TICKS, reaped / TICKS)
    return found


def _family(processes: Mapping[int, _Process], first: int) -> Iterator[int]:
    """What a process has started, and what that has."""
    for number, process in processes.items():
        if process.parent == first:
            yield number
            yield from _family(processes, number)


def spent(nodes: Mapping[int, str], server: int | None) -> Spent:
    """``node`` is the processes of ``nodes``, by their numbers, ``computing`` what they have started, ``database`` the
    server with all of its."""
    processes = _processes()
    computing = sum(processes[one].seconds for node in nodes for one in _family(processes, node) if one != server)
    database = 0.0
    if server in processes:
        database = processes[server].seconds + processes[server].reaped
        database += sum(processes[one].seconds for one in _family(processes, server))
    return {"node": sum(processes[node].seconds for node in nodes), "computing": computing, "database": database}


@dataclass
class Watch:
    """What is spent from its start on."""

    nodes: Mapping[int, str]
    server: int | None = None
    begun: float = field(default_factory=time.perf_counter)
    before: Spent = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = spent(self.nodes, self.server)

    def so_far(self) -> Spent:
        return {name: seconds - self.before[name] for name, seconds in spent(self.nodes, self.server).items()}

    def in_words(self) -> str:
        """As ``node 0.71, computing 0.50, database 0.32 of 2 processors``, averages since the start."""
        took = time.perf_counter() - self.begun
        parts = [f"{name} {seconds / took:.2f}" for name, seconds in self.so_far().items() if seconds >= took / 200]
        return f"{', '.join(parts)} of {os.cpu_count()} processors"
