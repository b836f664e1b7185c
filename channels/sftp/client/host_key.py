"""A server's host key as an operator pins it: a line such as ``ssh-ed25519 AAAA...``, or its SHA256 fingerprint."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from channels.sftp.public_key import KEY_TYPES, blob_of, fingerprint, plain_line

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


def _pinned(value: str) -> str:
    if _FINGERPRINT.fullmatch(value):
        return value.rstrip("=")
    if value.partition(" ")[0] not in KEY_TYPES:
        raise ValueError(f'a host key is written as "SHA256:..." or as a line that begins with {", ".join(KEY_TYPES)}')
    return plain_line(value)


HostKey = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(_pinned)]


def pinned_fingerprint(key: HostKey) -> str:
    return key if key.startswith("SHA256:") else fingerprint(blob_of(key))


def pinned_type(key: HostKey) -> str | None:
    """None for a fingerprint, which does not tell."""
    return None if key.startswith("SHA256:") else key.split(" ")[0]
