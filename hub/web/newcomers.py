"""Connections on which nobody has signed in yet: so many there may be, in total and of one address, and each of them
has the deadlines of every connection. Whoever only connects therefore crowds out nobody who is at work."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from http import HTTPStatus

from hub.web.address import Network, within
from hub.web.api.records.problem import Problem
from hub.web.headers import HEADERS

TOTAL = 600
OF_ADDRESS = 200
"""What hub.yaml asks for unless it says otherwise."""

RETRY_SECONDS = 10


class Crowd(StrEnum):
    """Why one more is turned away."""

    ADDRESS = "address"
    TOTAL = "total"


_STATUS = {Crowd.ADDRESS: 429, Crowd.TOTAL: 503}
_DETAIL = {
    Crowd.ADDRESS: "Too many connections of your address are open on which nobody has signed in."
    " Ask with your key on those that you have, close the others, and come again.",
    Crowd.TOTAL: "Too many connections are open on which nobody has signed in. Come again later.",
}


class Newcomers:
    """Counts them. For one event loop. ``told`` is called with the count whenever it changes, ``turned_away`` with the
    crowd that stood in somebody's way."""

    def __init__(
        self,
        total: int = TOTAL,
        of_address: int = OF_ADDRESS,
        *,
        proxies: Sequence[Network] = (),
        told: Callable[[int], None] = lambda count: None,
        turned_away: Callable[[Crowd], None] = lambda crowd: None,
    ) -> None:
        """Of ``proxies``, which connect for many, only the total is counted."""
        self._total, self._of_address = total, of_address
        self._proxies = proxies
        self._told, self._turned_away = told, turned_away
        self._addresses: Counter[str] = Counter()

    def admit(self, address: str) -> Crowd | None:
        """One more, until ``leave``; or who stands in its way, and then it is not counted."""
        crowd = self._crowd(address)
        if crowd is not None:
            self._turned_away(crowd)
            return crowd
        self._addresses[address] += 1
        self._told(self._addresses.total())
        return None

    def leave(self, address: str) -> None:
        """One that was admitted has signed in, or has gone."""
        self._addresses[address] -= 1
        if self._addresses[address] <= 0:
            del self._addresses[address]
        self._told(self._addresses.total())

    def _crowd(self, address: str) -> Crowd | None:
        if self._addresses.total() >= self._total:
            return Crowd.TOTAL
        if self._addresses[address] >= self._of_address and not within(address, self._proxies):
            return Crowd.ADDRESS
        return None


def answer_to(crowd: Crowd) -> bytes:
    """What is said to one that is turned away: a whole answer, whatever it was about to ask."""
    status = _STATUS[crowd]
    body = json.dumps(Problem.of(status, _DETAIL[crowd]).plain()).encode()
    lines = {
        **HEADERS,
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Retry-After": str(RETRY_SECONDS),
        "Connection": "close",
    }
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join([*head, "", ""]).encode() + body
