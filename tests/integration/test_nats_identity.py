"""Who the hub is to a NATS server, and who the server is to the hub: users, tokens, keys, credentials files, TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.errors import CertificateError, ChannelError, CredentialError, TransientError
from channels.jetstream.connection import close, connect
from channels.jetstream.publisher import Publisher
from channels.jetstream.settings import NatsSettings
from tests.nats_keys import Authority, Operated, account, user
from tests.nats_server import NatsServer

TLS = "tls {{ cert_file: '{own}', key_file: '{own}', ca_file: '{ca}', verify: {verify} }}"

Starting = Callable[[str], NatsServer]


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Starting]:
    """Starts servers with more in their configuration."""
    started: list[NatsServer] = []

    def start(more: str) -> NatsServer:
        started.append(NatsServer(tmp_path / f"nats{len(started)}", more))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.kill()


async def let_in(url: str, **more: Any) -> None:
    """Raises what the connection does. With JetStream, so that it is known that the user may work."""
    settings = NatsSettings.model_validate({"url": url, "relay": {}, **more})
    publisher = Publisher(settings, settings.relay or pytest.fail("no relay"))
    try:
        await publisher.open()
    finally:
        await publisher.close()


async def refused(kind: type[ChannelError], url: str, secret: str = "", **more: Any) -> str:
    """What is said, in which no secret stands."""
    with pytest.raises(kind) as caught:
        await let_in(url, **more)
    assert not secret or secret not in caught.value.detail
    return caught.value.detail


def kept(folder: Path, name: str, text: str) -> str:
    """A reference to a secret in a file."""
    (folder / name).write_text(text)
    return f"file:{folder / name}"


async def test_a_user_is_known_by_a_key_whose_seed_never_leaves(starting: Starting, tmp_path: Path) -> None:
    ours, other = user(), user()
    url = starting(f"authorization {{ users: [{{ nkey: {ours.public} }}] }}").url
    await let_in(url, nkey=kept(tmp_path, "seed", ours.seed + "\n"))
    await refused(CredentialError, url, other.seed, nkey=kept(tmp_path, "other", other.seed))
    await refused(CredentialError, url)
    for wrong in ("SUNOSEED", ours.public, account().seed, "ü"):
        told = await refused(CredentialError, url, wrong, nkey=kept(tmp_path, "wrong", wrong))
        assert f"{tmp_path / 'wrong'} holds" in told


async def test_a_credentials_file_lets_in_until_its_token_ends(starting: Starting, tmp_path: Path) -> None:
    operated = Operated.make()
    url = starting(operated.more).url
    good = operated.credentials()
    await let_in(url, credentials=kept(tmp_path, "good.creds", good))
    await let_in(url, credentials=kept(tmp_path, "windows.creds", good.replace("\n", "\r\n")))
    for name, text in {
        "ended": operated.credentials(lives=-5),
        "of a stranger": operated.credentials(signer=account()),
        "of two": good.partition("*****")[0] + operated.credentials().partition("*****")[2],
    }.items():
        await refused(CredentialError, url, text, credentials=kept(tmp_path, "bad.creds", text))
        assert name
    for broken in ("", "not a file of NATS", good.partition("\n\n")[0], good.replace("SU", "SA")):
        path = kept(tmp_path, "broken.creds", broken)
        assert str(tmp_path) in await refused(CredentialError, url, broken, credentials=path)
    await refused(CredentialError, url, credentials=f"file:{tmp_path / 'nothing.creds'}")


async def test_a_server_proves_who_it_is_by_a_certificate_of_our_authority(starting: Starting, tmp_path: Path) -> None:
    ours, others = Authority(tmp_path, "ours"), Authority(tmp_path, "others")
    own = ours.certify("server", "localhost")
    server = starting(TLS.format(own=own, ca=ours.path, verify="false"))
    url = f"tls://localhost:{server.port}"
    await let_in(url, ca=f"file:{ours.path}")
    for unknown in ({"ca": f"file:{others.path}"}, {}):
        assert "cannot prove who it is" in await refused(CertificateError, url, **unknown)
    told = await refused(CertificateError, f"tls://127.0.0.1:{server.port}", ca=f"file:{ours.path}")
    assert "IP address mismatch" in told


async def test_where_tls_is_asked_for_nothing_is_said_without_it(starting: Starting, tmp_path: Path) -> None:
    """Whoever answers in place of the server may say that it needs none."""
    plain = starting("authorization { token: open-sesame }")
    secret = kept(tmp_path, "token", "open-sesame")
    await let_in(plain.url, token=secret)
    assert "TLS" in await refused(TransientError, f"tls://127.0.0.1:{plain.port}", token=secret)


async def test_we_prove_who_we_are_by_a_certificate_where_the_server_asks(starting: Starting, tmp_path: Path) -> None:
    ours, others = Authority(tmp_path, "ours"), Authority(tmp_path, "others")
    own = ours.certify("server", "localhost")
    url = f"tls://localhost:{starting(TLS.format(own=own, ca=ours.path, verify='true')).port}"
    trusted = {"ca": f"file:{ours.path}"}
    await let_in(url, client_certificate=str(ours.certify("hub")), **trusted)
    await refused(ChannelError, url, **trusted)  # it says why, or goes away
    await refused(ChannelError, url, client_certificate=str(others.certify("stranger")), **trusted)
    await refused(TransientError, url, client_certificate=str(tmp_path / "nothing"), **trusted)


async def test_over_tls_with_a_key_all_goes_the_same_way(starting: Starting, tmp_path: Path) -> None:
    ours, hub = Authority(tmp_path, "ours"), user()
    tls = TLS.format(own=ours.certify("server", "127.0.0.1"), ca=ours.path, verify="false")
    server = starting(f"{tls}\nauthorization {{ users: [{{ nkey: {hub.public} }}] }}")
    settings = NatsSettings.model_validate(
        {
            "url": f"tls://127.0.0.1:{server.port}",
            "ca": f"file:{ours.path}",
            "nkey": kept(tmp_path, "seed", hub.seed),
            "relay": {"stream": "HUB"},
        }
    )
    assert settings.relay is not None
    publisher = Publisher(settings, settings.relay)
    assert (await publisher.open()).fresh
    for number in range(3):
        await publisher.publish("supplierhub.a", f"event-{number}", b"{}", {})
    await publisher.close()
    client = await connect(settings)
    assert (await client.jetstream().stream_info("HUB")).state.messages == 3
    await close(client)


@pytest.mark.parametrize(
    "ways",
    [
        {"token": "env:T", "user": "jo", "password": "env:P"},
        {"token": "env:T", "credentials": "file:/c"},
        {"nkey": "env:N", "credentials": "file:/c"},
    ],
)
def test_who_we_are_is_said_in_one_way(ways: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="said once"):
        NatsSettings.model_validate({"url": "nats://10.0.0.1", **ways})


@pytest.mark.parametrize("field", ["nkey", "credentials", "token"])
def test_a_secret_itself_is_no_reference_and_is_not_repeated(field: str) -> None:
    with pytest.raises(ValueError, match="reference") as caught:
        NatsSettings.model_validate({"url": "nats://10.0.0.1", field: "SUAKEYOFOURS"})
    assert "SUAKEYOFOURS" not in str(caught.value).replace("input_value='SUAKEYOFOURS'", "")
