"""paramiko, held to what we ask of SSH: pinned host keys before any credential, strong algorithms, ends to waiting."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import StringIO
from typing import Any

import paramiko
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR, CMD_WRITE, int64

from channels.errors import CertificateError, CredentialError, TransientError
from channels.sftp.client.host_key import HostKey, pinned_fingerprint, pinned_type
from channels.sftp.public_key import KEY_TYPES, fingerprint, key_line

CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = ("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512", "hmac-sha2-256")
KEX = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",
)
"""All that is offered: no CBC, no SHA-1, no MD5 (reliability M8)."""

_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
_KEEPALIVE = 30

Connect = Callable[[str, int, float], socket.socket]
"""Host, port and seconds → a connected socket. Raises OSError, PermissionError where the address is not allowed."""

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # what it logs it raises as well, and we tell it once


class StatusError(OSError):
    """The server refused one request; the session goes on. ``errno`` is ENOENT, EACCES or None."""


class Client(paramiko.SFTPClient):
    """The SFTP session, with what paramiko's lacks. Names are text as ``os.fsdecode`` makes it; paths are sent as
    ``os.fsencode`` has them."""

    def _convert_status(self, message: paramiko.Message) -> None:
        try:
            super()._convert_status(message)  # type: ignore[misc]
        except OSError as error:
            raise StatusError(error.errno, error.strerror or str(error)) from error

    def _async_request(self, file: Any, kind: int, *arguments: Any) -> int:
        """Blocks of a file are asked for by a thread of paramiko's own, in which nobody hears what is raised. The end
        of the connection shows to whoever waits for the blocks."""
        try:
            number: int = super()._async_request(file, kind, *arguments)  # type: ignore[misc]
        except (OSError, EOFError):
            if not isinstance(file, paramiko.SFTPFile):
                raise
            return -1  # no request has this number, so no answer comes
        return number

    def entries(self, path: str) -> Iterator[paramiko.SFTPAttributes]:
        """A folder's entries as the server tells them, of which only some are in memory at a time. A name that is no
        UTF-8, which makes paramiko's own listing fail, spoils no other."""
        kind, message = self._ask(CMD_OPENDIR, os.fsencode(path))
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("a folder was opened without a handle")
        handle = message.get_binary()
        while True:
            try:
                kind, message = self._ask(CMD_READDIR, handle)
            except EOFError:
                break
            if kind != CMD_NAME:
                raise paramiko.SFTPError("a folder was read without names")
            for _ in range(message.get_int()):
                name, _ = os.fsdecode(message.get_binary()), message.get_binary()
                yield paramiko.SFTPAttributes._from_msg(message, name)  # type: ignore[attr-defined]
        self._ask(CMD_CLOSE, handle)

    def write(self, file: paramiko.SFTPFile, body: bytes) -> None:
        """``body`` from the start of an open file on, block after block without waiting for each answer. Raises
        StatusError when a block was refused, of which paramiko's own pipelined writing tells nobody."""
        for start in range(0, len(body), file.MAX_REQUEST_SIZE):
            block = body[start : start + file.MAX_REQUEST_SIZE]
            super()._async_request(file, CMD_WRITE, file.handle, int64(start), block)  # type: ignore[misc]
            while self.sock.recv_ready():
                self._read_response()  # type: ignore[attr-defined]
                file._check_exception()  # type: ignore[attr-defined]
        self._finish_responses(file)  # type: ignore[attr-defined]

    def _ask(self, *request: Any) -> tuple[int, paramiko.Message]:
        answer: tuple[int, paramiko.Message] = self._request(*request)  # type: ignore[attr-defined]
        return answer


