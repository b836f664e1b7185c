"""Rows SF10, SF11, AU01 to AU03 and AU08 of the catalogue on our own SFTP server, and incidents of other servers: who
gets in, how, and for what."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import paramiko
import pytest
from paramiko.common import cMSG_CHANNEL_OPEN, cMSG_SERVICE_REQUEST, cMSG_USERAUTH_REQUEST, cMSG_USERAUTH_SUCCESS

from channels.sftp.server.guessing import Guessing
from channels.sftp.server.host_keys import own_keys
from channels.sftp.server.settings import HOST_KEY_FOLDER
from hub.store.people import passwords
from hub.store.store import Store
from tests.mailboxes import CHANNEL, Door, make_key, running_door, transport_to
from tests.waiting import until

pytestmark = pytest.mark.sqlite_suffices

PASSWORD = "a password that somebody chose"
SETTINGS = "connections_per_address: 30"


@pytest.fixture
def door(store: Store, tmp_path: Path) -> Iterator[Door]:
    with opened_door(store, tmp_path, SETTINGS) as running:
        yield running


@pytest.fixture
def impatient_door(store: Store, tmp_path: Path) -> Iterator[Door]:
    """Where one is soon out of time, and can sign in all the same, however busy the machine."""
    with opened_door(store, tmp_path, f"{SETTINGS}, login_seconds: 8") as running:
        yield running


@contextmanager
def opened_door(store: Store, folder: Path, settings: str) -> Iterator[Door]:
    (folder / "hash").write_text(passwords.hash_of(PASSWORD))
    more = f', password_hash: "file:{folder / "hash"}"'
    with running_door(store, folder, settings=settings, more=more) as running:
        yield running


def turned_away(door: Door, user: str, **how: object) -> str:
    """That nobody is let in so, and what is said to it."""
    transport = transport_to(door.port)
    try:
        transport.connect(username=user, **how)  # type: ignore[arg-type]
    except (paramiko.SSHException, EOFError) as error:
        return type(error).__name__
    finally:
        transport.close()
    raise AssertionError(f"{user} has signed in")


# ---- SF10


def test_sf10_what_is_no_sftp_is_refused_and_told_of(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    requests: dict[str, Callable[[paramiko.Channel], object]] = {
        "a command": lambda channel: channel.exec_command("id"),
        "a command of scp": lambda channel: channel.exec_command("scp -t /in"),
        "a shell": lambda channel: channel.invoke_shell(),
        "a terminal": lambda channel: channel.get_pty(),
        "another subsystem": lambda channel: channel.invoke_subsystem("netconf"),
        "x11": lambda channel: channel.request_x11(handler=lambda *_: None),
    }
    with door.transport() as transport:
        for name, request in requests.items():
            with pytest.raises(paramiko.SSHException):
                request(transport.open_session(timeout=10))
            assert transport.is_active(), name
        for kind, address in (("direct-tcpip", ("127.0.0.1", 22)), ("session-of-another-kind", ("", 0))):
            with pytest.raises(paramiko.ChannelException):
                transport.open_channel(kind, address, ("127.0.0.1", 1))
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("", 0)
        agent = transport.open_session(timeout=10)
        agent.request_forward_agent(lambda *_: None)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        assert client.listdir("/") == ["in", "out", "archive"]
    told = {record.getMessage() for record in caplog.records}
    for what in ("a command", "a shell", "another subsystem", "forwarding"):
        assert f"refused by SFTP: {what}" in told
    assert {getattr(record, "channel", CHANNEL) for record in caplog.records} == {CHANNEL}


# ---- SF11


def test_sf11_whoever_does_not_sign_in_is_closed_and_holds_nobody_up(impatient_door: Door) -> None:
    door = impatient_door
    idle = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(20)]
    slow = [transport_to(door.port) for _ in range(3)]
    for transport in slow:
        transport.start_client(timeout=30)  # a handshake, and then nothing
    with door.paramiko() as client:
        assert client.listdir("/in") == []
    for quiet in idle:
        quiet.settimeout(60)
        while quiet.recv(4096):  # its greeting, and then the end
            pass
        quiet.close()
    until(lambda: not any(transport.is_active() for transport in slow))
    for transport in slow:
        transport.close()


def test_sf11_connections_are_counted_before_a_byte_is_read(store: Store, tmp_path: Path) -> None:
    with running_door(store, tmp_path, settings="connections_per_address: 3") as door:
        held = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(3)]
        assert [quiet.recv(4) for quiet in held] == [b"SSH-"] * 3
        more = socket.create_connection(("127.0.0.1", door.port))
        assert _end(more) == b""
        held.pop().close()
        until(lambda: _greeting(door.port).startswith(b"SSH-2.0-SupplierHub"))
        for quiet in (*held, more):
            quiet.close()


def _end(quiet: socket.socket) -> bytes:
    quiet.settimeout(30)
    try:
        return quiet.recv(4)
    except ConnectionResetError:
        return b""


def _greeting(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as quiet:
        try:
            return quiet.recv(100)
        except ConnectionResetError:
            return b""


def test_a_session_that_asks_for_nothing_any_more_is_ended(store: Store, tmp_path: Path) -> None:
    with running_door(store, tmp_path, settings="idle_seconds: 5") as door, door.transport() as transport:
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        assert client.listdir("/in") == []
        until(lambda: not transport.is_active())


# ---- AU01


def test_au01_wrong_passwords_wait_ever_longer_by_their_address_and_close_no_account(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("channels.sftp.server.guessing.sleep", note)
    for _ in range(10):
        for user in ("acme", "nobody", "root"):
            turned_away(door, user, password="wrong")
    assert waited[:5] == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert set(waited[5:]) == {8.0}
    assert len(waited) == 30
    with door.paramiko(password=PASSWORD) as client:
        assert client.listdir("/in") == []
    with door.paramiko() as client:
        assert client.listdir("/in") == []


def test_au01_a_connection_that_has_tried_too_often_is_closed(store: Store, tmp_path: Path) -> None:
    with running_door(store, tmp_path, settings="attempts: 3, login_seconds: 300") as door:
        transport = transport_to(door.port)
        transport.start_client(timeout=30)
        for number in range(2):
            key = paramiko.Ed25519Key.from_private_key_file(str(_another(door, f"another-{number}")))
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_publickey("acme", key)
        with pytest.raises((paramiko.SSHException, EOFError)):
            transport.auth_publickey("acme", paramiko.Ed25519Key.from_private_key_file(str(_another(door))))
        until(lambda: not transport.is_active())
        transport.close()


def test_au01_a_name_that_is_not_there_is_answered_as_a_wrong_password(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same work is done for each, and the same is said."""
    monkeypatch.setattr(Guessing, "failed", _at_once)
    checked: list[str | None] = []
    verify = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda held, given: (checked.append(held), verify(held, given))[1])
    said = {user: turned_away(door, user, password="wrong") for user in ("acme", "nobody")}
    assert set(said.values()) == {"AuthenticationException"}
    known, unknown = checked
    assert known is not None
    assert unknown is None
    methods = {}
    for user in ("acme", "nobody"):
        transport = transport_to(door.port)
        transport.start_client(timeout=30)
        with pytest.raises(paramiko.BadAuthenticationType) as refused:
            transport.auth_none(user)
        methods[user] = refused.value.allowed_types
        transport.close()
    assert methods["acme"] == methods["nobody"]


