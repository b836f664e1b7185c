"""How requests are framed, and how long they may take: RA05 to RA07, RA10, RA11, RA13 of the catalogue."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import http_parser

from hub.errors import OperationRefused
from hub.store.schema.tables import transmissions
from hub.web import connections
from hub.web.app import make_app
from tests.integration.web.caller import Caller
from tests.integration.web.raw_requests import CORPUS
from tests.integration.web.running_hub import LIMITS, Site, serving_app
from tests.integration.web.wire import connect, dropped, head, said, statuses, until_closed
from tests.memory import peak_of_this_process

POST = "POST /v1/documents HTTP/1.1"
JSON = "Content-Type: application/json"


@pytest.fixture
def key(site: Site) -> str:
    return site.key("partner", "birch-paper")


def stored(site: Site) -> int:
    with site.store.read() as tx:
        return len(tx.execute(transmissions.select()).all())


def test_ra10_odd_requests_get_one_answer_and_hide_no_other(site: Site, key: str) -> None:
    assert len(CORPUS) >= 60

    def answer(raw: bytes) -> bytes:
        return said(site.port, raw.replace(b"{key}", key.encode()))

    with ThreadPoolExecutor(16) as senders:
        answers = dict(zip(CORPUS, senders.map(answer, CORPUS.values()), strict=True))
    for name, received in answers.items():
        assert statuses(received) == [400], (name, received[:300])
        assert b'"status": "ok"' not in received, name
        assert key.encode() not in received, name
    assert stored(site) == 0


def test_ra05_bodies_that_are_not_as_long_as_said(site: Site, key: str) -> None:
    short = said(site.port, head(POST, JSON, "Content-Length: 500", key=key), b"{}")
    assert statuses(short) == [408]
    too_long = said(site.port, head(POST, JSON, f"Content-Length: {LIMITS.document + 1}", key=key))
    assert statuses(too_long) == [413]
    assert b"Connection: close" in too_long
    beyond = said(site.port, head(POST, JSON, "Content-Length: 2", key=key), b"{}" + b"x" * 30 + b"\r\n\r\n")
    assert statuses(beyond) in ([400], [422, 400]), "as it comes in one piece or in two"


def test_ra05_chunks_without_end_are_cut_at_the_limit(site: Site, key: str) -> None:
    with connect(site.port) as connection:
        connection.sendall(head(POST, JSON, "Transfer-Encoding: chunked", key=key))
        chunk, closed, deadline = b"8000\r\n" + b" " * 0x8000 + b"\r\n", False, time.monotonic() + 60
        while not closed and time.monotonic() < deadline:
            try:
                connection.sendall(chunk)
            except ConnectionError:
                closed = True
        assert closed
    assert stored(site) == 0


ENDLESS = 50 << 30
"""More than goes through a connection in the moment that it is still read."""


def test_ra05_gigabytes_in_chunks_take_no_memory(site: Site, key: str) -> None:
    """By the limits that hold in earnest: 100 MB of it go to the disk, and away again."""
    chunk, sent = b"100000\r\n" + bytes(1 << 20) + b"\r\n", 0
    lines = ("POST /v1/transmissions HTTP/1.1", "Content-Type: application/edi-x12", "Transfer-Encoding: chunked")
    with serving_app(make_app(site.services)) as port, peak_of_this_process() as peak, connect(port) as connection:
        connection.sendall(head(*lines, key=key))
        with suppress(ConnectionError):
            while sent < ENDLESS:
                connection.sendall(chunk)
                sent += 1 << 20
    assert 100_000_000 < sent < ENDLESS, "read until the limit, and for a moment more so that it sees the answer"
    assert peak.grown < 50_000_000, f"{peak.grown:,} bytes"
    assert stored(site) == 0
    assert not [path for path in (site.services.data_dir / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, identity", "x-gzip"])
def test_ra06_compressed_bodies_are_refused_before_they_grow(site: Site, key: str, coding: str) -> None:
    bomb = gzip.compress(bytes(20_000_000)) if coding == "gzip" else zlib.compress(bytes(20_000_000))
    for path, kind in (("/v1/documents", JSON), ("/v1/transmissions", "Content-Type: application/edi-x12")):
        lines = (f"POST {path} HTTP/1.1", kind, f"Content-Encoding: {coding}", f"Content-Length: {len(bomb)}")
        received = said(site.port, head(*lines, "Connection: close", key=key), bomb)
        assert statuses(received) == [415], path
    assert stored(site) == 0


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/documents", "application/json; charset=utf-16"),
        ("/v1/documents", "text/html"),
        ("/v1/documents", "multipart/form-data"),
        ("/v1/documents", "multipart/form-data; boundary="),
        ("/v1/documents", "application/json+x"),
        ("/v1/transmissions", "text/html"),
        ("/v1/transmissions", "application/edi-x12; charset=utf-16"),
        ("/v1/transmissions", "multipart/mixed; boundary=x"),
    ],
)
def test_ra07_other_kinds_of_content(site: Site, path: str, kind: str) -> None:
    caller = Caller(site, "partner", "birch-paper")
    assert caller.post(path, b"{}", kind).status == 415
    assert stored(site) == 0


def test_ra11_a_head_that_drips_is_given_up_however_often_a_byte_comes(site: Site) -> None:
    with connect(site.port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: hub\r\nX-A: ")
        received = _drip(connection, b"a")
    assert statuses(received) == [408]


def test_ra11_a_second_head_on_a_connection_is_bounded_too(site: Site) -> None:
    with connect(site.port) as connection:
        connection.sendall(head("GET /healthz HTTP/1.1"))
        assert statuses(connection.recv(65_536)) == [200]
        connection.sendall(b"GET /healthz")
        assert statuses(until_closed(connection)) == [408]


@pytest.mark.parametrize("path", ["/v1/documents", "/v1/oauth/token", "/sign-in"])
def test_ra11_a_body_that_drips_is_given_up_however_often_a_byte_comes(site: Site, key: str, path: str) -> None:
    kind = JSON if path == "/v1/documents" else "Content-Type: application/x-www-form-urlencoded"
    lines = (f"POST {path} HTTP/1.1", kind, "Content-Length: 4000", "Origin: http://hub")
    with connect(site.port) as connection:
        connection.sendall(head(*lines, key=key if path == "/v1/documents" else ""))
        received = _drip(connection, b"a")
    assert statuses(received) == [408]


def test_ra11_an_idle_connection_is_closed_without_a_word(site: Site) -> None:
    with connect(site.port) as connection:
        assert until_closed(connection) == b""
    with connect(site.port) as connection:
        connection.sendall(head("GET /healthz HTTP/1.1"))
        received = until_closed(connection)
    assert statuses(received) == [200]


def test_ra11_who_reads_nothing_of_its_answers_is_dropped(site: Site, key: str) -> None:
    request = head("GET /v1/schemas/invoice HTTP/1.1", key=key)
    with connect(site.port) as connection:
        connection.settimeout(1)
        with suppress(TimeoutError, ConnectionError):  # the hub reads no further when its answers do not leave
            for _ in range(20_000):
                connection.sendall(request)
        assert dropped(connection)


def _drip(connection: socket.socket, byte: bytes) -> bytes:
    """Sends a byte again and again until the hub has closed the connection, and returns what it said."""
    connection.settimeout(0.1)
    received, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection.sendall(byte)
            block = connection.recv(65_536)
        except TimeoutError:
            continue
        except ConnectionError:
            return received
        if not block:
            return received
        received += block
    raise AssertionError("still open after 60 seconds")


def test_ra13_methods_that_a_route_has_not(site: Site) -> None:
    caller = Caller(site, "partner", "birch-paper")
    for method, path in (
        ("TRACE", "/v1/documents"),
        ("PUT", "/v1/documents"),
        ("DELETE", "/v1/documents/doc_x"),
        ("PATCH", "/v1/transmissions"),
        ("POST", "/v1/schemas"),
        ("OPTIONS", "/v1/documents"),
    ):
        answer = caller.client.ask(method, path, Authorization=f"Bearer {caller.key}")
        assert (answer.status, answer.json["status"]) == (405, 405), (method, path)
        assert answer.headers["Allow"]


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"])
def test_ra13_a_method_is_what_the_request_line_says(site: Site, name: str) -> None:
    caller = Caller(site, "partner", "birch-paper")
    answer = caller.client.ask("GET", "/v1/documents", Authorization=f"Bearer {caller.key}", **{name: "POST"})
    assert answer.status == 200
    assert stored(site) == 0


def test_an_unfit_library_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    connections.refuse_unfit_library()
    with monkeypatch.context() as old:
        old.setattr(aiohttp, "__version__", "3.14.0")
        with pytest.raises(OperationRefused, match=r"3\.14\.1 or newer"):
            connections.refuse_unfit_library()
    monkeypatch.setattr(http_parser, "HttpRequestParser", http_parser.HttpRequestParserPy)
    with pytest.raises(OperationRefused, match="C parser"):
        connections.refuse_unfit_library()
