"""Nodes on one PostgreSQL tell each other of work within moments, and go on to after a connection broke."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest

from hub.store.engine import exchange as exchanges
from hub.store.engine.dialects import database_url
from hub.store.engine.exchange import EVERYTHING, Exchange


@asynccontextmanager
async def exchanging(url: str, heard: Callable[[str], None]) -> AsyncIterator[Exchange]:
    exchange = Exchange(database_url(url, None))  # type: ignore[arg-type]
    running = asyncio.create_task(exchange.run(heard))
    try:
        yield exchange
    finally:
        exchange.stop()
        await asyncio.wait_for(running, 30)


async def seen(look: Callable[[], object]) -> float:
    begun = time.monotonic()
    while not look():
        assert time.monotonic() - begun < 30
        await asyncio.sleep(0.001)
    return time.monotonic() - begun


async def test_what_one_node_says_the_others_hear_and_not_itself(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanges, "ALIVE_SECONDS", 600.0)  # nobody hears anything by looking for it
    here, there = list[str](), list[str]()
    async with exchanging(postgres_url, here.append) as first, exchanging(postgres_url, there.append) as second:
        await seen(lambda: first.hears and second.hears)
        took = []
        for number in range(5):
            first.say("arrivals", f"box:{number}")
            took.append(await seen(lambda n=number: f"box:{n}" in there))
        assert min(took) < 2
        first.say(*(f"box:{number:060}" for number in range(200)))
        await seen(lambda: there.count(EVERYTHING) == 2)
        assert here == [EVERYTHING]


async def test_a_connection_that_breaks_is_opened_again_and_what_was_missed_is_looked_for(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanges, "AGAIN_SECONDS", 0.05)
    heard = list[str]()
    async with exchanging(postgres_url, heard.append) as first, exchanging(postgres_url, lambda _: None) as second:
        await seen(lambda: first.hears and second.hears)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        await seen(lambda: heard.count(EVERYTHING) == 2)

        def again() -> bool:
            second.say("departures")
            return "departures" in heard

        await seen(again)
