"""Settings of our own SFTP server: a partner's mailbox in its profile, the door itself in hub.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, model_validator

from channels.channel import Located, SettingsModel, refuse_inconsistent, repeated
from channels.file_names import FileNaming
from channels.offered import Offered
from channels.secret import SecretReference
from channels.sftp.public_key import PublicKey, blob_of, modulus_bits

HOST_KEY_FOLDER = "ssh"
"""Below the data directory: the server's own host keys."""

RSA_BITS = 2048
"""What a partner's RSA key has at least."""


def _strong(line: str) -> str:
    bits = modulus_bits(blob_of(line))
    if bits is not None and bits < RSA_BITS:
        raise ValueError(f"an RSA key of {bits} bits is too weak: at least {RSA_BITS}, or rather ssh-ed25519")
    return line


def _keyed(value: Any) -> Any:
    """A line alone is a key that stays valid."""
    return {"key": value} if isinstance(value, str) else value


class SignInKey(SettingsModel):
    """A public key by which a partner signs in."""

    key: Annotated[PublicKey, AfterValidator(_strong)]
    valid_until: AwareDatetime | None = Field(default=None, description="From then on it opens nothing any more")

    @property
    def blob(self) -> bytes:
        return blob_of(self.key)

    def valid(self, now: datetime) -> bool:
        return self.valid_until is None or now < self.valid_until


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError(f'"{value}" is no address and no network such as 203.0.113.0/24') from error
    return value


Network = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(_network)]


class Quota(SettingsModel):
    """What may lie in a mailbox's ``/in`` at one time: begun and not finished, or arrived and not yet worked."""

    files: int = Field(default=20_000, ge=1, le=1_000_000)
    bytes: int = Field(default=2_000_000_000, ge=1)
    file_bytes: int = Field(default=100_000_000, ge=1, le=1_000_000_000, description="Of one file")


class MailboxSettings(FileNaming, Offered):
    """A mailbox on our own SFTP server: the partner puts files into /in and fetches ours from /out."""

    kind: Literal["mailbox"]
    user: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")] = Field(
        description="The name to sign in with; no two mailboxes have the same"
    )
    keys: tuple[Annotated[SignInKey, BeforeValidator(_keyed)], ...] = Field(
        default=(),
        max_length=20,
        description="Public keys of the partner; several while it changes them",
    )
    password_hash: SecretReference | None = Field(
        default=None, description="Where the argon2id hash of its password is; without it only keys sign in"
    )
    networks: tuple[Network, ...] = Field(
        default=(), max_length=100, description="Where it signs in from; none: anywhere"
    )
    quota: Quota = Quota()
    after_fetch: Literal["archive", "keep"] = Field(
        default="archive",
        description="What was fetched whole leaves /out when its session ends, or stays until the partner removes it",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_inconsistent(self._problems())
        return self

    def _problems(self) -> Iterable[Located]:
        if not self.keys and self.password_hash is None:
            yield ("keys",), "a mailbox needs keys, a password_hash or both, or nobody could sign in"
        if self.shared:
            yield ("shared",), "a mailbox belongs to one partner: who signs in is who sends"
        for index, _ in repeated(key.key for key in self.keys):
            yield ("keys", index), "this key stands above already"

    @property
    def sends(self) -> bool:
        return True

    def admits(self, address: str) -> bool:
        """Whether it is signed in to from there. IPv4 within IPv6 is IPv4."""
        if not self.networks:
            return True
        found = ip_address(address.partition("%")[0])
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in map(_parsed, self.networks))


def _parsed(network: str) -> IPv4Network | IPv6Network:
    return ip_network(network)


class SftpDoorSettings(SettingsModel):
    """Our own SFTP server, as it is from the node's next start on. Without a port there is none."""

    host: Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[0-9A-Za-z.:-]+$")] = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65_535, description="0 takes a free port; none: no server")
    host_keys: tuple[SecretReference, ...] = Field(
        default=(),
        max_length=5,
        description="Private keys by which the server proves who it is, where several nodes share an address; unless"
        " said, each data directory has its own",
    )
    connections: int = Field(default=200, ge=1, le=10_000, description="At one time, signed in or not")
    connections_per_address: int = Field(default=20, ge=1, le=10_000)
    login_seconds: float = Field(default=30.0, gt=0, le=600, description="For the handshake and the sign-in together")
    idle_seconds: float = Field(default=900.0, gt=0, le=86_400, description="Without a request, until it is cut off")
    attempts: int = Field(default=6, ge=1, le=20, description="Keys and passwords that one connection may try in vain")
    older_clients: bool = Field(
        default=False,
        description="Also takes what clients of before about 2020 need: NIST curves, group 14, MACs that are not over"
        " the ciphertext. Nothing of SHA-1, MD5 or CBC even then",
    )
