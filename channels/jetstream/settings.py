"""How the hub reaches NATS, what it relays there, and where it takes documents from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from channels.channel import Key, Located, SettingsModel, refuse_inconsistent, repeated
from channels.networks import AllowedNetworks
from channels.secret import SecretReference

PORT = 4222


def _nats_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("nats", "tls") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError("it starts with nats:// or tls:// and names a host, such as tls://nats.example.com:4222")
    if "@" in parts.netloc:
        raise ValueError("it holds no user name or password: secrets are references, in fields of their own")
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    AllowedNetworks.parse(value)
    return value


NatsUrl = Annotated[str, StringConstraints(max_length=300), AfterValidator(_nats_url)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Of a stream or a durable consumer."""
Subject = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
Filter = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^([A-Za-z0-9_-]+|\*)(\.([A-Za-z0-9_-]+|\*))*(\.>)?$")
]


class RelaySettings(SettingsModel):
    """The stream of our events, which nobody else publishes to. It is made where it is not there."""

    stream: Name = "SUPPLIER_HUB"
    subject_prefix: Subject = "supplierhub"


class ConsumerSettings(SettingsModel):
    """A durable consumer of a stream that documents come by; whose they are, ``system`` or ``gateway`` says alone."""

    durable: Name = "supplier-hub"
    stream: Name
    subject: Filter | None = Field(default=None, description="Of the stream's subjects only these; all unless said")
    system: Key | None = None
    gateway: Key | None = None
    answers: Subject | None = Field(default=None, description="Where each message is answered: taken, or why not")
    ack_wait_seconds: float = Field(default=30.0, ge=1, le=3600, description="After so long it is handed out again")

    @model_validator(mode="after")
    def _is_somebodys(self) -> Self:
        if (self.system is None) == (self.gateway is None):
            refuse_inconsistent([((), "it needs either system or gateway: who sends")])
        return self

    @property
    def name(self) -> str:
        return f"{self.stream}/{self.durable}"


class NatsSettings(SettingsModel):
    """One NATS server or cluster of our own house."""

    url: NatsUrl
    allow_networks: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_networks)] = (
        "loopback",
        "private",
    )
    user: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    password: SecretReference | None = None
    token: SecretReference | None = None
    credentials: SecretReference | None = Field(
        default=None, description="A credentials file (.creds) of NATS: a user's JWT and the seed that signs for it"
    )
    nkey: SecretReference | None = Field(
        default=None, description="The seed (SU...) of a user whom the server knows by the public key"
    )
    ca: SecretReference | None = Field(
        default=None, description="Certificates (PEM) of the authorities it is checked by, instead of the system's"
    )
    client_certificate: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        default=None, description="Path of our own certificate and key (PEM), where the server asks for one"
    )
    relay: RelaySettings | None = None
    consumers: tuple[ConsumerSettings, ...] = Field(default=(), max_length=50)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or PORT

    @property
    def encrypted(self) -> bool:
        return self.url.startswith("tls:")

    @property
    def networks(self) -> AllowedNetworks:
        allowed = AllowedNetworks.parse(self.allow_networks, "nats.allow_networks")
        return allowed if self.encrypted else allowed.unencrypted

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_inconsistent(self._problems())
        return self

    def _problems(self) -> Iterator[Located]:
        objection = self.networks.objection(self.host, encrypted=self.encrypted)
        if objection is not None:
            yield ("url",), objection.replace("https://", "tls://").replace("http://", "nats://")
        if (self.user is None) != (self.password is None):
            yield ("user",), "user and password go together"
        ways = {"user": self.user, "token": self.token, "credentials": self.credentials, "nkey": self.nkey}
        given = [way for way, value in ways.items() if value is not None]
        for way in given[1:]:
            yield (way,), f"it is either {given[0]} or {way}: who we are is said once"
        if not self.encrypted and (self.ca is not None or self.client_certificate is not None):
            yield ("url",), "certificates are of use to tls:// only"
        for index, _ in repeated(one.name for one in self.consumers):
            yield ("consumers", index, "durable"), "this consumer of this stream stands above already"
