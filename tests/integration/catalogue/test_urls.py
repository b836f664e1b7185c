"""Row CF03: refused when it is saved and when it is connected to, with not one connection made."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.errors import ChannelError, PermanentError, TransientError
from channels.networks import AllowedNetworks
from channels.rest.access import HttpAccess
from channels.rest.client import HttpClient
from hub.rules import all_rules
from hub.settings import HubSettings, load_settings_text
from partners.loader import Known, load_profile_text
from partners.problem import path_text
from tests.external import program
from tests.integration.catalogue.addresses import RESOLVED, SPELT
from tests.integration.stepping import profile

CHANNEL = "{{name: api, kind: rest, {setting}}}, "
SETTINGS = {
    "outbound.url": "outbound: {{url: {url}}}",
    "inbound.list": "inbound: {{list: {url}, content: body}}",
    "inbound.url": "inbound: {{url: {url}}}",
    "inbound.acknowledge.url": "inbound: {{url: 'https://a.example/', id_header: X-Id, acknowledge: {{url: {url}}}}}",
    "authentication.token_url": "outbound: {{url: 'https://a.example/'}}, authentication: {{kind: oauth2,"
    " client_id: us, client_secret: 'env:X', token_url: {url}}}",
}
"""Where a profile names a URL."""


def quoted(url: str, port: int = 4080) -> str:
    return '"' + url.format(port=port).replace("\\", "\\\\").replace("\t", "\\t") + '"'


def problems(setting: str, url: str) -> list[str]:
    """Paths of what is wrong with a profile that has the URL there."""
    text = profile().replace("\nchannels: [", "\nchannels: [" + CHANNEL.format(setting=setting.format(url=quoted(url))))
    assert "kind: rest" in text
    known = Known(all_rules(), objection=HubSettings().objection_to_remote)
    return [path_text(problem.path) for problem in load_profile_text(text, "acme.yaml", known).problems]


def test_the_corpus_is_as_large_as_the_row_says() -> None:
    assert len(set(SPELT)) >= 60


@pytest.mark.parametrize("url", SPELT)
def test_a_profile_that_names_it_is_refused_with_the_place(url: str) -> None:
    assert problems(SETTINGS["outbound.url"], url) == ["channels[0].outbound.url"]


@pytest.mark.parametrize("field", SETTINGS)
def test_every_url_of_a_profile_is_looked_at(field: str) -> None:
    assert problems(SETTINGS[field], "https://api.partner.example/") == []
    for url in ("https://127.0.0.1/", "http://api.partner.example/", "file:///etc/passwd"):
        assert problems(SETTINGS[field], url) == [f"channels[0].{field}"]


@pytest.mark.parametrize("url", SPELT)
def test_a_target_of_ours_is_looked_at_as_well(url: str) -> None:
    text = f"targets: [{{key: erp, kind: http, url: {quoted(url)}}}]"
    assert [path_text(problem.path) for problem in load_settings_text(text, "hub.yaml").problems] == ["targets[0].url"]


# ---- connecting


class Listener:
    """Something inside that must never be reached: counts who connects."""

    def __init__(self, server: socket.socket) -> None:
        self.port: int = server.getsockname()[1]
        self.connected = 0


@asynccontextmanager
async def listening(host: str = "127.0.0.1") -> AsyncIterator[Listener]:
    def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connected += 1
        writer.close()

    server = await asyncio.start_server(count, host, 0)
    listener = Listener(server.sockets[0])  # type: ignore[arg-type]
    try:
        yield listener
    finally:
        server.close()


@asynccontextmanager
async def client_within(*networks: str) -> AsyncIterator[HttpClient]:
    allowed = AllowedNetworks.parse(networks, "hub.yaml's partner_networks")
    client = HttpClient(HttpAccess(), lambda: allowed, lambda: datetime.now(UTC), timeout=60.0)
    try:
        yield client
    finally:
        await client.close()


@contextmanager
def resolving(monkeypatch: pytest.MonkeyPatch, answers: Callable[[], list[str]]) -> Iterator[Counter[str]]:
    """The system's resolver answers as told for every name; counts what it was asked."""
    asked: Counter[str] = Counter()

    def look_up(host: str, port: int, *rest: object, **named: object) -> list[object]:
        asked[host] += 1
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in answers()
        ]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", look_up)
        yield asked


