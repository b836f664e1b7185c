from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from channels.ports import Transport
from channels.sftp.accounts import Accounts
from channels.sftp.transport import SftpTransport
from tests.contract.transport_contract import TransportContract
from tests.sshd import Server, running_sshd

pytestmark = pytest.mark.external("sshd")


def connect(host: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((host, port), timeout)


class Noted:
    """A ledger."""

    def __init__(self) -> None:
        self.identities: set[str] = set()

    def known(self, identities: Sequence[str]) -> set[str]:
        return self.identities & set(identities)

    def note(self, identity: str) -> None:
        self.identities.add(identity)


class PartnerServer:
    """``in`` below a root, served by sshd, and the transport that polls it. Each file is written at a second of its
    own, long past, as in a folder that nobody has touched for a while."""

    transport: Transport

    def __init__(self, server: Server, root: Path, settled: float = 0.0, **inbound: Any) -> None:
        self.server, self.inbound, self.archive = server, root / "in", root / "archive"
        self.inbound.mkdir()
        self.ledger = Noted()
        self.second = 1_700_000_000
        self.settings = server.settings(inbound=[{"path": str(self.inbound), **inbound}])
        self.transport = self.polling(settled_seconds=settled)

    def polling(self, **given: Any) -> SftpTransport:
        return SftpTransport(self.settings, connect, Accounts(), self.ledger, **given)

    def put(self, name: str, body: bytes) -> None:
        (self.inbound / name).write_bytes(body)
        self._age(name)

    def append(self, name: str, body: bytes) -> None:
        with (self.inbound / name).open("ab") as file:
            file.write(body)
        self._age(name)

    def _age(self, name: str) -> None:
        self.second += 1
        os.utime(self.inbound / name, (self.second, self.second))

    def remove(self, name: str) -> None:
        (self.inbound / name).unlink()

    def vanish(self) -> None:
        self.inbound.rename(self.inbound.with_name("gone"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


class TestDeletingServer(TransportContract):
    @pytest.fixture
    def subject(self, server: Server, tmp_path: Path) -> Iterator[PartnerServer]:
        partner = PartnerServer(server, tmp_path)
        yield partner
        asyncio.run(partner.transport.close())
