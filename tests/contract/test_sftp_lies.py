"""SF14, SF15, SF18: a server that lists what is not so, or not to its end, and one that does not take all that it is
sent, played by paramiko's own server."""

from __future__ import annotations

import asyncio
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko
import pytest

from channels.accounts import Accounts
from channels.errors import TransientError
from channels.sftp.client.sender import SftpSender
from channels.sftp.client.settings import SftpSettings
from channels.sftp.client.transport import TOGETHER, SftpTransport
from channels.sftp.public_key import key_line
from tests.contract.sender_contract import departure
from tests.contract.test_sftp_transport import Noted, connect
from tests.contract.transport_contract import body_of, names

CONTENT = b"ISA*00~"


class Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return int(paramiko.AUTH_SUCCESSFUL)

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


class Liar(paramiko.SFTPServerInterface):
    """Every file has the same few bytes, whatever its size is said to be."""

    told: dict[str, int] = {}
    whole = True

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        entries = [_attributes(name, size) for name, size in self.told.items()]
        return entries if self.whole else BrokenList(entries)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        return OpenedFile(self.told.get(path.rpartition("/")[2], 0))


class BrokenList(list[paramiko.SFTPAttributes]):
    """Sent in parts, of which the first is the last."""

    def __getitem__(self, part: Any) -> Any:
        if part.start:
            raise OSError("the folder has gone")
        return super().__getitem__(part)


class OpenedFile(paramiko.SFTPHandle):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def stat(self) -> paramiko.SFTPAttributes | int:
        return _attributes("", self.size)

    def read(self, offset: int, length: int) -> bytes | int:
        return CONTENT[offset : offset + length] or int(paramiko.SFTP_EOF)


def _attributes(name: str, size: int) -> paramiko.SFTPAttributes:
    told = paramiko.SFTPAttributes()
    told.filename, told.st_size, told.st_mode = name, size, stat.S_IFREG | 0o644
    told.st_atime = told.st_mtime = 4_000_000_000  # in the future
    return told


@pytest.fixture
def ledger() -> Noted:
    return Noted()


class Full(paramiko.SFTPServerInterface):
    """It refuses blocks as a full disk does, on which there is room again soon."""

    files: dict[str, bytearray] = {}
    refused = 0

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        return _attributes("", len(self.files[path])) if path in self.files else int(paramiko.SFTP_NO_SUCH_FILE)

    stat = lstat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        return Filled(self.files.setdefault(path, bytearray()))

    def rename(self, oldpath: str, newpath: str) -> int:
        self.files[newpath] = self.files.pop(oldpath)
        return int(paramiko.SFTP_OK)


class Filled(paramiko.SFTPHandle):
    def __init__(self, content: bytearray) -> None:
        super().__init__()
        self.content = content

    def write(self, offset: int, data: bytes) -> int:
        if offset and Full.refused:
            Full.refused -= 1
            return int(paramiko.SFTP_FAILURE)
        self.content.extend(bytes(max(0, offset - len(self.content))))
        self.content[offset : offset + len(data)] = data
        return int(paramiko.SFTP_OK)


@contextmanager
def played(folder: Path, interface: type[paramiko.SFTPServerInterface], **given: object) -> Iterator[SftpSettings]:
    """Settings of a channel on a server that lives for one connection."""
    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    served: list[paramiko.Transport] = []

    def serve() -> None:
        accepted, _ = listener.accept()
        served.append(paramiko.Transport(accepted))
        served[0].add_server_key(key)
        served[0].set_subsystem_handler("sftp", paramiko.SFTPServer, interface)
        served[0].start_server(event=threading.Event(), server=Door())  # else it raises at a quick end

    threading.Thread(target=serve, daemon=True).start()
    (folder / "password").write_text("secret")
    yield SftpSettings.model_validate(
        {
            "kind": "sftp",
            "name": "files",
            "host": "127.0.0.1",
            "port": listener.getsockname()[1],
            "user": "us",
            "password": f"file:{folder}/password",
            "host_keys": [key_line(key.asbytes())],
            **given,
        }
    )
    for one in served:
        one.close()
        one.join(5)
    listener.close()


@pytest.fixture
def transport(tmp_path: Path, ledger: Noted) -> Iterator[SftpTransport]:
    with played(tmp_path, Liar, inbound=[{"path": "in", "complete": "renamed"}]) as settings:
        made = SftpTransport(settings, connect, Accounts(), ledger)
        yield made
        asyncio.run(made.close())


@pytest.mark.parametrize("size", [8, 40_000, 5_000_000])
async def test_a_file_with_less_in_it_than_the_list_says_is_not_taken(transport: SftpTransport, size: int) -> None:
    Liar.told = {"a.edi": size, "b.edi": len(CONTENT)}
    found = {pickup.name: pickup for pickup in await transport.poll(10)}
    with pytest.raises(TransientError, match="has changed"):
        await body_of(found["a.edi"])
    assert await body_of(found["b.edi"]) == CONTENT, "the session goes on"


async def test_names_that_lead_elsewhere_are_no_names(transport: SftpTransport) -> None:
    Liar.told = {"../../etc/x.edi": 7, "/etc/x.edi": 7, "..": 7, "a.edi": 7}
    assert names(await transport.poll(10)) == {"a.edi"}


async def test_of_a_folder_without_an_end_only_so_much_is_looked_at(
    transport: SftpTransport, ledger: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.sftp.client.transport.LISTED", 1000)
    Liar.told = {f"{number}.edi": 7 for number in range(4000)}
    assert len(await transport.poll(3)) == 3
    assert ledger.asked <= 1000 + TOGETHER


async def test_a_list_that_breaks_off_is_a_failed_poll_and_the_next_is_a_normal_one(
    transport: SftpTransport, ledger: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    Liar.told = {f"{number}.edi": 7 for number in range(40)}
    with monkeypatch.context() as broken:
        broken.setattr(Liar, "whole", False)
        with pytest.raises(TransientError, match="folder in of the server cannot be read"):
            await transport.poll(100)
    assert len(await transport.poll(100)) == 40
    assert ledger.identities == set()


@pytest.mark.parametrize("size", [100_000, 5_000_000])
async def test_a_file_of_which_a_block_was_refused_gets_no_name_before_it_is_whole(tmp_path: Path, size: int) -> None:
    """What follows may have been taken again, so that its length tells nothing."""
    Full.files, Full.refused = {}, 1
    body = bytes(range(1, 256)) * (size // 255)
    with played(tmp_path, Full, outbound="out") as settings:
        sender = SftpSender(settings, connect, Accounts())
        with pytest.raises(TransientError, match="cannot be written"):
            await sender.send(departure(body, name="a.edi"))
        assert "out/a.edi" not in Full.files
        await sender.send(departure(body, name="a.edi"))
        await sender.close()
    assert Full.files == {"out/a.edi": body}
