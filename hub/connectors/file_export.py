"""Files for an ERP or WMS that collects them from a folder."""

from __future__ import annotations

from pathlib import Path

from channels.folder.sender import FolderSender


class FileExport(FolderSender):
    """Writes each departure, canonical JSON with its envelope, as one file into the operator's export folder."""

    def __init__(self, folder: Path, timeout: float = 30.0) -> None:
        super().__init__(folder, ".", timeout)
