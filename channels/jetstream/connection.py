"""A connection to NATS, to addresses that the settings allow alone, and its errors in the words of ours."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any

import nkeys
from nats.aio.client import Client, RawCredentials
from nats.errors import AuthorizationError, Error, MaxPayloadError, NoServersError

from channels.errors import CertificateError, CredentialError, TransientError
from channels.jetstream.settings import NatsSettings
from channels.secret import SecretReference, SecretUnavailable

CONNECT_SECONDS = 5
ANSWER_SECONDS = 5.0
"""How long a request may take; JetStream answers one when it has stored it."""

MESSAGE_ID = "Nats-Msg-Id"
"""The header by which a message is recognised."""


class _Connection(Client):
    """Says who we are over TLS alone where ``tls://`` was asked for: the library leaves it to whoever answers."""

    def _connect_command(self) -> bytes:
        if self.options.get("tls") and not self._server_info.get("tls_required"):
            raise Error("it does not require TLS, which tls:// asks for: nothing was sent to it")
        return super()._connect_command()


async def connect(settings: NatsSettings) -> Client:
    """Connected, or TransientError or CredentialError. It does not reconnect by itself: who uses it asks the server
    how things stand before going on."""
    with translated(settings):
        address = await _address(settings)
        host = f"[{address}]" if ":" in address else address
        scheme = "tls" if settings.encrypted else "nats"
        heard: list[Exception] = []

        async def hear(error: Exception) -> None:
            heard.append(error)

        identity, tls = _identity(settings), _tls(settings) if settings.encrypted else None
        client = _Connection()
        try:
            await client.connect(
                f"{scheme}://{host}:{settings.port}",
                name="supplier-hub",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=CONNECT_SECONDS,
                error_cb=hear,
                tls=tls,
                tls_hostname=settings.host if settings.encrypted else None,
                **identity,
            )
        except NoServersError as error:
            raise (heard[-1] if heard else error) from error
        finally:
            if not client.is_connected:
                await close(client)
        return client


async def close(client: Client | None) -> None:
    """Whatever state it is in."""
    if client is None:
        return
    with suppress(Error, OSError, TimeoutError):
        await asyncio.wait_for(client.close(), ANSWER_SECONDS)
    if client._transport is not None:  # which the library leaves open where it was not let in
        client._transport.close()  # type: ignore[no-untyped-call]


@contextmanager
def translated(settings: NatsSettings) -> Iterator[None]:
    """Errors of the library and of the network, as what can be done about them."""
    where = f"NATS at {settings.host}:{settings.port}"
    try:
        yield
    except AuthorizationError as error:
        raise CredentialError(f"{where} does not let us in") from error
    except SecretUnavailable as error:
        raise CredentialError(str(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(f"{where} cannot prove who it is: {error.verify_message}") from error
    except MaxPayloadError as error:
        raise TransientError(f"{where} takes no message of this size") from error
    except (Error, OSError, TimeoutError, ValueError) as error:
        if any(word in str(error).lower() for word in _REFUSALS):
            raise CredentialError(f"{where} does not let us in: {error}") from error
        raise TransientError(f"{where}: {str(error) or type(error).__name__}") from error


_REFUSALS = ("authorization", "authentication expired", "authentication revoked", "alert", "permissions violation")
"""Words of a server that knows us not, or not any more; a TLS alert says that it does not take our certificate."""


async def _address(settings: NatsSettings) -> str:
    """The first address of the host that may be connected to. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    for *_, destination in found:
        address = str(destination[0]).partition("%")[0]
        if settings.networks.permit(ip_address(address)):
            return address
    raise PermissionError(f"no address of {settings.host} is in an allowed network")


def _identity(settings: NatsSettings) -> dict[str, Any]:
    """What tells the server who we are, as the library takes it. Raises SecretUnavailable and CredentialError."""
    if settings.credentials is not None:
        text = (_secret(settings.credentials) or "").replace("\r\n", "\n") + "\n"
        if not all(f"-----BEGIN {part}-----\n" in text for part in ("NATS USER JWT", "USER NKEY SEED")):
            raise CredentialError(f"{settings.credentials} is no credentials file of NATS: it has no JWT, or no seed")
        _try_seed(settings.credentials, text.partition("-----BEGIN USER NKEY SEED-----\n")[2].partition("\n")[0])
        return {"user_credentials": RawCredentials(text)}
    if settings.nkey is not None:
        seed = (_secret(settings.nkey) or "").strip()
        _try_seed(settings.nkey, seed)
        return {"nkeys_seed_str": seed}
    return {"user": settings.user, "password": _secret(settings.password), "token": _secret(settings.token)}


def _try_seed(reference: SecretReference, seed: str) -> None:
    """The library finds out what is wrong with one in the middle of a connection, and says it in many ways."""
    try:
        prefix, _ = nkeys.decode_seed(bytearray(seed, "utf-8"))
    except Exception as error:
        raise CredentialError(f"{reference} holds no seed of a user (SU...)") from error
    if prefix != nkeys.PREFIX_BYTE_USER:
        raise CredentialError(f"{reference} holds a seed, but none of a user (SU...)")


def _tls(settings: NatsSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=_secret(settings.ca))
    if settings.client_certificate is not None:
        context.load_cert_chain(settings.client_certificate)
    return context


def _secret(reference: SecretReference | None) -> str | None:
    return None if reference is None else reference.read().get_secret_value()
