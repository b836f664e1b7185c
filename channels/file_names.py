"""Names of files: those we give, and those that partners gave, made harmless."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from string import Formatter
from typing import Annotated
from uuid import uuid4

from pydantic import AfterValidator, StringConstraints

from canonical.finding import clip
from channels.channel import ChannelSettings

FILE_NAME_FIELDS = ("partner", "channel", "type", "id", "control_number", "date", "time", "extension")
"""What an outbound file name may be made of. ``type`` is the document type, ``id`` the departure's own id, ``date`` and
``time`` are ``YYYYMMDD`` and ``HHMMSS`` in UTC, ``extension`` follows the codec."""

NAME_LIMIT = 240
"""Bytes of a name given by us: what the usual file systems take (NAME_MAX, 255), less room for a suffix."""

_UNIQUE_FIELDS = {"id", "control_number"}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def _file_name_template(value: str) -> str:
    try:
        parts = list(Formatter().parse(value))
    except ValueError as error:
        raise ValueError(f"not a file name template: {error}") from error
    names = [name for _, name, _, _ in parts if name is not None]
    if unknown := [name for name in names if name not in FILE_NAME_FIELDS]:
        raise ValueError(f"unknown field {{{unknown[0]}}}; the fields are {', '.join(FILE_NAME_FIELDS)}")
    if any(spec or conversion for _, name, spec, conversion in parts if name is not None):
        raise ValueError("fields of a file name take no format or conversion")
    if any(_UNSAFE.search(text) or (text.startswith(".") and index == 0) for index, (text, *_) in enumerate(parts)):
        raise ValueError("a file name holds letters, digits, dot, dash and underscore only and starts with no dot")
    if _UNIQUE_FIELDS.isdisjoint(names):
        raise ValueError("a file name needs {id} or {control_number}, or later files would replace earlier ones")
    return value


FileNameTemplate = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_file_name_template)]
FilePattern = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^/\\\x00-\x1f\x7f]+$")]


class FileNaming(ChannelSettings):
    """Settings of a channel that puts each departure as a file."""

    file_name: FileNameTemplate = "{partner}_{type}_{id}.{extension}"

    def outbound_name(self, fields: dict[str, str]) -> str:
        """The file name for one departure. ``fields`` has a value for each of ``FILE_NAME_FIELDS``; characters that
        do not belong into a file name become a dash, so that no value of a document can leave the folder."""
        return self.file_name.format_map({name: _UNSAFE.sub("-", fields[name]) for name in FILE_NAME_FIELDS})


def is_plain_name(name: str) -> bool:
    """Whether a name stays in its folder, and is neither hidden nor unprintable."""
    return name.isprintable() and not name.startswith(".") and not set(name) & {"/", "\\"} and name != ""


def printable(name: str) -> str:
    """A name that any store and page can hold: control characters and undecodable bytes escaped."""
    return clip(os.fsencode(name).decode("utf-8", "backslashreplace"), 500)


def unused_name(name: str) -> str:
    """The name with an instant and a random part before its suffix, cut to what a file system takes."""
    path = PurePosixPath(name)
    ending = f".{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:12]}".encode() + os.fsencode(path.suffix)[:20]
    return os.fsdecode(os.fsencode(path.stem)[: NAME_LIMIT - len(ending)] + ending)
