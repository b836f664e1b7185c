"""A system that comes for its documents, as one should: it takes each key once, and confirms what it has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import aiohttp

from samples.receivers import KEY_HEADER
from tests.faults.harness.receivers import RecordingReceiver

PAUSE = 0.05
ANSWER_SECONDS = 30.0
LEASE = {"limit": 5, "seconds": 2}


class Puller:
    """Several workers with one access key; ``url`` gives the node's, None while none runs. What is fetched takes effect
    at ``receiver``, whose ``raw`` has every fetch."""

    def __init__(self, receiver: RecordingReceiver, key: str, url: Callable[[], str | None]) -> None:
        self._receiver = receiver
        self._headers = {"Authorization": f"Bearer {key}"}
        self._url = url

    async def run(self) -> None:
        while True:
            url = self._url()
            if url is not None:
                with suppress(aiohttp.ClientError, TimeoutError):  # what was not confirmed is leased again
                    await self._round(url)
            await asyncio.sleep(PAUSE)

    async def _round(self, url: str) -> None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(url, headers=self._headers, timeout=timeout, raise_for_status=True) as session:
            async with session.post("/v1/outbox/leases", json=LEASE) as answer:
                entries = (await answer.json())["entries"]
            for entry in entries:
                async with session.get(entry["content_url"]) as content:
                    await self._take(entry["idempotency_key"], await content.read(), dict(content.headers))
            if entries:
                said = {"confirmations": [{"id": entry["id"]} for entry in entries]}
                async with session.post("/v1/outbox/confirmations", json=said) as answer:
                    results = (await answer.json())["results"]
                assert {one["result"] for one in results} == {"done"}, results

    async def _take(self, key: str, body: bytes, headers: dict[str, str]) -> None:
        assert headers[KEY_HEADER] == key
        self._receiver.raw.append((time.time(), key))
        await self._receiver.take(key, body, headers)
