from __future__ import annotations

from pathlib import Path

import pytest

from hub.connectors.file_export import FileExport
from tests.contract.sender_contract import SenderContract, departure
from tests.contract.test_folder_sender import PickedUpFolder


class TestFileExport(SenderContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> PickedUpFolder:
        return PickedUpFolder(tmp_path, "erp", lambda: FileExport(tmp_path / "erp"))

    async def test_a_repeated_attempt_says_so(self, subject: PickedUpFolder) -> None:
        assert (await subject.sender.send(departure())).status == "written"
        assert (await subject.sender.send(departure())).status == "already there"