async def _at_once(_guessing: Guessing, _address: str) -> None:
    return None


# ---- AU02


@pytest.mark.parametrize("given", ["", "x" * 201, "\x00" * 10, "x" * 100_000], ids=["empty", "long", "nul", "huge"])
def test_au02_a_password_that_is_none_is_refused_before_it_is_hashed_at_length(
    door: Door, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setattr(Guessing, "failed", _at_once)
    hashed: list[str] = []
    verify = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda held, said: (hashed.append(said), verify(held, said))[1])
    turned_away(door, "acme", password=given)
    assert all(len(said) <= 200 for said in hashed)


@pytest.mark.parametrize("user", ["", "acme\x00", "a" * 5000, "\uff41cme", "acme\u200b", "ac\u0301me", "../acme"])
def test_au02_a_name_that_is_none_opens_nothing(door: Door, user: str) -> None:
    """Some of these are normalised before anybody looks (SASLprep): what they become is the name."""
    key = paramiko.Ed25519Key.from_private_key_file(str(door.key))
    other = paramiko.Ed25519Key.from_private_key_file(str(_another(door)))
    turned_away(door, user, pkey=other)
    try:
        turned_away(door, user, pkey=key)
    except AssertionError:
        assert user in ("\uff41cme", "acme\u200b")  # which are acme, by the same rule for everybody (RFC 4013)


def _another(door: Door, name: str = "another") -> Path:
    path = door.folder / name
    if not path.exists():
        make_key(path)
    return path


# ---- AU03


