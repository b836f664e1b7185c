from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from channels.rest.resolver import DetachedResolver


async def test_a_name_server_that_hangs_holds_up_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    look_up = socket.getaddrinfo

    def slow_for_some(host: str, *arguments: Any, **named: Any) -> Any:
        if host == "dead.example":
            let_go.wait(120)
        return look_up("127.0.0.1", *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow_for_some)  # the system's own, which no test can slow down
    hanging = [asyncio.ensure_future(DetachedResolver().resolve("dead.example", 80)) for _ in range(40)]
    try:
        async with asyncio.timeout(60):
            (found,) = await DetachedResolver().resolve("localhost", 8080)
        assert (found["host"], found["port"]) == ("127.0.0.1", 8080)
        assert not any(one.done() for one in hanging)
    finally:
        let_go.set()
        await asyncio.gather(*hanging)
