"""What proves on a request who we are: its headers, made from secrets that are read when they are needed."""

from __future__ import annotations

import hmac
import ssl
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from secrets import token_bytes

from channels.errors import CredentialError
from channels.rest.access import Basic, Bearer, HttpAccess
from channels.rest.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign, usable_key
from channels.secret import SecretReference, SecretUnavailable

_SALT = token_bytes(16)


def weakness(reference: SecretReference) -> str | None:
    """Why the key that a reference names must not be used to sign; None when it may, or cannot be read here: it may be
    set later, or for the hub alone. Blocking."""
    try:
        return usable_key(reference.read().get_secret_value())
    except SecretUnavailable:
        return None


class Credentials:
    """The secrets of one access, as they were when this was made."""

    def __init__(self, access: HttpAccess, clock: Callable[[], datetime]) -> None:
        """Reads every secret. Blocking. Raises CredentialError when one cannot be read or cannot be one."""
        self._clock = clock
        self._hidden: set[str] = set()
        self._keys = [self._signing_key(one) for one in (access.secret, access.previous_secret) if one is not None]
        self.headers = {**access.headers}
        for name, reference in access.secret_headers.items():
            self.headers[name] = self._header(f"secret_headers.{name}", reference)
        match access.authentication:
            case Bearer(token=token):
                self.headers["Authorization"] = f"Bearer {self._header('token', token)}"
            case Basic(user=user, password=password):
                self.headers["Authorization"] = self.basic(user, self._header("password", password))
            case _:
                pass
        self.client_secret = (
            self._read("client_secret", access.authentication.client_secret)
            if access.authentication is not None and access.authentication.kind == "oauth2"
            else ""
        )
        self.trusted = self._trusted(access.ca) if access.ca else None
        self.mark = hmac.new(_SALT, "\n".join(sorted(self._hidden)).encode(), sha256).hexdigest()
        """Tells these secrets from others without telling them."""

    def of_body(self, body: bytes) -> dict[str, str]:
        """All headers for a request with this body."""
        if not self._keys:
            return dict(self.headers)
        timestamp = int(self._clock().timestamp())
        signature = " ".join(sign(key, timestamp, body) for key in self._keys)
        return self.headers | {TIMESTAMP_HEADER: str(timestamp), SIGNATURE_HEADER: signature}

    def basic(self, user: str, password: str) -> str:
        encoded = b64encode(f"{user}:{password}".encode()).decode()
        self._hidden.add(encoded)
        return f"Basic {encoded}"

    def hide(self, secret: str) -> None:
        """One more that nothing may show."""
        self._hidden.add(secret)

    def without(self, text: str) -> str:
        """Text of the other side without our secrets, in case it repeats them."""
        for secret in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(secret, "[secret]")
        return text

    def _read(self, field: str, reference: SecretReference) -> str:
        try:
            text = reference.read().get_secret_value()
        except SecretUnavailable as error:
            raise CredentialError(f"{field} cannot be read: {error}") from error
        self._hidden.add(text)
        return text

    def _signing_key(self, reference: SecretReference) -> str:
        key = self._read("secret", reference)
        if (why := usable_key(key)) is not None:
            raise CredentialError(f"the secret {reference} must not be used to sign: {why}")
        return key

    def _header(self, field: str, reference: SecretReference) -> str:
        text = self._read(field, reference)
        if not text.isascii() or not text.isprintable():
            raise CredentialError(f"{field} ({reference}) is not printable ASCII text")
        return text

    def _trusted(self, reference: SecretReference) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cadata=reference.read().get_secret_value())
        except SecretUnavailable as error:
            raise CredentialError(f"ca cannot be read: {error}") from error
        except (ssl.SSLError, ValueError) as error:
            raise CredentialError(f"ca ({reference}) holds no certificates in PEM form") from error
