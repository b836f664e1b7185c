"""Many callers, one commit: what gathers while one transaction is being written is written together by the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hub.store.errors import CommitUnknown, Deadlock, StoreUnavailable
from hub.store.store import Store, Tx

Item = TypeVar("Item")
Result = TypeVar("Result")
Written = TypeVar("Written", contravariant=True)
Told = TypeVar("Told")

GROUP = 200
"""Items of one transaction."""

COMPANY_SECONDS = 0.001
"""How long a group waits for as many as the last one had: who was told a moment ago is about to ask again. A single
caller waits for nobody."""

RESOLVE_SECONDS = 10.0
"""How long a database that has gone in the middle of a commit is waited for, before the callers are told so."""


class Writes(Protocol[Written, Told]):
    """What stores items. ``again``: some may be stored already, by a transaction whose end nobody saw."""

    def __call__(self, tx: Tx, items: Sequence[Written], /, *, again: bool = False) -> list[Told]: ...


@dataclass(slots=True)
class _Request(Generic[Item, Result]):
    items: Sequence[Item]
    results: list[Result] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False
    woken: threading.Event = field(default_factory=threading.Event)


class Grouped(Generic[Item, Result]):
    """``write`` stores items and returns what became of each, in their order. When nobody knows whether a commit took
    place (``CommitUnknown``) it is asked ``again``, and tells what it stored: it knows the items by their keys.
    Unless it is ``repeatable``, the callers are told so instead.

    Thread-safe, without a thread of its own: of those who wait, the first writes for all.
    """

    def __init__(self, store: Store, write: Writes[Item, Result], *, repeatable: bool = True) -> None:
        self._store = store
        self._write = write
        self._repeatable = repeatable
        self._mutex = threading.Lock()
        self._led = False
        self._waiting: list[_Request[Item, Result]] = []
        self._company = 1  # requests of the last group
        self._gathered = threading.Event()  # as many wait again

    def take(self, items: Sequence[Item]) -> list[Result]:
        """Returns when the items are on disk, together or not at all and in their order. Raises what ``write`` raises
        for them, which fails nobody else's, and StoreUnavailable."""
        request: _Request[Item, Result] = _Request(items)
        with self._mutex:
            self._waiting.append(request)
            leads, self._led = not self._led, True
            if len(self._waiting) >= self._company:
                self._gathered.set()
        if not leads:
            request.woken.wait()
        if not request.done:
            self._lead()
        if request.error is not None:
            raise request.error
        return request.results

    def _lead(self) -> None:
        """Writes for those who wait, the oldest first, tells them, and has the first of the others lead: who was told
        may ask again before that one comes to it, and be in its group."""
        if self._company > 1:
            self._gathered.wait(COMPANY_SECONDS)
        group = self._next_group()
        try:
            self._settle(group)
        except Deadlock:
            for request in group:
                self._alone(request)
        except StoreUnavailable as error:
            for request in group:
                request.error = error
        except Exception:  # noqa: BLE001 - one of them is at fault: told to its caller below
            for request in group:
                self._alone(request)
        finally:
            for request in group:
                request.done = True
                request.woken.set()
            with self._mutex:
                self._led = bool(self._waiting)
                if self._led:
                    self._waiting[0].woken.set()

    def _next_group(self) -> list[_Request[Item, Result]]:
        with self._mutex:
            count, size = 0, 0
            for request in self._waiting:
                if count and size + len(request.items) > GROUP:
                    break
                count, size = count + 1, size + len(request.items)
            group, self._waiting = self._waiting[:count], self._waiting[count:]
            self._company = count
            self._gathered.clear()
        return group

    def _alone(self, request: _Request[Item, Result]) -> None:
        try:
            self._settle([request], again=True)
        except Exception as error:  # noqa: BLE001 - it is its caller's
            request.error = error

    def _settle(self, group: Sequence[_Request[Item, Result]], *, again: bool = False) -> None:
        items = [item for request in group for item in request.items]
        results = iter(self._committed(items, again))
        for request in group:
            request.results = [next(results) for _ in request.items]

    def _committed(self, items: list[Item], again: bool) -> list[Result]:
        """What became of the items, once it is known to be on disk."""
        deadline: float | None = None
        while True:
            try:
                with self._store.begin() as tx:
                    return self._write(tx, items, again=again)
            except CommitUnknown:
                if not self._repeatable:
                    raise
                again, deadline = True, time.monotonic() + RESOLVE_SECONDS
            except StoreUnavailable:
                if deadline is None or time.monotonic() >= deadline:
                    raise
                time.sleep(0.2)
