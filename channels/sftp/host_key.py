"""A server's host key as an operator pins it: a line such as ``ssh-ed25519 AAAA...``, or its SHA256 fingerprint."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""In the order in which a server is asked for them. ``ssh-rsa`` is the key's type; its signatures are of SHA-2."""

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


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


def _pinned(value: str) -> str:
    if _FINGERPRINT.fullmatch(value):
        return value.rstrip("=")
    kind, _, rest = value.partition(" ")
    if kind not in KEY_TYPES:
        raise ValueError(f'a host key is written as "SHA256:..." or as a line that begins with {", ".join(KEY_TYPES)}')
    try:
        blob = b64decode(rest.split(" ")[0], validate=True)
        if type_of(blob) != kind:
            raise ValueError("the line and the key in it name different types")
    except binascii.Error as error:
        raise ValueError(f"the key behind {kind} is no base64 text") from error
    return key_line(blob)


HostKey = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(_pinned)]


def pinned_fingerprint(key: HostKey) -> str:
    return key if key.startswith("SHA256:") else fingerprint(b64decode(key.split(" ")[1]))


def pinned_type(key: HostKey) -> str | None:
    """None for a fingerprint, which does not tell."""
    return None if key.startswith("SHA256:") else key.split(" ")[0]
