"""Leases: the claims that this process works at. As long as it does, they are renewed with its signs of life."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from hub.store.schema.records import Timer, Transmission

Claim = Transmission | Timer


class Leases:
    """Thread-safe. A claim is known by what was claimed and its fence."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._mutex = threading.Lock()
        self._held: dict[tuple[object, ...], tuple[float, Claim]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, claim: Claim) -> bool:
        """Whether it is worked here, and nobody has claimed it since."""
        return _name(claim) in self._held

    def begin(self, claims: Iterable[Claim]) -> None:
        """They have just been claimed, and are worked from now on."""
        now = self._monotonic()
        with self._mutex:
            self._held |= {_name(claim): (now, claim) for claim in claims}

    def end(self, claims: Iterable[Claim]) -> None:
        """Nobody here works at them any more."""
        with self._mutex:
            for claim in claims:
                self._held.pop(_name(claim), None)

    @contextmanager
    def held(self, claim: Claim) -> Iterator[None]:
        """While the block works at it."""
        self.begin([claim])
        try:
            yield
        finally:
            self.end([claim])

    def aging(self, seconds: float) -> list[Claim]:
        """Those that were neither claimed nor renewed for so long."""
        before = self._monotonic() - seconds
        with self._mutex:
            return [claim for since, claim in self._held.values() if since <= before]

    def renewed(self, claims: Sequence[Claim]) -> None:
        """As ``begin``, for those that are still worked."""
        now = self._monotonic()
        with self._mutex:
            for name in map(_name, claims):
                if name in self._held:
                    self._held[name] = (now, self._held[name][1])


def _name(claim: Claim) -> tuple[object, ...]:
    if isinstance(claim, Timer):
        return claim.kind, claim.key, claim.fence
    return claim.seq, claim.fence
