"""Settings of how the hub calls another side over HTTP, be it a partner's API, an ERP or whoever wants to be notified:
what proves who we are, what proves who they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from channels.channel import SettingsModel
from channels.rest.url import Url
from channels.secret import SecretReference

_OURS = re.compile(
    r"accept|accept-encoding|authorization|connection|content-.*|cookie|expect|host|idempotency-key|if-match|te"
    r"|trailer|transfer-encoding|upgrade|user-agent|x-hub-.*",
    re.IGNORECASE,
)


def _not_ours(value: str) -> str:
    if _OURS.fullmatch(value):
        raise ValueError(f"{value} is a header that the hub sets itself")
    return value


HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"), AfterValidator(_not_ours)
]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")]


class Bearer(SettingsModel):
    """A token that the other side gave us."""

    kind: Literal["bearer"]
    token: SecretReference

    @property
    def account(self) -> str:
        return str(self.token)


class Basic(SettingsModel):
    """A user name and a password."""

    kind: Literal["basic"]
    user: Annotated[Name, StringConstraints(pattern=r"^[^:]+$")]
    password: SecretReference

    @property
    def account(self) -> str:
        return self.user


class ClientCredentials(SettingsModel):
    """A token that the hub fetches, and fetches anew before it expires (RFC 6749, 4.4)."""

    kind: Literal["oauth2"]
    token_url: Url
    client_id: Name
    client_secret: SecretReference
    scope: Name | None = None
    audience: Name | None = None
    client_authentication: Literal["basic", "body"] = Field(
        default="basic", description="Whether the secret goes to the token endpoint as a header or in the form"
    )

    @property
    def account(self) -> str:
        return self.client_id


Authentication = Annotated[Bearer | Basic | ClientCredentials, Field(discriminator="kind")]


class HttpAccess(SettingsModel):
    """What everything that is called over HTTP can be given."""

    authentication: Authentication | None = Field(default=None, description="kind: bearer, basic or oauth2")
    secret: SecretReference | None = Field(
        default=None, description="Key of the HMAC-SHA256 signature; without it unsigned"
    )
    previous_secret: SecretReference | None = Field(
        default=None, description="Signed with as well while the other side changes to a new secret"
    )
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict, max_length=20)
    secret_headers: dict[HeaderName, SecretReference] = Field(
        default_factory=dict, max_length=20, description="Headers whose values are secrets, such as X-Api-Key"
    )
    ca: SecretReference | None = Field(
        default=None, description="Certificates (PEM) of the only authorities that its certificate may be of, instead"
        " of those that the system trusts"
    )  # fmt: skip

    @property
    def account(self) -> str:
        """Who we are there, for people: a refused one is left alone."""
        return self.authentication.account if self.authentication else "us"

    def signing_keys(self) -> Iterator[tuple[str, SecretReference]]:
        """The keys that requests are signed with, by their fields."""
        named = (("secret", self.secret), ("previous_secret", self.previous_secret))
        yield from ((field, reference) for field, reference in named if reference is not None)

    def called(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every URL that the settings name, by its path."""
        if isinstance(self.authentication, ClientCredentials):
            yield ("authentication", "token_url"), self.authentication.token_url
