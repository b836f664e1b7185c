from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from channels.folder.sender import FolderSender
from channels.ports import Sender
from tests.contract.sender_contract import SenderContract


class PickedUpFolder:
    """A sender into a folder below ``tmp_path``, and whoever collects from it."""

    secrets: tuple[str, ...] = ()

    def __init__(self, root: Path, path: str, make: Callable[[], Sender]) -> None:
        self.folder = root / path
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sender = make()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sender.close()

    def arrived(self) -> list[tuple[str, bytes]]:
        return [(path.name, path.read_bytes()) for path in self.folder.iterdir()]

    async def vanish(self) -> None:
        self.folder.rename(self.folder.with_name("unmounted"))


class TestFolderSender(SenderContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> PickedUpFolder:
        return PickedUpFolder(tmp_path, "acme/out", lambda: FolderSender(tmp_path, "acme/out"))
