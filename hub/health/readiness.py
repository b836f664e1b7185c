"""Whether the hub can take something in just now, and if not, what is in the way."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from hub.observe.watch import Phase
from hub.services import HubServices
from hub.settings import IntakeSettings
from hub.store.errors import StoreError
from hub.store.maintenance import probe
from hub.store.store import Store
from partners.problem import ConfigurationError

REPEATED_SECONDS = 1.0
"""How long an answer is good for: asking costs a write."""


STORAGE_SECONDS = 0.5
"""How long an answer waits for the storage of larger bytes; what that says later is in the next one."""


@dataclass(frozen=True, slots=True)
class Check:
    """``detail`` is for operators; the name and the outcome are for anybody. Without what is ``vital`` nothing can be
    taken in; ``since`` is known of what has failed before."""

    name: str
    ok: bool
    detail: str
    vital: bool = True
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        return all(check.ok for check in self.checks if check.vital)

    @property
    def sound(self) -> bool:
        """Whether nothing fails at all."""
        return all(check.ok for check in self.checks)


def readiness(services: HubServices) -> Readiness:
    """Tries it out: a write that is committed, the configuration, the schema, the disk, the doors, the loops, and the
    storage of larger bytes where it is not this machine's."""
    return Readiness((*_store(services), _disk(services), _doors(services), loops(services), storage(services.store)))


def loops(services: HubServices) -> Check:
    """Whether every loop turns."""
    stuck, turning = services.watch.stuck(), services.watch.silent()
    if stuck:
        return Check("loops", False, ", ".join(f"{name} stands still for {s:.0f} s" for name, s in stuck.items()))
    return Check("loops", True, f"{len(turning)} turn" if turning else "none runs in this process")


def storage(store: Store, seconds: float = STORAGE_SECONDS) -> Check:
    """Of larger bytes. All nodes share it, and what fits a row needs none of it: no node is worse off than another."""
    trouble = store.blobs.look(seconds)
    if trouble is not None:
        return Check("storage", False, trouble.says, vital=False, since=trouble.since)
    return Check("storage", True, "it takes and gives larger bytes, as far as it was asked", vital=False)


def _store(services: HubServices) -> tuple[Check, Check]:
    try:
        begun = time.perf_counter()
        probe.write(services.store, services.clock())
        taken = time.perf_counter() - begun
        services.catalog()
        schema = probe.schema(services.store)
    except (StoreError, ConfigurationError) as error:
        return Check("store", False, str(error)), Check("schema", False, "not known")
    return Check("store", True, f"a commit took {taken * 1000:.0f} ms"), Check("schema", *schema)


def _disk(services: HubServices) -> Check:
    free, floor = disk_free(services), disk_floor(services)
    return Check("disk", free >= floor, f"{free / 1e9:,.2f} GB free, at least {floor / 1e9:,.2f} GB needed")


def disk_floor(services: HubServices) -> int:
    """Bytes below which nothing more is taken in; the usual ones while the store cannot be asked."""
    try:
        return services.settings.intake.disk_floor_bytes
    except (StoreError, ConfigurationError):
        return IntakeSettings().disk_floor_bytes


def disk_free(services: HubServices) -> int:
    """Bytes that are left where the data directory is; 0 when even that cannot be told."""
    try:
        return shutil.disk_usage(services.data_dir).free
    except OSError:
        return 0


def _doors(services: HubServices) -> Check:
    phase = services.watch.phase
    open_too = "".join(f", {name} at {where}" for name, where in services.watch.listening.items())
    return Check("doors", phase is Phase.RUNNING, f"this node is {phase.value}{open_too}")


class Prober:
    """Asks at most once a second, whoever wants to know: anybody may ask for readiness."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._turn = threading.Lock()
        self._known: tuple[float, Readiness] | None = None

    def readiness(self) -> Readiness:
        with self._turn:
            if self._known is None or time.monotonic() - self._known[0] >= REPEATED_SECONDS:
                self._known = (time.monotonic(), readiness(self._services))
            return self._known[1]
