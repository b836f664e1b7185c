"""SSH public keys as people hand them over: one line such as ``ssh-ed25519 AAAA...``, or a SHA256 fingerprint."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""In the order in which a server is asked for them. ``ssh-rsa`` is the key's type; its signatures are of SHA-2."""


def fingerprint(blob: bytes) -> str:
    """Of a public key as the wire has it, in the form of OpenSSH."""
    return "SHA256:" + b64encode(sha256(blob).digest()).decode().rstrip("=")


def key_line(blob: bytes) -> str:
    """The public key as one line, without a comment."""
    return f"{type_of(blob)} {b64encode(blob).decode()}"


def type_of(blob: bytes) -> str:
    """The type that a public key names itself (RFC 4253, 6.6). Raises ValueError."""
    length = int.from_bytes(blob[:4], "big")
    name = blob[4 : 4 + length]
    if len(blob) < 4 or len(name) < length or not name.isascii():
        raise ValueError("no public key")
    return name.decode()


def blob_of(line: str) -> bytes:
    """The key that a line of ours holds."""
    return b64decode(line.split(" ")[1])


def plain_line(value: str) -> str:
    """A line as its owner wrote it, without its comment. Raises ValueError."""
    kind, _, rest = value.partition(" ")
    if kind not in KEY_TYPES:
        raise ValueError(f"a public key is a line that begins with {', '.join(KEY_TYPES)}")
    try:
        blob = b64decode(rest.split(" ")[0], validate=True)
    except binascii.Error as error:
        raise ValueError(f"the key behind {kind} is no base64 text") from error
    if type_of(blob) != kind:
        raise ValueError("the line and the key in it name different types")
    return key_line(blob)


PublicKey = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[\x20-\x7e]+$"),
    AfterValidator(plain_line),
]
"""A line as OpenSSH's ``.pub`` files hold it; its comment is dropped."""


def modulus_bits(blob: bytes) -> int | None:
    """Of an RSA key; None for a key of another type, whose strength its type says. Raises ValueError."""
    if type_of(blob) != "ssh-rsa":
        return None
    _, rest = _string(blob)
    _, rest = _string(rest)
    modulus, _ = _string(rest)
    return int.from_bytes(modulus).bit_length()


def _string(blob: bytes) -> tuple[bytes, bytes]:
    """A string of the wire (RFC 4251, 5), and what follows it. Raises ValueError."""
    length = int.from_bytes(blob[:4])
    if len(blob) < 4 + length:
        raise ValueError("the key is cut off")
    return blob[4 : 4 + length], blob[4 + length :]
