"""What proves to a partner's endpoint who we are, and to us who it is."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from channels.accounts import PAUSES, Accounts
from channels.errors import CertificateError, ChannelError, CredentialError, PausedError, TransientError
from channels.networks import AllowedNetworks
from channels.rest.client import HttpClient
from channels.rest.sender import HttpSender
from channels.rest.settings import RestSettings
from tests.contract.sender_contract import HttpSenderContract, departure
from tests.contract.test_http_sender import NOW, Erp

CLIENT_SECRET = "cl1ent-secret/of+us"


Access = Callable[["Endpoint"], Mapping[str, object]]


class Endpoint(Erp):
    """A partner's endpoint, its token endpoint, and the sender of a REST channel that calls both."""

    secrets = (CLIENT_SECRET, "t0ken-", "in-the-path")

    def __init__(self, access: Access | None = None, accounts: Accounts | None = None) -> None:
        super().__init__()
        self._access = access
        self.accounts = accounts or Accounts()
        self.now = NOW
        self.tokens: list[tuple[dict[str, list[str]], str]] = []
        self.token_answer: Mapping[str, object] = {"token_type": "Bearer", "expires_in": 3600}
        self.token_status = 200

    def _sender(self) -> HttpSender:
        access = {"authentication": self.oauth2()} if self._access is None else self._access(self)
        outbound = {"url": self.url}
        settings = RestSettings.model_validate({"name": "api", "kind": "rest", "outbound": outbound, **access})
        networks = AllowedNetworks.parse(["loopback"], "hub.yaml's partner_networks")
        client = HttpClient(settings, lambda: networks, lambda: self.now, timeout=30.0, accounts=self.accounts)
        return HttpSender(client, self.url)

    async def rebuild(self) -> None:
        """The sender as the node makes it anew after a refusal."""
        await self.sender.close()
        self.sender = self._sender()

    def oauth2(self, **more: object) -> dict[str, object]:
        return {
            "kind": "oauth2", "token_url": f"http://127.0.0.1:{self.port}/token", "client_id": "hub@example",
            "client_secret": "env:CLIENT_SECRET", **more,
        }  # fmt: skip

    async def _handle(self, request: web.Request) -> web.Response:
        if request.path != "/token":
            return await super()._handle(request)
        form = parse_qs((await request.read()).decode())
        self.tokens.append((form, request.headers.get("Authorization", "")))
        if self.token_status != 200:
            return web.json_response({"error": "invalid_client"}, status=self.token_status)
        return web.json_response({"access_token": f"t0ken-{len(self.tokens)}", **self.token_answer})

    def authorizations(self) -> list[str]:
        return [request.headers.get("Authorization", "") for request, _ in self.received]


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("PASSWORD", "p4ss:word")
    monkeypatch.setenv("API_KEY", "ap1-key")


class TestPartnerEndpoint(HttpSenderContract):
    @pytest.fixture
    def subject(self) -> Endpoint:
        return Endpoint()


async def test_a_token_is_fetched_once_and_anew_before_it_expires() -> None:
    async with Endpoint() as partner:
        await asyncio.gather(*(partner.sender.send(departure()) for _ in range(3)))
        assert partner.authorizations() == ["Bearer t0ken-1"] * 3
        partner.now += timedelta(seconds=3569)
        await partner.sender.send(departure())
        partner.now += timedelta(seconds=2)
        await partner.sender.send(departure())
    assert partner.authorizations()[3:] == ["Bearer t0ken-1", "Bearer t0ken-2"]
    form, header = partner.tokens[0]
    assert form == {"grant_type": ["client_credentials"]}
    assert b64decode(header.removeprefix("Basic ")) == b"hub%40example:cl1ent-secret%2Fof%2Bus"


async def test_a_token_that_is_no_longer_taken_is_fetched_anew_once() -> None:
    async with Endpoint() as partner:
        await partner.sender.send(departure())
        partner.answer_by(lambda request: 200 if "t0ken-2" in request.headers["Authorization"] else 401)
        await partner.sender.send(departure())
        assert partner.authorizations() == ["Bearer t0ken-1", "Bearer t0ken-1", "Bearer t0ken-2"]
        partner.answer(401)
        with pytest.raises(CredentialError):
            await partner.sender.send(departure())
    assert len(partner.tokens) == 3