@pytest.mark.parametrize("how", ["suspended", "key removed", "key expired", "network", "password changed"])
def test_au03_who_may_no_longer_is_cut_off_in_the_middle(door: Door, how: str) -> None:
    password = PASSWORD if how == "password changed" else None
    more = f', password_hash: "file:{door.folder / "hash"}"'
    with door.transport(password=password) as transport:
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        file = client.open("/in/order.edi", "wb")
        file.write(b"half of it")
        if how == "suspended":
            door.apply(more, change=lambda text: text.replace("role: supplier", "role: supplier\nsuspended: true"))
        elif how == "key removed":
            door.apply(more, keys=f'"{make_key(door.folder / "next")}"')
        elif how == "key expired":
            door.apply(more, keys=f'{{key: "{door.public_key}", valid_until: "2001-01-01T00:00:00Z"}}')
        elif how == "network":
            door.apply(f"{more}, networks: [203.0.113.0/24]")
        else:
            (door.folder / "hash").write_text(passwords.hash_of("another"))
        until(lambda: not transport.is_active())
        assert door.taken() == []
    user_key = paramiko.Ed25519Key.from_private_key_file(str(door.key))
    turned_away(door, "acme", **({"password": password} if password else {"pkey": user_key}))


def test_au03_another_change_of_the_profile_cuts_nobody_off(door: Door) -> None:
    second = make_key(door.folder / "second")
    with door.transport() as transport:
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        door.apply(keys=f'"{door.public_key}", "{second}"')
        door.hub.services.configuration_changed()
        time.sleep(5)
        assert transport.is_active()
        with client.open("/in/order.edi", "wb") as file:
            file.write(b"ISA")
    assert door.names() == ["order.edi"]


# ---- AU08


def test_au08_keys_that_are_weak_or_not_agreed_open_nothing(door: Door) -> None:
    make_key(door.folder / "weak", "-t", "rsa", "-b", "1024")
    make_key(door.folder / "ecdsa", "-t", "ecdsa")
    turned_away(door, "acme", pkey=paramiko.ECDSAKey.from_private_key_file(str(door.folder / "ecdsa")))
    turned_away(door, "acme", pkey=paramiko.Ed25519Key.from_private_key_file(str(_another(door))))


def test_au08_an_rsa_key_signs_with_sha_2_and_never_with_sha_1(door: Door) -> None:
    public = make_key(door.folder / "rsa", "-t", "rsa", "-b", "2048")
    door.apply(keys=f'"{public}"')
    key = str(door.folder / "rsa")

    async def sign_in(*algorithms: str) -> bool:
        try:
            async with await door.connect(client_keys=[key], signature_algs=list(algorithms)):
                return True
        except (asyncssh.PermissionDenied, asyncssh.KeyExchangeFailed):
            return False

    assert asyncio.run(sign_in("ssh-ed25519", "rsa-sha2-256"))
    assert not asyncio.run(sign_in("ssh-ed25519", "ssh-rsa"))


def test_au08_a_certificate_opens_nothing(door: Door) -> None:
    """No authority is trusted, whatever it has signed."""
    make_key(door.folder / "ca")
    command = ["ssh-keygen", "-q", "-s", str(door.folder / "ca"), "-I", "acme", "-n", "acme", f"{_another(door)}.pub"]
    subprocess.run(command, check=True)
    certificate = asyncssh.read_certificate(f"{_another(door)}-cert.pub")

    async def sign_in() -> None:
        key = asyncssh.read_private_key(str(_another(door)))
        await door.connect(client_keys=[(key, certificate)])

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(sign_in())


# ---- incidents


def _started(door: Door) -> paramiko.Transport:
    transport = transport_to(door.port)
    transport.start_client(timeout=30)
    return transport


@pytest.mark.parametrize("incident", ["CVE-2018-7750", "CVE-2018-1000805"])
def test_nothing_is_served_to_who_has_not_signed_in_or_says_that_he_has(door: Door, incident: str) -> None:
    """paramiko's server once opened channels before a sign-in, and once believed a client that announced success."""
    transport = _started(door)
    if incident == "CVE-2018-1000805":
        service = paramiko.Message()
        service.add_byte(cMSG_SERVICE_REQUEST)
        service.add_string("ssh-userauth")
        transport._send_message(service)
        success = paramiko.Message()
        success.add_byte(cMSG_USERAUTH_SUCCESS)
        transport._send_message(success)
    opening = paramiko.Message()
    opening.add_byte(cMSG_CHANNEL_OPEN)
    opening.add_string("session")
    for number in (1, 2_000_000, 32_768):
        opening.add_int(number)
    transport._send_message(opening)
    until(lambda: not transport.is_active())
    assert door.taken() == []
    transport.close()


def test_cve_2023_46446_a_second_name_after_the_sign_in_changes_nobody(door: Door) -> None:
    with door.transport() as transport:
        again = paramiko.Message()
        again.add_byte(cMSG_USERAUTH_REQUEST)
        for text in ("beta", "ssh-connection", "none"):
            again.add_string(text)
        transport._send_message(again)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        with client.open("/in/order.edi", "wb") as file:
            file.write(b"ISA")
    assert [one.partner for one in door.taken()] == ["acme"]


