"""The hub's web application on a real socket with a real store, and a client that behaves as a browser does."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from hub.services import HubServices
from hub.store.people import access, operators
from hub.store.store import Store, Tx
from hub.web.address import Network
from hub.web.app import make_app
from hub.web.bodies import Limits
from hub.web.connections import BoundedRunner, Patience
from hub.web.newcomers import Newcomers
from tests.integration.web.described import check_answer
from tests.prepared import migrated_sqlite

OPERATOR, PASSWORD = "mira", "a long enough password"
LIMITS = Limits(transmission=2_000_000, document=100_000, seconds=5.0, silence=1.5)
PATIENCE = Patience(head=1.0, reading=1.0, idle=2.5)


@dataclass
class Clock:
    """Time that a test moves."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Client:
    """One person's or program's connection: keeps cookies, follows nothing by itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """``headers`` with ``_`` for ``-``. One connection a request, so that nothing hangs over."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        if path.startswith("/v1/"):
            check_answer(method, path, answer.status, answer.headers, answer.body)
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel.value:
                    self.cookies[name] = morsel.value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, *fields: tuple[str, str], token: str = "", origin: str | None = None) -> Answer:
        """A form, from our own origin unless said otherwise."""
        headers = {"Content_Type": "application/x-www-form-urlencoded"}
        if origin != "":
            headers["Origin"] = f"http://{self.host}" if origin is None else origin
        return self.ask("POST", path, urlencode([("csrf", token), *fields]).encode(), **headers)

    def token(self, path: str) -> str:
        """The token of the first form on a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def sign_in(self, name: str = OPERATOR, password: str = PASSWORD) -> Answer:
        return self.post("/sign-in", ("name", name), ("password", password), token=self.token("/sign-in"))


@dataclass
class Site:
    """A running hub: store, clock and port, with one operator unless ``operator=False``."""

    services: HubServices
    clock: Clock
    port: int

    @property
    def store(self) -> Store:
        return self.services.store

    def client(self) -> Client:
        return Client(self.port)

    def signed_in(self) -> Client:
        client = self.client()
        assert client.sign_in().status == 303
        return client

    def key(self, kind: str, subject: str) -> str:
        with self.store.begin() as tx:
            return access.create(tx, kind, subject, "test", self.clock())[1]


@contextmanager
def running(
    folder: Path,
    *,
    operator: bool = True,
    public_url: str = "",
    trusted_proxies: Sequence[Network] = (),
    store_url: str = "",
) -> Iterator[Site]:
    """On SQLite unless ``store_url`` names a migrated, empty database of PostgreSQL."""
    clock = Clock()
    folder.mkdir(parents=True, exist_ok=True)
    if not store_url:
        (folder / "hub.db").write_bytes(migrated_sqlite(_with_operator if operator else None))
    store = Store(store_url, folder)
    if store_url and operator:
        with store.begin() as tx:
            _with_operator(tx)
    with ThreadPoolExecutor(4) as executor:
        services = HubServices(store, folder, executor, clock)
        app = make_app(services, public_url=public_url, trusted_proxies=trusted_proxies, limits=LIMITS)
        newcomers = Newcomers(
            proxies=trusted_proxies, told=services.metrics.newcomers, turned_away=services.metrics.turned_away
        )
        with serving_app(app, newcomers) as port:
            yield Site(services, clock, port)
    store.close()


def _with_operator(tx: Tx) -> None:
    operators.create(tx, OPERATOR, PASSWORD, datetime.now(UTC))


@contextmanager
def serving_app(
    app: web.Application, newcomers: Newcomers | None = None, patience: Patience = PATIENCE
) -> Iterator[int]:
    """The application on a free port, in an event loop of its own thread, so that tests stay plain functions."""
    loop = asyncio.new_event_loop()
    runner = BoundedRunner(app, newcomers=newcomers or Newcomers(), patience=patience, shutdown_timeout=5)
    thread = threading.Thread(target=loop.run_forever, name="web")
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(_start(runner), loop).result(20)
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _start(runner: web.AppRunner) -> int:
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return int(runner.addresses[0][1])
