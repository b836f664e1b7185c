"""What a NATS server may be asked to know people by: key pairs, signed tokens, and certificates of an authority."""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import nkeys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

UNLIMITED = -1


@dataclass(frozen=True)
class Pair:
    """``seed`` is the secret of the two."""

    seed: str
    public: str

    @classmethod
    def make(cls, prefix: int) -> Pair:
        seed = nkeys.encode_seed(os.urandom(32), prefix)
        return cls(seed.decode(), nkeys.from_seed(bytearray(seed)).public_key.decode())


def user() -> Pair:
    return Pair.make(nkeys.PREFIX_BYTE_USER)


def account() -> Pair:
    return Pair.make(nkeys.PREFIX_BYTE_ACCOUNT)


def token(signer: Pair, subject: Pair, kind: str, lives: float | None = None, **claims: Any) -> str:
    """A JWT as NATS has them, which ends after so many seconds."""
    now = int(time.time())
    claim = {"iat": now - 60, "iss": signer.public, "sub": subject.public, "name": kind}
    claim |= {"nats": {"type": kind, "version": 2, **claims}}
    if lives is not None:
        claim["exp"] = int(now + lives)
    parts = [_encoded({"typ": "JWT", "alg": "ed25519-nkey"}), _encoded(claim)]
    signature = nkeys.from_seed(bytearray(signer.seed, "ascii")).sign(".".join(parts).encode())
    return ".".join([*parts, base64.urlsafe_b64encode(signature).decode().rstrip("=")])


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Operated:
    """A server's configuration whose users are known by tokens that an account has signed. ``account`` may do all."""

    account: Pair
    more: str

    @classmethod
    def make(cls) -> Operated:
        operator, system, people = Pair.make(nkeys.PREFIX_BYTE_OPERATOR), account(), account()
        names = ("subs", "data", "payload", "imports", "exports", "conn", "leaf")
        storage = ("mem_storage", "disk_storage", "streams", "consumer")
        limits = dict.fromkeys(names, UNLIMITED) | {"wildcards": True}
        held = {
            system.public: token(operator, system, "account", limits=limits),
            people.public: token(operator, people, "account", limits=limits | dict.fromkeys(storage, UNLIMITED)),
        }
        preload = ", ".join(f"{public}: {jwt}" for public, jwt in held.items())
        lines = (
            f"operator: {token(operator, operator, 'operator', system_account=system.public)}",
            f"system_account: {system.public}",
            f"resolver: MEMORY\nresolver_preload: {{ {preload} }}",
        )
        return cls(people, "\n".join(lines))

    def credentials(self, lives: float | None = None, signer: Pair | None = None) -> str:
        """The file that a user gets."""
        person = user()
        jwt = token(signer or self.account, person, "user", lives, pub={}, sub={}, **dict.fromkeys(_OF_USER, UNLIMITED))
        return (
            f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
            "************************* IMPORTANT *************************\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{person.seed}\n------END USER NKEY SEED------\n"
        )


_OF_USER = ("subs", "data", "payload")


class Authority:
    """Of certificates; ``path`` is its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), _named(name)
        self.folder = folder
        self.path = folder / f"{name}.pem"
        basic = x509.BasicConstraints(ca=True, path_length=None)
        made = _builder(self._name, self._name, self._key).add_extension(basic, critical=True)
        self.path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certify(self, name: str, *hosts: str) -> Path:
        """A certificate for these hosts, and its key in the same file."""
        key = ec.generate_private_key(ec.SECP256R1())
        spoken = [_host(host) for host in hosts]
        made = _builder(_named(name), self._name, key)
        if spoken:
            made = made.add_extension(x509.SubjectAlternativeName(spoken), critical=False)
        path = self.folder / f"{name}.pem"
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        signed = made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        path.write_bytes(signed + key.private_bytes(*form))
        return path


def _host(host: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