async def test_the_form_may_carry_the_secret_and_asks_for_scope_and_audience() -> None:
    def access(partner: Endpoint) -> Mapping[str, object]:
        asked = {"client_authentication": "body", "scope": "edi docs", "audience": "partner"}
        return {"authentication": partner.oauth2(**asked)}

    async with Endpoint(access) as partner:
        await partner.sender.send(departure())
    assert partner.tokens == [
        (
            {
                "grant_type": ["client_credentials"], "scope": ["edi docs"], "audience": ["partner"],
                "client_id": ["hub@example"], "client_secret": [CLIENT_SECRET],
            },
            "",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_token_endpoint_that_refuses_us_is_not_asked_again_at_once(status: int) -> None:
    async with Endpoint() as partner:
        partner.token_status = status
        with pytest.raises(CredentialError, match="refuses hub@example"):
            await partner.sender.send(departure())
        with pytest.raises(PausedError, match="left alone"):
            await partner.sender.send(departure())
    assert (len(partner.tokens), partner.received) == (1, [])


@pytest.mark.parametrize(
    "answer",
    [{"access_token": None}, {"access_token": "a\r\nb"}, {"token_type": "mac"}, {"access_token": ""}],
)
async def test_what_is_no_token_is_not_used(answer: Mapping[str, object]) -> None:
    async with Endpoint() as partner:
        partner.token_answer = answer
        with pytest.raises(TransientError, match="gave no token"):
            await partner.sender.send(departure())
    assert partner.received == []


async def test_password_headers_and_header_secrets_are_sent_and_hidden() -> None:
    access = {
        "authentication": {"kind": "basic", "user": "hub", "password": "env:PASSWORD"},
        "headers": {"X-Tenant": "4711"},
        "secret_headers": {"X-Api-Key": "env:API_KEY"},
    }
    async with Endpoint(lambda _: access) as partner:
        partner.echo(400)
        with pytest.raises(ChannelError) as caught:
            await partner.sender.send(departure())
    headers = partner.received[0][0].headers
    assert b64decode(headers["Authorization"].removeprefix("Basic ")) == b"hub:p4ss:word"
    assert (headers["X-Tenant"], headers["X-Api-Key"]) == ("4711", "ap1-key")
    for hidden in ("ap1-key", "p4ss", headers["Authorization"].removeprefix("Basic ")):
        assert hidden not in str(caught.value)


async def test_an_account_that_is_refused_is_left_alone_until_the_secret_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    access = {"authentication": {"kind": "basic", "user": "hub", "password": "env:PASSWORD"}}
    async with Endpoint(lambda _: access, Accounts(lambda: now[0])) as partner:
        partner.answer(401)
        for _ in range(3):
            with pytest.raises((CredentialError, PausedError)):
                await partner.sender.send(departure())
        assert partner.requests() == 1
        now[0] += PAUSES[0]
        with pytest.raises(CredentialError):
            await partner.sender.send(departure())
        assert partner.requests() == 2
        monkeypatch.setenv("PASSWORD", "another")
        await partner.rebuild()
        partner.answer(200)
        await partner.sender.send(departure())
        assert partner.requests() == 3


class Certificates:
    """An authority of a partner's own, and a certificate of its server."""

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        self.folder = folder
        self.authority, key = folder / "ca.pem", folder / "ca.key"
        self._openssl("req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=ca", "-keyout", key, "-out", self.authority)
        self.certificate, self.key = folder / "server.pem", folder / "server.key"
        request, names = folder / "server.csr", folder / "names"
        self._openssl("req -newkey rsa:2048 -nodes -subj /CN=server", "-keyout", self.key, "-out", request)
        names.write_text(f"subjectAltName=IP:{address}")
        self._openssl(
            "x509 -req -days 1 -CAcreateserial", "-in", request, "-CA", self.authority, "-CAkey", key,
            "-extfile", names, "-out", self.certificate,
        )  # fmt: skip

    def _openssl(self, words: str, *more: str | Path) -> None:
        subprocess.run(["openssl", *words.split(), *more], check=True, capture_output=True)

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


@pytest.mark.external("openssl")
@pytest.mark.parametrize(
    ("address", "trusts", "problem"),
    [
        ("127.0.0.1", "own", None),
        ("127.0.0.1", "other", "is not trusted"),
        ("127.0.0.1", None, "is not trusted"),
        ("127.0.0.9", "own", "is not trusted"),
    ],
)
async def test_only_a_certificate_of_the_named_authority_for_that_very_host_is_trusted(
    tmp_path: Path, address: str, trusts: str | None, problem: str | None
) -> None:
    """CF07: nothing is said to another server, and no setting says otherwise."""
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
    certificates = Certificates(own, address)
    authority = {"own": certificates, "other": Certificates(other)}[trusts].authority if trusts else None
    partner = Endpoint(lambda _: {"ca": f"file:{authority}"} if authority else {})
    partner.tls = certificates.context()
    async with partner:
        if problem is None:
            await partner.sender.send(departure())
        else:
            with pytest.raises(CertificateError, match=problem):
                await partner.sender.send(departure())
    assert len(partner.received) == (1 if problem is None else 0)
