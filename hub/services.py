"""What every part of the running hub shares. Built in bootstrap.py, handed down, never looked up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from channels.accounts import Accounts
from hub.bells import Bells
from hub.catalog import Catalog, load_catalog, names
from hub.compute.port import Computing
from hub.entry.credentials import Credentials
from hub.entry.intake import Intake
from hub.leases import Leases
from hub.observe.metrics import Metrics
from hub.observe.traces import Traces
from hub.observe.watch import Watch
from hub.settings import HubSettings
from hub.store.store import Store

CATALOG_SECONDS = 1.0
"""How long a catalog is used before the store is asked whether another version was applied."""


class Loop(StrEnum):
    """What a node works at side by side, each woken by a bell of its own."""

    ARRIVALS = "arrivals"
    COMPOSE = "compose"
    DEPARTURES = "departures"
    TIMERS = "timers"


class Wake(Protocol):
    """Tells the node, from any thread, that there may be new work: for these loops, or for any when none is named."""

    def __call__(self, *loops: Loop) -> None: ...


def nobody(*_loops: Loop) -> None:
    """Who is woken where no node runs."""


CONFIGURATION, CREDENTIALS = "configuration", "credentials"
"""Words that nodes tell each other: what another has changed. The names of loops say where it has made work."""


def silent(*_words: str) -> None:
    """Tells nobody: there are no other nodes."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class FileClock:
    """This machine's clock, by which its files are dated, but no further on than time has passed since this was made:
    what was written just before the clock was set forward is not old by that."""

    def __init__(self) -> None:
        self._begun, self._since = utc_now(), time.monotonic()

    def __call__(self) -> datetime:
        return min(utc_now(), self._begun + timedelta(seconds=time.monotonic() - self._since))


@dataclass
class HubServices:
    """Store, clock, configuration and the bell that tells the node of new work."""

    store: Store
    data_dir: Path
    executor: ThreadPoolExecutor
    clock: Callable[[], datetime] = utc_now
    """By which everything in the store is dated; several nodes share it."""
    own_clock: Callable[[], datetime] | None = None
    """By which this machine's files are dated, where that is another."""
    wake: Wake = nobody
    tell: Callable[[str], None] = silent
    """Tells other nodes."""
    computing: Computing | None = None
    """Where documents are computed; None: in this process."""
    metrics: Metrics = field(default_factory=Metrics)
    watch: Watch = field(default_factory=Watch)
    traces: Traces = field(default_factory=Traces)
    accounts: Accounts = field(default_factory=Accounts)
    leases: Leases = field(default_factory=Leases)
    offered: Bells = field(default_factory=Bells)
    """Rung for a box when something is put into it, in this process."""
    streams: Bells = field(default_factory=Bells)
    """Counts who has the feed open."""
    intake: Intake = field(init=False, repr=False)
    credentials: Credentials = field(init=False, repr=False)
    _catalog: Catalog | None = field(default=None, repr=False)
    _names: frozenset[str] = field(default=frozenset(), repr=False)
    _checked: float = field(default=0.0, repr=False)
    _changes: int = field(default=0, repr=False)
    _mutex: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.intake = Intake(self.store, self.data_dir, lambda: self.settings.intake)
        self.credentials = Credentials(self.store, self.catalog, self.clock)

    def catalog(self) -> Catalog:
        """The configuration in force; the same value as long as nothing new was applied. What was read while it was
        changed is read once more."""
        while True:
            if self._catalog is not None and time.monotonic() - self._checked < CATALOG_SECONDS:
                return self._catalog  # looked up after the instant: another may have set both meanwhile
            known, changes = self._catalog, self._changes
            with self.store.read() as tx:
                fresh = load_catalog(tx, known)
            with self._mutex:
                if changes == self._changes:
                    if fresh is not known:
                        self._catalog, self._names = fresh, names(fresh)
                    self._checked = time.monotonic()
                    return fresh

    def names(self) -> frozenset[str]:
        """Partners, targets and channels of the configuration last seen: all that a metric may be labelled with."""
        return self._names

    def configuration_changed(self) -> None:
        """The next ``catalog()`` reads the store, here and on other nodes."""
        self.read_anew()
        self.tell(CONFIGURATION)

    def credentials_changed(self) -> None:
        """What was revoked is refused from now on, here and on other nodes."""
        self.credentials.forget()
        self.tell(CREDENTIALS)

    def read_anew(self) -> None:
        """What this process knows of the configuration may have been changed by another."""
        with self._mutex:
            self._changes += 1
            self._checked = 0.0
        self.credentials.forget()

    @property
    def settings(self) -> HubSettings:
        return self.catalog().settings

    def file_time(self) -> datetime:
        """By the clock that files of this machine are dated by. What is older by it than a span is so indeed."""
        return (self.own_clock or self.clock)()

    @property
    def folder_root(self) -> Path:
        """Folders of channels and exports are relative to this; none lies outside."""
        return self.data_dir / self.settings.folder_root
