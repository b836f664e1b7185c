"""Settings of a watched folder: where files come in, where ours go out, how they are named."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from channels.channel import ChannelSettings
from channels.sending import Sending

FILE_NAME_FIELDS = ("partner", "channel", "type", "id", "control_number", "date", "time", "extension")
"""What an outbound file name may be made of. ``type`` is the document type, ``id`` the departure's own id, ``date`` and
``time`` are ``YYYYMMDD`` and ``HHMMSS`` in UTC, ``extension`` follows the codec."""

_UNIQUE_FIELDS = {"id", "control_number"}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def _below_root(value: str) -> str:
    """Folders lie below the operator's folder root; a profile cannot point elsewhere."""
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or "\\" in value or value.startswith("~") or not path.parts:
        raise ValueError('a folder is a relative path below the folder root, without ".." or "\\"')
    return str(path)


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


FolderPath = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$"), AfterValidator(_below_root)
]
FileNameTemplate = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_file_name_template)]
FilePattern = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^/\\\x00-\x1f\x7f]+$")]


class FolderSettings(ChannelSettings, Sending):
    """A folder that both sides can reach. Paths are relative to the operator's folder root."""

    kind: Literal["folder"]
    inbound: FolderPath | None = Field(default=None, description="Where the partner puts files for us")
    outbound: FolderPath | None = Field(default=None, description="Where we put files for the partner")
    archive: FolderPath | None = Field(
        default=None, description="Where taken files go; without it they are deleted once stored"
    )
    patterns: tuple[FilePattern, ...] = Field(
        default=("*",), min_length=1, description="Names of files to take, with * and ?; letter case is ignored"
    )
    poll_seconds: int = Field(default=10, ge=1, le=86_400)
    incomplete_wait_seconds: int = Field(
        default=90, ge=0, le=86_400, description="How long an X12 file that ends before its IEA is left to its writer"
    )
    file_name: FileNameTemplate = "{partner}_{type}_{id}.{extension}"

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        folders = self.folders()
        if not {"inbound", "outbound"} & folders.keys():
            raise ValueError("a folder channel needs inbound, outbound or both")
        if len(set(folders.values())) < len(folders):
            raise ValueError("inbound, outbound and archive must be different folders")
        return self

    @property
    def sends(self) -> bool:
        return self.outbound is not None

    def folders(self) -> dict[str, str]:
        """The folders in use, by the name of their field."""
        named = {"inbound": self.inbound, "outbound": self.outbound, "archive": self.archive}
        return {name: path for name, path in named.items() if path is not None}

    def outbound_name(self, fields: dict[str, str]) -> str:
        """The file name for one departure. ``fields`` has a value for each of ``FILE_NAME_FIELDS``; characters that
        do not belong into a file name become a dash, so that no value of a document can leave the folder."""
        return self.file_name.format_map({name: _UNSAFE.sub("-", fields[name]) for name in FILE_NAME_FIELDS})
