"""Folders opened without following links, and files that appear in them whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from uuid import uuid4

from canonical.finding import clip
from channels.errors import PermanentError, TransientError
from channels.file_names import is_plain_name

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_REGULAR_ONLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A link is refused and a pipe does not block; the caller still has to look whether it is a regular file."""


@contextmanager
def open_folder(root: Path, path: str, create: bool = False) -> Iterator[int]:
    """A descriptor of the folder ``path`` below ``root``, closed at the end.

    ``root`` is the operator's and may be a link. Below it no component may be one: who can write there (a partner) must
    not lead us elsewhere. ``create`` makes what is missing below the root. Raises OSError.
    """
    descriptor = os.open(root, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for part in PurePosixPath(path).parts:
            if part in ("/", ".."):
                raise OSError(errno.EINVAL, "the folder is not below the root", path)
            if create:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
                    os.fsync(descriptor)
            inner = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def open_file(folder: int, name: str) -> int:
    """A descriptor for reading the regular file ``name`` of an open folder. Raises OSError, for a link ELOOP."""
    descriptor = os.open(name, _REGULAR_ONLY, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", name)
    return descriptor


def deliver_file(root: Path, path: str, name: str, body: bytes) -> bool:
    """Put ``body`` as the file ``name`` into the folder ``path`` below ``root``, durably and once.

    A reader sees the whole file or none, and no file is ever replaced. Returns False when the same bytes already lie
    there: an earlier attempt got that far. Missing folders are not made: an unmounted share would look like one. Raises
    PermanentError when the name is no plain file name, TransientError when the folder cannot be written (missing, full,
    read-only) or has other bytes under that name, which its reader may take away.
    """
    if not is_plain_name(name):
        raise PermanentError(f"not a plain file name: {clip(name)}")
    try:
        with open_folder(root, path) as folder:
            written = write_new(folder, name, body)
            if not written and not _holds(folder, name, body):
                raise TransientError(f"{name} already exists in folder {root / path} with other content")
            os.fsync(folder)
            return written
    except OSError as error:
        failure = PermanentError if error.errno == errno.ENAMETOOLONG else TransientError
        raise failure(f"{name} cannot be written to folder {root / path}: {error.strerror or error}") from error


def write_new(folder: int, name: str, body: bytes) -> bool:
    """Write a file whose bytes are on disk before its name appears; the caller makes the name durable (fsync of the
    folder). Returns False when the name is taken. Raises OSError."""
    descriptor, temporary = _unnamed(folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
            # A link, unlike a rename, fails where the name is taken.
            if temporary is None:
                os.link(f"/proc/self/fd/{file.fileno()}", name, dst_dir_fd=folder, follow_symlinks=True)
            else:
                os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        return False
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
    return True


def _unnamed(folder: int) -> tuple[int, str | None]:
    """A new file to write: without any name, which a killed process leaves nothing of (Linux O_TMPFILE), or on file
    systems that have no such files under a hidden temporary name, which is given back."""
    try:
        return os.open(".", os.O_WRONLY | os.O_CLOEXEC | os.O_TMPFILE, 0o666, dir_fd=folder), None
    except (AttributeError, OSError):
        temporary = f".{uuid4().hex}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        return os.open(temporary, flags, 0o666, dir_fd=folder), temporary


def _holds(folder: int, name: str, body: bytes) -> bool:
    """Whether the file has exactly these bytes; they are made durable, as their writer may have died before that."""
    try:
        descriptor = open_file(folder, name)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EINVAL):
            return False
        raise
    with os.fdopen(descriptor, "rb") as file:
        same = os.fstat(descriptor).st_size == len(body) and file.read(len(body) + 1) == body
        if same:
            os.fsync(descriptor)
        return same
