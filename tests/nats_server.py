"""A real NATS server with JetStream on a free port, which a test may kill and start again over the same files."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import TimeoutError as NothingCame
from nats.js.api import ConsumerConfig, DeliverPolicy

from tests.ports import free_port

SERVER = Path(sys.executable).parent / "nats-server"

CONFIG = """
listen: 127.0.0.1:{port}
jetstream {{ store_dir: "{folder}", sync_interval: always }}
{more}
"""


class NatsServer:
    """``more`` is added to its configuration."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "nats.conf"
        self._config.write_text(CONFIG.format(port=self.port, folder=folder / "store", more=more))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [SERVER, "-c", self._config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    if connection.recv(5) == b"INFO ":
                        return
            except OSError:
                assert time.monotonic() < deadline, "the NATS server does not start"
                time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut does, with what the kernel has taken."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def client(self) -> Client:
        return await nats.connect(self.url, allow_reconnect=False)


async def held(server: NatsServer, stream: str) -> list[tuple[str, str, bytes]]:
    """Everything that a stream has, in its order: subject, message id and body."""
    client = await server.client()
    try:
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
        reader = await client.jetstream().subscribe(">", stream=stream, ordered_consumer=True, config=config)
        count = (await client.jetstream().stream_info(stream)).state.messages
        found = []
        for _ in range(count):
            message = await reader.next_msg(timeout=10)
            found.append((message.subject, (message.headers or {}).get("Nats-Msg-Id", ""), message.data))
        return found
    finally:
        await client.close()


__all__ = ["NatsServer", "NothingCame", "held"]
