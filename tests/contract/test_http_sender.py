from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.errors import CertificateError, ChannelError, CredentialError, PermanentError, TransientError
from channels.networks import AllowedNetworks
from channels.ports import Sender
from channels.rest.access import HttpAccess
from channels.rest.answer import retry_after_seconds
from channels.rest.client import READ_BYTES, HttpClient
from channels.rest.sender import HttpSender
from channels.rest.signing import verify
from tests.contract.sender_contract import HttpSenderContract, departure

NOW = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
SECRET = "s1gning-k3y-of-the-hub"
TOKEN = "t0k3n-of-the-erp"
SIGNED = {"secret": "env:SIGNING_KEY", "authentication": {"kind": "bearer", "token": "env:ERP_TOKEN"}}

OUTSIDE = ("public", "private")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", SECRET)
    monkeypatch.setenv("ERP_TOKEN", TOKEN)


def sender_to(
    url: str, timeout: float = 30.0, networks: tuple[str, ...] = ("loopback",), access: Mapping[str, object] = SIGNED
) -> HttpSender:
    allowed = AllowedNetworks.parse(networks)
    client = HttpClient(HttpAccess.model_validate(access), lambda: allowed, lambda: NOW, timeout=timeout)
    return HttpSender(client, url)


@asynccontextmanager
async def closing(sender: HttpSender) -> AsyncIterator[HttpSender]:
    try:
        yield sender
    finally:
        await sender.close()


class Erp:
    """A sender and a real server on the loopback interface."""

    secrets: tuple[str, ...] = (SECRET, TOKEN, "in-the-path")

    def __init__(self) -> None:
        self.received: list[tuple[web.Request, bytes]] = []
        self._answer: Callable[[web.Request], web.Response] = lambda request: web.Response(text="thanks")
        self.tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=10 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app, scheme="https" if self.tls else "http")
        await self._server.start_server(ssl=self.tls)
        self.port = self._server.port
        self.url = str(self._server.make_url("/in-the-path/orders?key=in-the-path"))
        self.sender = self._sender()
        return self

    def _sender(self) -> Sender:
        return sender_to(self.url)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sender.close()
        await self._server.close()

    async def _handle(self, request: web.Request) -> web.Response:
        self.received.append((request, await request.read()))
        return self._answer(request)

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] = {}) -> None:
        self._answer = lambda request: web.Response(status=status, body=body, headers=headers)

    def answer_by(self, status: Callable[[web.Request], int]) -> None:
        self._answer = lambda request: web.Response(status=status(request))

    def echo(self, status: int) -> None:
        self._answer = lambda request: web.json_response(
            dict(request.headers), status=status, headers={"Location": f"/{request.headers['Authorization']}"}
        )

    def requests(self) -> int:
        return len(self.received)

    def arrived(self) -> list[tuple[str, bytes]]:
        return [(request.headers["Idempotency-Key"], body) for request, body in self.received]

    async def vanish(self) -> None:
        await self._server.close()


class TestHttpSender(HttpSenderContract):
    @pytest.fixture
    def subject(self) -> Erp:
        return Erp()

    async def test_the_request_is_signed_and_described(self, subject: Erp) -> None:
        async with subject:
            await subject.sender.send(departure())
        request, body = subject.received[0]
        assert request.method == "POST"
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["Idempotency-Key"] == "doc-1:1:erp"
        assert request.headers["X-Hub-Delivery"] == "01J0000000"
        assert request.headers["X-Hub-Document-Type"] == "purchase_order"
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        timestamp, signature = request.headers["X-Hub-Timestamp"], request.headers["X-Hub-Signature"]
        verify([SECRET], timestamp, signature, body, int(NOW.timestamp()))

    async def test_attempts_share_one_connection(self, subject: Erp) -> None:
        connections: set[object] = set()

        def answered(request: web.Request) -> int:
            connections.add(request.transport)  # it has none any more when the connection has ended
            return 200

        async with subject:
            subject.answer_by(answered)
            for _ in range(3):
                await subject.sender.send(departure())
        assert len(connections) == 1

    async def test_a_closed_sender_sends_no_more(self, subject: Erp) -> None:
        async with subject:
            await subject.sender.send(departure())
            await subject.sender.close()
            with pytest.raises(TransientError, match="closed"):
                await subject.sender.send(departure())

    async def test_a_gzip_bomb_stays_packed(self, subject: Erp) -> None:
        async with subject:
            subject.answer(200, gzip.compress(b"0" * 50_000_000), {"Content-Encoding": "gzip"})
            response = (await subject.sender.send(departure())).response
        assert response.endswith("bytes of gzip, not decompressed]")

    @pytest.mark.parametrize("target", ["http://[::ffff:127.0.0.1]:{port}/", "http://0x7f000001:{port}/"])
    async def test_no_spelling_of_an_address_gets_around_the_networks(self, subject: Erp, target: str) -> None:
        async with subject:
            with pytest.raises(ChannelError, match="allow_networks"):
                async with closing(sender_to(target.format(port=subject.port), networks=OUTSIDE)) as sender:
                    await sender.send(departure())
        assert not subject.received

    async def test_a_name_that_resolves_to_a_foreign_network_is_not_connected_to(
        self, subject: Erp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look_up = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **named: look_up("127.0.0.1", *rest, **named))
        async with subject, closing(sender_to(f"http://erp.example:{subject.port}/", networks=OUTSIDE)) as sender:
            with pytest.raises(TransientError, match=r"127\.0\.0\.1 is in none of the target's allow_networks"):
                await sender.send(departure())
        assert not subject.received


