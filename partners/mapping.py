"""The mappings of a profile: how a partner's own files carry each type of document."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from pydantic import Field

from channels.file_names import FilePattern
from channels.files.mapping import FileMapping


class PartnerMapping(FileMapping):
    """One mapping, and which of the files that come through a channel it is for, where several mappings read there."""

    names: tuple[FilePattern, ...] = Field(
        default=(), description="Names of files that it is for, with * and ?; letter case is ignored. None: any name"
    )

    def is_named(self, name: str) -> bool:
        """Whether it is for files called so."""
        plain = PurePosixPath(name).name.casefold()
        return not self.names or any(fnmatchcase(plain, pattern.casefold()) for pattern in self.names)
