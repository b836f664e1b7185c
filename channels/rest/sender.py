"""Departures to whoever takes them by HTTP: a partner's endpoint, an ERP, a receiver of notifications."""

from __future__ import annotations

from collections.abc import Collection

from canonical.finding import clip
from channels.errors import PermanentError, TransientError
from channels.ports import Departure, SendResult
from channels.rest.answer import Answer
from channels.rest.client import EXCERPT, HttpClient
from channels.rest.success import SuccessRule, has_it_already, objection
from channels.rest.url import shown

_ANY_2XX = SuccessRule()


class HttpSender:
    """Sends each departure to one URL, with the same Idempotency-Key on every attempt.

    A 2xx that meets the success rule takes it."""

    def __init__(
        self,
        client: HttpClient,
        url: str,
        *,
        method: str = "POST",
        success: SuccessRule = _ANY_2XX,
        confirmed_later: Collection[int] = (),
    ) -> None:
        """After an answer of ``confirmed_later`` the other side says later whether it took the departure."""
        self._client = client
        self._url = url
        self._method = method
        self._success = success
        self._confirmed_later = frozenset(confirmed_later)

    async def send(self, departure: Departure) -> SendResult:
        headers = {
            **departure.headers,
            "Content-Type": departure.content_type,
            "Idempotency-Key": departure.idempotency_key,
            "X-Hub-Delivery": departure.id,
        }
        answer = await self._client.ask(self._method, self._url, body=departure.body, headers=headers)
        if has_it_already(self._success, answer, departure.idempotency_key):
            return SendResult(f"HTTP {answer.status}, it has it already", answer.shown)
        if not answer.ok:
            raise self._client.failure(self._url, answer)
        if (why := objection(self._success, answer)) is not None:
            problem = f"{shown(self._url)} answered HTTP {answer.status}, which is no success: {why}"
            problem = self._client.safe(problem, EXCERPT)
            failure = PermanentError if self._success.otherwise == "refuse" else TransientError
            raise failure(f"{problem}: {clip(answer.shown, EXCERPT)}" if answer.shown else problem)
        return SendResult(f"HTTP {answer.status}", answer.shown, final=answer.status not in self._confirmed_later)

    async def ask(self, url: str) -> Answer:
        """What a GET of another URL answers, in the same networks and with the same signature, of no body. Raises what
        ``send`` raises where there is no answer."""
        return await self._client.ask("GET", url, headers={"Accept": "application/json"})

    async def close(self) -> None:
        await self._client.close()