class TestBadPeers:
    """Answers that no web framework would give."""

    async def test_no_answer_in_time_is_transient(self) -> None:
        with pytest.raises(TransientError, match=r"did not answer within 0\.2 seconds"):
            await self.send_to(b"", timeout=0.2, hang=True)

    async def test_a_connection_dropped_instead_of_an_answer_is_transient(self) -> None:
        with pytest.raises(TransientError, match="broke"):
            await self.send_to(b"")

    async def test_noise_instead_of_http_is_transient(self) -> None:
        with pytest.raises(TransientError, match="broke"):
            await self.send_to(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    async def test_the_status_counts_when_the_body_breaks_off(self) -> None:
        response = await self.send_to(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ndone")
        assert response == "done [the body broke off]"

    async def test_the_status_counts_when_the_body_never_comes(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        response = await self.send_to(head + b"done", timeout=3.0, hang=True)  # within which the head must come
        assert response == "done [the body broke off]"

    async def test_an_endless_body_is_cut(self) -> None:
        head = b"HTTP/1.1 200 OK\r\n\r\n"
        response = await self.send_to(head + b"x" * (2 * READ_BYTES), hang=True)
        assert response.endswith("[cut after 65536 bytes]")

    async def test_plain_http_behind_https_is_named(self) -> None:
        with pytest.raises(TransientError, match="no TLS connection"):
            await self.send_to(b"HTTP/1.1 400 Bad Request\r\n\r\n", scheme="https")

    async def send_to(self, answer: bytes, timeout: float = 30.0, hang: bool = False, scheme: str = "http") -> str:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.read(10)
                writer.write(answer)
                await writer.drain()
                if hang:
                    await reader.read()
            except ConnectionError:
                pass
            finally:
                writer.close()
                finished.set()

        finished = asyncio.Event()
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            async with closing(sender_to(f"{scheme}://127.0.0.1:{port}/", timeout)) as sender:
                return (await sender.send(departure())).response
        finally:
            await finished.wait()
            server.close()
            await server.wait_closed()


async def test_without_a_secret_nothing_is_signed() -> None:
    async with Erp() as erp:
        async with closing(sender_to(erp.url, networks=("127.0.0.0/8",), access={})) as sender:
            await sender.send(departure())
        assert not {"X-Hub-Timestamp", "X-Hub-Signature", "Authorization"} & set(erp.received[0][0].headers)


@pytest.mark.external("openssl")
async def test_an_untrusted_certificate_is_named(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = TestServer(web.Application(), scheme="https")
    await server.start_server(ssl=context)
    async with closing(sender_to(str(server.make_url("/")))) as sender:
        with pytest.raises(CertificateError, match=r"certificate of https://.* is not trusted: self-signed"):
            await sender.send(departure())
    await server.close()


async def test_a_name_that_does_not_resolve_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # the machine's name servers may be slow, or know every name
    async with closing(sender_to("http://erp.invalid/")) as sender:
        with pytest.raises(TransientError, match=r"http://erp\.invalid cannot be resolved"):
            await sender.send(departure())


@pytest.mark.parametrize(
    "url",
    ["", "erp.example/orders", "ftp://erp.example/", "file:///etc/passwd", "http://", "http://[::1", "http://h:99999/",
     "https://user:h1dden@erp.example/", "https://h1dden@erp.example/", "http://169.254.169.254/latest/meta-data"],
)  # fmt: skip
async def test_a_url_that_cannot_work_is_not_called(url: str) -> None:
    async with closing(sender_to(url, networks=("public", "private", "loopback"))) as sender:
        with pytest.raises(PermanentError, match=r"URL|allow_networks") as caught:
            await sender.send(departure())
    assert "h1dden" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SIGNING_KEY", "", "is not set or empty"),
        ("SIGNING_KEY", "too-short", "must not be used to sign: it has fewer than 16"),
        ("ERP_TOKEN", "evil\r\nX-Evil: 1", "not printable"),
        ("ERP_TOKEN", "", "is not set or empty"),
    ],
)
async def test_secrets_that_cannot_work_send_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(name, value)
    async with Erp() as erp:
        with pytest.raises(CredentialError, match=problem) as caught:
            await erp.sender.send(departure())
    assert not erp.received
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), 120),
        ("Mon, 06 May 2024 12:00:30 -0000", 30),
        ("Monday, 06-May-24 12:00:30 GMT", 30),
        ("Mon, 06 May 2024 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 366 * 86_400),
        ("9" * 6000, 366 * 86_400),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Mon, 99 May 2024 12:00:00 GMT", None),
        ("\u0665", None),
    ],
)
def test_retry_after_in_all_its_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds
