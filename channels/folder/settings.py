"""Settings of a watched folder: where files come in, where ours go out, how they are named."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from channels.file_names import FileNaming, FilePattern
from channels.polled import PolledFiles
from channels.sending import Sending


def _below_root(value: str) -> str:
    """Folders lie below the operator's folder root; a profile cannot point elsewhere."""
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or "\\" in value or value.startswith("~") or not path.parts:
        raise ValueError('a folder is a relative path below the folder root, without ".." or "\\"')
    return str(path)


FolderPath = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$"), AfterValidator(_below_root)
]


class FolderSettings(PolledFiles, Sending, FileNaming):
    """A folder that both sides can reach. Paths are relative to the operator's folder root."""

    kind: Literal["folder"]
    concurrency: int = Field(
        default=16, ge=1, le=64, description="Files under way into it at one time; each waits for the disk alone"
    )
    inbound: FolderPath | None = Field(default=None, description="Where the partner puts files for us")
    outbound: FolderPath | None = Field(default=None, description="Where we put files for the partner")
    archive: FolderPath | None = Field(
        default=None, description="Where taken files go; without it they are deleted once stored"
    )
    patterns: tuple[FilePattern, ...] = Field(
        default=("*",), min_length=1, description="Names of files to take, with * and ?; letter case is ignored"
    )

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        folders = self.folders()
        if not {"inbound", "outbound"} & folders.keys():
            raise ValueError("a folder channel needs inbound, outbound or both")
        if len(set(folders.values())) < len(folders):
            raise ValueError("inbound, outbound and archive must be different folders")
        return self

    @property
    def polls(self) -> bool:
        return self.inbound is not None

    @property
    def sends(self) -> bool:
        return self.outbound is not None

    def places(self) -> dict[tuple[str | int, ...], tuple[str, ...]]:
        return {(name,): ("folder", path) for name, path in self.folders().items()}

    def folders(self) -> dict[str, str]:
        """The folders in use, by the name of their field."""
        named = {"inbound": self.inbound, "outbound": self.outbound, "archive": self.archive}
        return {name: path for name, path in named.items() if path is not None}
