"""The sample receiver keeps the promises that the hub's deliveries rely on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import aiohttp

from channels.rest.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from samples.receivers import KEY_HEADER, Receiver, serving

Post = Callable[..., Awaitable[tuple[int, dict[str, object]]]]


def run(scenario: Callable[[Receiver, Post], Awaitable[None]]) -> Receiver:
    """Play a scenario against a receiver over real HTTP."""

    async def play() -> Receiver:
        receiver = Receiver("erp", secret="s3cret")
        async with serving(receiver) as url, aiohttp.ClientSession() as session:

            async def post(body: object, key: str, secret: str = "s3cret") -> tuple[int, dict[str, object]]:
                data = json.dumps(body).encode()
                now = int(time.time())
                headers = {KEY_HEADER: key, TIMESTAMP_HEADER: str(now), SIGNATURE_HEADER: sign(secret, now, data)}
                async with session.post(url, data=data, headers=headers) as response:
                    return response.status, {**await response.json(), **response.headers}

            await scenario(receiver, post)
        return receiver

    return asyncio.run(play())


def test_each_key_has_one_effect() -> None:
    async def scenario(receiver: Receiver, post: Post) -> None:
        assert (await post({"n": 1}, "a"))[0] == 200
        assert (await post({"n": 1}, "a"))[1]["repeated"] is True
        assert (await post({"n": 2}, "a"))[0] == 422
        assert (await post({"n": 2}, "b"))[0] == 200
        await receiver.wait_for(2, timeout=1)

    receiver = run(scenario)
    assert [effect.body for effect in receiver.effects.values()] == [{"n": 1}, {"n": 2}]
    assert receiver.attempts == 4


def test_wrong_signature_has_no_effect() -> None:
    async def scenario(receiver: Receiver, post: Post) -> None:
        assert (await post({"n": 1}, "a", secret="guess"))[0] == 401

    receiver = run(scenario)
    assert not receiver.effects
    assert receiver.refused


def test_fails_on_demand_and_recovers() -> None:
    async def scenario(receiver: Receiver, post: Post) -> None:
        receiver.fail_next(1, status=503, retry_after=2)
        status, answer = await post({"n": 1}, "a")
        assert (status, answer["Retry-After"]) == (503, "2")
        assert (await post({"n": 1}, "a"))[0] == 200

    assert len(run(scenario).effects) == 1