NOTED: list[list[str]] = []
"""Each gets every path that anything in this process opens; a hook of the interpreter stays for ever."""


def _note_opened(event: str, args: tuple[object, ...]) -> None:
    if event == "open":
        for opened in NOTED:
            opened.append(str(args[0]))


sys.addaudithook(_note_opened)


PATHS = ("../../etc/passwd", "/etc/shadow", "acme/../../x", "%s%s%s", "{{7*7}}", "\\\\host\\x")


def test_cve_2024_5806_a_name_or_a_key_that_is_a_path_opens_no_file(impatient_door: Door) -> None:
    """MOVEit's server opened what a client called its key: here the interpreter is asked for no such file."""
    door = impatient_door
    opened = list[str]()
    NOTED.append(opened)
    key = paramiko.Ed25519Key.from_private_key_file(str(door.key))
    connected = []
    for path in PATHS:
        turned_away(door, path, pkey=key)
        connected.append(_started(door))
        request = paramiko.Message()
        request.add_byte(cMSG_SERVICE_REQUEST)
        request.add_string("ssh-userauth")
        connected[-1]._send_message(request)
        blob = paramiko.Message()
        blob.add_byte(cMSG_USERAUTH_REQUEST)
        for text in ("acme", "ssh-connection", "publickey"):
            blob.add_string(text)
        blob.add_boolean(False)
        blob.add_string("ssh-ed25519")
        blob.add_string(path)
        connected[-1]._send_message(blob)
    until(lambda: not any(transport.is_active() for transport in connected))  # refused, and out of time
    for transport in connected:
        transport.close()
    NOTED.clear()
    names = [path.strip("./\\").rpartition("/")[2] for path in PATHS]
    opened = [path for path in opened if not path.startswith(str(door.folder))]
    assert [path for path in opened if any(name in path for name in names if len(name) > 1)] == []
    assert not {"/etc/passwd", "/etc/shadow"} & {str(Path(path).resolve()) for path in opened}


def test_cve_2022_24302_a_host_key_is_at_no_moment_readable_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    made: dict[str, int] = {}
    really = os.open

    def noting(path: str | Path, flags: int, mode: int = 0o777, **more: int) -> int:
        descriptor = really(path, flags, mode, **more)
        if flags & os.O_CREAT:
            made[Path(path).name] = stat.S_IMODE(os.fstat(descriptor).st_mode)
        return descriptor

    monkeypatch.setattr(os, "open", noting)
    before = os.umask(0)
    try:
        own_keys(tmp_path / "new")
    finally:
        os.umask(before)
    assert len(made) == 2
    assert set(made.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "new" / HOST_KEY_FOLDER).stat().st_mode) == 0o700


def test_terrapin_strict_key_exchange_and_no_cipher_that_it_needs(door: Door) -> None:
    offered = _kexinit(door.port)
    assert "kex-strict-s-v00@openssh.com" in offered[0]
    assert not [name for name in offered[2] if "cbc" in name or "chacha" in name or "3des" in name]
    assert not [name for name in offered[4] if "md5" in name or "sha1" in name]


def _kexinit(port: int) -> list[list[str]]:
    """The lists of algorithms that the server begins with (RFC 4253, 7.1)."""
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"SSH-2.0-test\r\n")
        stream = raw.makefile("rb")
        stream.readline()
        length = int.from_bytes(stream.read(4))
        packet = stream.read(length)
    message = paramiko.Message(packet[1 + 1 + 16 :])
    return [message.get_list() for _ in range(8)]


@pytest.mark.parametrize("older", ["false", "true"])
def test_ssh_audit_finds_nothing_to_fault(store: Store, tmp_path: Path, older: str) -> None:
    """It warns of exchanges that are not post-quantum alone, and of what older clients need."""
    with running_door(store, tmp_path, settings=f"older_clients: {older}") as door:
        command = [sys.executable, "-m", "ssh_audit.ssh_audit", "--json", "--timeout", "60", "--port", str(door.port)]
        command.append("127.0.0.1")
        report = json.loads(subprocess.run(command, capture_output=True, check=False, timeout=120).stdout)
    found = {
        entry["algorithm"]: (list(entry["notes"].get("fail", [])), list(entry["notes"].get("warn", [])))
        for kind in ("kex", "key", "enc", "mac")
        for entry in report[kind]
    }
    failed = {name for name, (faults, _) in found.items() if faults}
    warned = {name for name, (_, doubts) in found.items() if [one for one in doubts if "post-quantum" not in one]}
    curves = {"ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"}
    doubted = {"diffie-hellman-group14-sha256", "hmac-sha2-512", "hmac-sha2-256"}
    assert failed == (curves if older == "true" else set())
    assert warned - curves == (doubted if older == "true" else set())
    assert "kex-strict-s-v00@openssh.com" in found