@contextmanager
def handshake(
    connect: Connect, host: str, port: int, timeout: float, key_types: Sequence[str] = KEY_TYPES
) -> Iterator[paramiko.Transport]:
    """An encrypted connection over which nothing of ours has been said yet; closed unless the block ends well. Raises
    TransientError, and what ``connect`` raises that is no OSError of the network."""
    try:
        raw = connect(host, port, timeout)
    except PermissionError:
        raise
    except OSError as error:
        raise TransientError(f"{host} port {port} cannot be reached: {error.strerror or error}") from error
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or the end of each block waits for its beginning's ACK
    transport = paramiko.Transport(raw)
    try:
        transport.banner_timeout = transport.auth_timeout = timeout
        options = transport.get_security_options()
        options.ciphers = tuple(name for name in CIPHERS if name in options.ciphers)
        options.digests = tuple(name for name in MACS if name in options.digests)
        options.kex = tuple(name for name in KEX if name in options.kex)
        options.key_types = tuple(name for kind in key_types for name in _SIGNATURES.get(kind, (kind,)))
        try:
            transport.start_client(timeout=timeout)
        except (paramiko.SSHException, EOFError, OSError, ValueError) as error:
            detail = f"{host} port {port} does not speak SSH as it should: {error or type(error).__name__}"
            raise TransientError(detail) from error
        yield transport
    except BaseException:
        transport.close()
        raise


def host_key_lines(connect: Connect, host: str, port: int, timeout: float) -> list[str]:
    """Every key by which a server proves who it is, as lines. It is asked once for each type; no credential is sent.
    Raises TransientError when it shows none."""
    found: list[str] = []
    failure: TransientError | None = None
    for kind in KEY_TYPES:
        try:
            with handshake(connect, host, port, timeout, [kind]) as transport:
                found.append(key_line(transport.get_remote_server_key().asbytes()))
                transport.close()
        except TransientError as error:
            failure = failure or error
            if not isinstance(error.__cause__, paramiko.SSHException):  # it is not the type that it does not have
                break
    if not found and failure is not None:
        raise failure
    return found


def check_host_key(transport: paramiko.Transport, host: str, pinned: Sequence[HostKey]) -> None:
    """Raises CertificateError unless the server has proved to hold a pinned key."""
    shown = transport.get_remote_server_key().asbytes()
    fingerprints = [pinned_fingerprint(key) for key in pinned]
    if fingerprint(shown) not in fingerprints:
        raise CertificateError(
            f"{host} shows another host key ({key_line(shown).split()[0]} {fingerprint(shown)}) than is pinned"
            f" ({', '.join(fingerprints)}). Nothing was sent to it. If the partner confirms the new key, pin it in"
            " host_keys"
        )


def wanted_types(pinned: Sequence[HostKey]) -> Sequence[str]:
    """Which of its keys a server is asked for: those that are pinned, where that is known."""
    types = [pinned_type(key) for key in pinned]
    return KEY_TYPES if None in types else [kind for kind in KEY_TYPES if kind in types]


def sign_in(transport: paramiko.Transport, host: str, user: str, secret: str | paramiko.PKey) -> None:
    """Raises CredentialError when it is refused, TransientError when the connection broke off."""
    try:
        if isinstance(secret, str):
            left = transport.auth_password(user, secret)
        else:
            left = transport.auth_publickey(user, secret)
    except (paramiko.SSHException, EOFError, OSError) as error:
        if transport.is_active() and isinstance(error, paramiko.AuthenticationException):
            raise CredentialError(f"{host} refuses to sign {user} in: {error}") from error
        raise TransientError(f"{host} broke off while {user} signed in: {error or type(error).__name__}") from error
    if left:
        raise CredentialError(f"{host} wants more than one proof of {user}: {', '.join(left)}")


def private_key(text: str, passphrase: str | None) -> paramiko.PKey:
    """Raises CredentialError when the text is no private key that can be used."""
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError, IndexError):
            return kind.from_private_key(StringIO(f"{text}\n"), passphrase)
    raise CredentialError("private_key is none that can be used, or its passphrase does not fit")


def open_session(transport: paramiko.Transport, host: str, timeout: float) -> Client:
    """Raises TransientError, also where the server does not answer within ``timeout`` seconds."""
    watchdog = threading.Timer(timeout, transport.close)  # paramiko waits for the subsystem without an end
    watchdog.daemon = True
    watchdog.start()
    try:
        transport.set_keepalive(_KEEPALIVE)
        channel = transport.open_session(timeout=timeout)
        channel.settimeout(timeout)
        channel.invoke_subsystem("sftp")
        return Client(channel)
    except (paramiko.SSHException, paramiko.SFTPError, EOFError, OSError) as error:
        raise TransientError(f"{host} opens no SFTP session: {error or type(error).__name__}") from error
    finally:
        watchdog.cancel()
