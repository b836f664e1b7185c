"""How many requests a caller may make: a bucket of tokens for each, in the memory of one node.

A bucket holds as many as the limit counts and fills evenly: who was quiet may come with all of them at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from channels.sending import RateLimit


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a caller after a request. ``remaining`` requests may follow at once, ``full_in`` seconds
    later all of them. ``wait`` is 0 for a request that is let in, else the seconds after which one will be."""

    limit: RateLimit
    remaining: int
    full_in: int
    wait: int


class Rates:
    """The buckets of all callers. Not thread-safe: one event loop asks."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str, limit: RateLimit, now: float) -> Standing:
        """Lets one request in, or tells when. ``now`` is monotonic, in seconds."""
        a_token = limit.seconds / limit.requests
        left, at = self._buckets.get(caller, (float(limit.requests), now))
        tokens = min(float(limit.requests), round(left + (now - at) / a_token, 9))
        wait = 0 if tokens >= 1 else _whole((1 - tokens) * a_token)
        if not wait:
            tokens -= 1
            self._buckets[caller] = (tokens, now)
        return Standing(limit, int(tokens), _whole((limit.requests - tokens) * a_token), wait)


def _whole(seconds: float) -> int:
    """Rounded up, but for what is an error of floats."""
    return math.ceil(round(seconds, 3))