async def test_nothing_of_it_is_connected_to() -> None:
    async with listening() as listener, client_within("public") as client:
        for url in SPELT:
            with pytest.raises(ChannelError):
                await client.ask("POST", url.format(port=listener.port), body=b"ISA*00")
        assert listener.connected == 0


@pytest.mark.parametrize("address", RESOLVED)
async def test_a_name_that_resolves_to_it_is_not_connected_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as listener, client_within("public") as client:
        refused = pytest.raises(TransientError, match=r"is in none of hub\.yaml's partner_networks")
        with resolving(monkeypatch, lambda: [address]) as asked, refused:
            await client.ask("POST", f"https://api.partner.example:{listener.port}/", body=b"ISA*00")
        assert asked == {"api.partner.example": 1}
        assert listener.connected == 0


def serving(body: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(body)
        await writer.drain()
        writer.close()

    return answer


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
ALLOWED, FORBIDDEN = "127.0.0.2", "127.0.0.1"


async def test_a_name_whose_address_changes_between_two_calls_is_looked_at_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with listening(FORBIDDEN) as listener, client_within(f"{ALLOWED}/32") as client:
        server = await asyncio.start_server(serving(OK), ALLOWED, listener.port)
        answers = iter([[ALLOWED], [FORBIDDEN], [FORBIDDEN, ALLOWED]])
        url = f"http://api.partner.example:{listener.port}/"
        with resolving(monkeypatch, lambda: next(answers)) as asked:
            assert (await client.ask("GET", url)).body == b"ok"
            with pytest.raises(TransientError, match=f"{FORBIDDEN} is in none of"):
                await client.ask("GET", url)
            assert (await client.ask("GET", url)).body == b"ok", "of several addresses those that are allowed are taken"
        server.close()
        assert (listener.connected, asked.total()) == (0, 3)


async def test_a_redirect_to_it_is_not_followed() -> None:
    async with listening(FORBIDDEN) as listener, client_within(f"{ALLOWED}/32") as client:
        for location in (
            f"http://{FORBIDDEN}:{listener.port}/",
            f"//{FORBIDDEN}:{listener.port}/",
            "file:///etc/passwd",
        ):
            head = f"HTTP/1.1 307 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
            server = await asyncio.start_server(serving(head.encode()), ALLOWED, 0)
            url = f"http://{ALLOWED}:{server.sockets[0].getsockname()[1]}/"
            answer = await client.ask("POST", url, body=b"ISA*00")
            failure = client.failure(url, answer)
            server.close()
            assert isinstance(failure, PermanentError)
            assert "none is followed" in failure.detail
        assert listener.connected == 0


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_not_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(FORBIDDEN) as listener, client_within(f"{ALLOWED}/32") as client:
        monkeypatch.setenv(name, f"http://{FORBIDDEN}:{listener.port}")
        server = await asyncio.start_server(serving(OK), ALLOWED, 0)
        assert (await client.ask("GET", f"http://{ALLOWED}:{server.sockets[0].getsockname()[1]}/")).body == b"ok"
        server.close()
        assert listener.connected == 0


@pytest.mark.external("strace")
def test_the_kernel_is_asked_for_no_connection(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = [program("strace"), "-f", "-qq", "-e", "trace=connect", "-o", str(trace), sys.executable, "-m", __name__]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == [str(len(SPELT) + len(RESOLVED))]
    assert re.findall(r".*connect\(.*sa_family=AF_INET.*", trace.read_text()) == []


async def _call_everything() -> int:
    """For the test above, in a process of its own: how many calls were refused."""
    refused = 0
    with pytest.MonkeyPatch.context() as patch:
        async with client_within("public") as client:
            for url in SPELT:
                with pytest.raises(ChannelError):
                    await client.ask("GET", url.format(port=4080))
                refused += 1
            for address in RESOLVED:
                with resolving(patch, lambda address=address: [address]), pytest.raises(ChannelError):  # type: ignore[misc]
                    await client.ask("GET", "https://api.partner.example/")
                refused += 1
    return refused


if __name__ == "__main__":
    print(asyncio.run(_call_everything()))
