"""paramiko asks for the blocks of a file in a thread of its own, in which nobody hears what is raised."""

from __future__ import annotations

import paramiko
import pytest
from paramiko.sftp import CMD_READ

from channels.sftp.client.session import Client


class OpenFile(paramiko.SFTPFile):
    """A file of a session that has ended."""

    def __init__(self) -> None:
        pass

    def __del__(self) -> None:
        pass


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    def closed(*_: object) -> int:
        raise OSError("Socket is closed")

    monkeypatch.setattr(paramiko.SFTPClient, "_async_request", closed)
    return Client.__new__(Client)


def test_a_block_that_cannot_be_asked_for_raises_nothing_in_the_thread_that_asks(client: Client) -> None:
    assert client._async_request(OpenFile(), CMD_READ, b"handle") < 0


def test_who_waits_for_an_answer_is_told_that_the_connection_has_ended(client: Client) -> None:
    with pytest.raises(OSError, match="closed"):
        client._async_request(type(None), CMD_READ, b"handle")
