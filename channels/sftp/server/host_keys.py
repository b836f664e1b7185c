"""The keys by which our server proves who it is. A partner pins them: they are made once and never change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from channels.sftp.public_key import fingerprint, key_line
from channels.sftp.server.settings import HOST_KEY_FOLDER

HostKey = asyncssh.SSHKey

KINDS: dict[str, dict[str, Any]] = {"ssh-ed25519": {}, "ssh-rsa": {"key_size": 3072}}
"""What is made; the second for clients that do not know the first. Named as their files are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A host key as a partner compares or pins it."""

    fingerprint: str
    line: str


def own_keys(data_dir: Path) -> list[HostKey]:
    """Those of a data directory, made now where there are none yet. Raises OSError, and ValueError for a file that
    holds no key."""
    folder = data_dir / HOST_KEY_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [_own_key(folder / f"host_key_{kind}", kind) for kind in KINDS]


def given_keys(texts: Sequence[str]) -> list[HostKey]:
    """Raises ValueError for a text that is no private key."""
    try:
        return [asyncssh.import_private_key(text) for text in texts]
    except asyncssh.KeyImportError as error:
        raise ValueError(f"what host_keys of sftp in hub.yaml refers to is no private key: {error}") from error


def shown(keys: Sequence[HostKey]) -> list[Shown]:
    return [Shown(fingerprint(key.public_data), key_line(key.public_data)) for key in keys]


def _own_key(path: Path, kind: str) -> HostKey:
    if not path.exists():
        _write(path, asyncssh.generate_private_key(kind, **KINDS[kind]).export_private_key())
    try:
        return asyncssh.import_private_key(path.read_bytes())
    except asyncssh.KeyImportError as error:
        raise ValueError(f"{path} holds no private key: {error}. Restore it from a backup") from error


def _write(path: Path, content: bytes) -> None:
    """Readable by its owner alone from its first byte on, whole or not at all; another process may have been first."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
