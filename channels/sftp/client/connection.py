"""One account's session with a partner's server, kept open between uses."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from secrets import token_bytes

import paramiko

from channels.accounts import Accounts
from channels.errors import (
    CertificateError,
    ChannelError,
    CredentialError,
    PausedError,
    PermanentError,
    TransientError,
)
from channels.patience import Patience
from channels.secret import SecretUnavailable
from channels.sftp.client.session import (
    Client,
    Connect,
    StatusError,
    check_host_key,
    handshake,
    open_session,
    private_key,
    sign_in,
    wanted_types,
)
from channels.sftp.client.settings import SftpSettings

KEY_CHANGED_SECONDS = 3600.0
"""How long a server that showed an unknown host key is left alone. The operator's new pin ends it at once."""


class Connection:
    """Opened when it is first used, and anew after it broke. For one thread at a time, but for ``close``."""

    def __init__(self, settings: SftpSettings, connect: Connect, accounts: Accounts, patient: bool = False) -> None:
        """``patient``: a server that could not be reached is left alone for a while, for callers that come again by
        themselves."""
        self._settings = settings
        self._connect = connect
        self._accounts = accounts
        self._patient = patient
        self._patience = Patience()
        self._transport: paramiko.Transport | None = None
        self._client: Client | None = None
        self.timeout = settings.timeout_seconds

    @contextmanager
    def use(self) -> Iterator[Client]:
        """The session. What the server answers to single requests (StatusError) is the caller's; anything else that
        goes wrong ends the session.

        Raises TransientError when the server cannot be reached or breaks off, CertificateError when it is not the one
        that is pinned, CredentialError when it does not let us in, PausedError when nothing was tried, PermanentError
        when it lies where we must not go."""
        try:
            yield self._session()
        except (ChannelError, StatusError):
            raise
        except (paramiko.SSHException, paramiko.SFTPError, EOFError, OSError, ValueError) as error:
            self.close()
            reason = "it did not answer in time" if isinstance(error, TimeoutError) else error or type(error).__name__
            raise TransientError(f"{self._settings.host} broke off: {reason}") from error

    def close(self) -> None:
        """May be called at any time: what is under way ends with a TransientError."""
        transport, self._transport, self._client = self._transport, None, None
        if transport is not None:
            transport.close()

    def _session(self) -> Client:
        if self._client is not None and self._transport is not None and self._transport.is_active():
            return self._client
        self.close()
        self._patience.look(self._settings.host)
        try:
            self._client = self._opened()
        except (CredentialError, PausedError):
            raise
        except CertificateError as error:
            self._patience.rest(error.detail, KEY_CHANGED_SECONDS)
            raise
        except TransientError as error:
            if self._patient:
                self._patience.failed(error.detail)
            raise
        self._patience.worked()
        return self._client

    def _opened(self) -> Client:
        settings = self._settings
        account = (settings.host, settings.port, settings.user)
        secret, mark = self._secret()
        self._accounts.look(account, mark)
        types = wanted_types(settings.host_keys)
        try:
            with handshake(self._connect, settings.host, settings.port, self.timeout, types) as transport:
                check_host_key(transport, settings.host, settings.host_keys)
                try:
                    sign_in(transport, settings.host, settings.user, secret)
                except ChannelError:  # also where it broke off: some servers do so instead of refusing
                    self._accounts.refused(account, mark)
                    raise
                self._accounts.accepted(account)
                client = open_session(transport, settings.host, self.timeout)
        except PermissionError as error:
            raise PermanentError(f"{settings.host} must not be connected to: {error}") from error
        except TransientError as error:
            if isinstance(error.__cause__, paramiko.ssh_exception.IncompatiblePeer):
                raise CertificateError(f"{error.detail}. Does it still have the host keys that are pinned?") from error
            raise
        self._transport = transport
        return client

    def _secret(self) -> tuple[str | paramiko.PKey, str]:
        """What proves who we are, read anew each time, and a mark that tells one from another without telling it."""
        settings = self._settings
        reference = settings.password or settings.private_key
        if reference is None:
            raise CredentialError(f"there is neither password nor key for {settings.user} at {settings.host}")
        try:
            text = reference.read().get_secret_value()
            passphrase = settings.passphrase.read().get_secret_value() if settings.passphrase else None
        except SecretUnavailable as error:
            raise CredentialError(
                f"the secret of {settings.user} at {settings.host} cannot be read: {error}"
            ) from error
        mark = hmac.new(_SALT, text.encode(), sha256).hexdigest()
        return (text if settings.password else private_key(text, passphrase)), mark


_SALT = token_bytes(16)
