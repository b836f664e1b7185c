from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko
import pytest

from channels.accounts import Accounts
from channels.errors import PermanentError, TransientError
from channels.ports import Departure
from channels.sftp.client.sender import SftpSender, _opened
from channels.sftp.client.session import Client
from tests.contract.sender_contract import BODY, SenderContract, departure
from tests.contract.test_sftp_transport import connect
from tests.sshd import Server, running_sshd

pytestmark = pytest.mark.external("sshd")


class Collected:
    """A sender into ``out`` below a root, served by sshd, and whoever collects from it."""

    def __init__(self, server: Server, root: Path) -> None:
        self.folder = root / "out"
        self.folder.mkdir()
        self.secrets = ((server.folder / "client").read_text(),)
        self.sender = SftpSender(server.settings(outbound=str(self.folder)), connect, Accounts())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sender.close()

    def arrived(self) -> list[tuple[str, bytes]]:
        return [(path.name, path.read_bytes()) for path in self.folder.iterdir()]

    async def vanish(self) -> None:
        self.folder.rename(self.folder.with_name("gone"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


class TestSftpSender(SenderContract):
    @pytest.fixture
    def subject(self, server: Server, tmp_path: Path) -> Collected:
        return Collected(server, tmp_path)

    async def test_nothing_is_ever_replaced(self, subject: Collected) -> None:
        async with subject:
            (subject.folder / "a.edi").write_bytes(b"not yet collected")
            with pytest.raises(TransientError, match="already exists"):
                await subject.sender.send(departure(name="a.edi"))
        assert subject.arrived() == [("a.edi", b"not yet collected")]

    async def test_what_an_attempt_that_broke_off_left_is_overwritten_and_gone(self, subject: Collected) -> None:
        async with subject:
            (subject.folder / f".{departure().id}.part").write_bytes(BODY * 2)
            await subject.sender.send(departure(name="a.edi"))
        assert subject.arrived() == [("a.edi", BODY)]

    async def test_what_an_attempt_left_that_another_overtook_is_gone(self, subject: Collected) -> None:
        async with subject:
            (subject.folder / "a.edi").write_bytes(BODY)
            (subject.folder / f".{departure().id}.part").write_bytes(BODY)
            await subject.sender.send(departure(name="a.edi"))
        assert subject.arrived() == [("a.edi", BODY)]

    @pytest.mark.parametrize("name", ["../a.edi", "a/b.edi", ".hidden", "a\nb", ""])
    async def test_a_name_that_would_leave_the_folder_is_refused(self, subject: Collected, name: str) -> None:
        async with subject:
            with pytest.raises(PermanentError):
                await subject.sender.send(departure(name=name))
        assert subject.arrived() == []

    async def test_several_at_one_time_share_one_session(self, subject: Collected, server: Server) -> None:
        before = server.log().count("Accepted publickey")
        async with subject:
            sent = [Departure(f"d{n}", BODY, "text/plain", f"{n}.edi", f"k{n}") for n in range(8)]
            await asyncio.gather(*map(subject.sender.send, sent))
        assert sorted(subject.arrived()) == [(f"{n}.edi", BODY) for n in range(8)]
        assert server.log().count("Accepted publickey") == before + 1


async def test_a_file_that_an_attempt_names_late_is_whole_though_another_is_at_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node of the first stood still before the rename, until another node had opened the file to write it."""
    collected = Collected(server, tmp_path)
    late = SftpSender(server.settings(outbound=str(collected.folder)), connect, Accounts())
    stands, goes_on, named = threading.Event(), threading.Event(), threading.Event()
    seen: list[bytes] = []

    def rename(client: Client, old: str, new: str) -> None:
        first = not stands.is_set()
        stands.set()
        assert not first or goes_on.wait(60)
        paramiko.SFTPClient.rename(client, old, new)
        seen.append((collected.folder / "a.edi").read_bytes())
        named.set()

    def opened(client: Client, path: str, size: int) -> paramiko.SFTPFile:
        file = _opened(client, path, size)
        if stands.is_set():
            goes_on.set()
            assert named.wait(60)
        return file

    monkeypatch.setattr(Client, "rename", rename)
    monkeypatch.setattr("channels.sftp.client.sender._opened", opened)
    async with collected:
        first = asyncio.create_task(late.send(departure(name="a.edi")))
        assert await asyncio.to_thread(stands.wait, 60)
        with pytest.raises(TransientError):
            await collected.sender.send(departure(name="a.edi"))
        assert (await first).status == "written"
        assert (await collected.sender.send(departure(name="a.edi"))).status == "already there"
    await late.close()
    assert seen == [BODY]
    assert collected.arrived() == [("a.edi", BODY)]


async def test_a_server_that_has_no_plain_rename_is_sent_to_by_posix_rename(tmp_path: Path) -> None:
    with running_sshd(tmp_path, "-P rename") as server:
        collected = Collected(server, tmp_path)
        async with collected:
            await collected.sender.send(departure(name="a.edi"))
            (collected.folder / "b.edi").write_bytes(b"not yet collected")
            with pytest.raises(TransientError, match="already exists"):
                await collected.sender.send(departure(name="b.edi"))
        assert sorted(collected.arrived()) == [("a.edi", BODY), ("b.edi", b"not yet collected")]
