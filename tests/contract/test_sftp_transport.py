from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from channels.accounts import Accounts
from channels.errors import TransientError
from channels.ports import Transport
from channels.sftp.client.transport import ALONE, SftpTransport
from tests.contract.transport_contract import TransportContract, body_of, names, settle
from tests.sshd import Server, running_sshd

pytestmark = pytest.mark.external("sshd")


def connect(host: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((host, port), timeout)


class Noted:
    """A ledger."""

    def __init__(self) -> None:
        self.identities: set[str] = set()
        self.asked = 0

    def known(self, identities: Sequence[str]) -> set[str]:
        self.asked += len(identities)
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


@pytest.fixture
def partner(server: Server, tmp_path: Path) -> Iterator[Callable[..., PartnerServer]]:
    """Makes the partner's server with these settings of its inbound folder."""
    made: list[PartnerServer] = []

    def make(**given: Any) -> PartnerServer:
        made.append(PartnerServer(server, tmp_path, **given))
        return made[-1]

    yield make
    for one in made:
        asyncio.run(one.transport.close())


Make = Callable[..., PartnerServer]


async def test_every_confirmed_file_is_archived_under_a_name_of_its_own(partner: Make, tmp_path: Path) -> None:
    subject = partner(after="archive", archive=str(tmp_path / "archive"))
    for body in (b"first", b"second"):
        subject.put("orders.edi", body)
        for pickup in await settle(subject):
            await pickup.confirm()
    assert sorted(path.read_bytes() for path in subject.archive.iterdir()) == [b"first", b"second"]
    assert list(subject.inbound.iterdir()) == []


async def test_a_file_that_is_to_be_left_is_not_found_again_until_it_is_replaced(partner: Make) -> None:
    subject = partner(after="leave")
    subject.put("a.edi", b"first")
    for pickup in await settle(subject):
        await pickup.confirm()
    assert await settle(subject) == []
    await subject.transport.close()
    subject.transport = subject.polling(settled_seconds=0.0)
    assert await settle(subject) == [], "also by a hub that was started anew"
    subject.put("a.edi", b"newer")
    assert [await body_of(pickup) for pickup in await settle(subject)] == [b"newer"]


async def test_a_renamed_file_is_found_at_once_and_one_with_a_done_file_when_it_has_that(
    partner: Make, tmp_path: Path
) -> None:
    subject = partner(complete="renamed")
    subject.put("a.edi", b"ISA")
    assert names(await subject.transport.poll(10)) == {"a.edi"}
    subject.remove("a.edi")
    subject.inbound.rmdir()
    waiting = partner(complete="done_file", patterns=["*.edi"])
    waiting.put("a.edi", b"ISA")
    waiting.put("b.edi", b"ISA")
    waiting.put("b.edi.done", b"")
    (pickup,) = await waiting.transport.poll(10)
    assert pickup.name == "b.edi"
    await pickup.confirm()
    assert [path.name for path in waiting.inbound.iterdir()] == ["a.edi"]


async def test_a_done_file_that_stays_alone_is_told_of_once_and_a_file_without_bytes_is_found(
    partner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """SF08."""
    subject = partner(complete="done_file", patterns=["*.edi"])
    for name in ("lost.edi.done", "empty.edi", "empty.edi.done", "order.edi.part"):
        subject.put(name, b"")
    for polls in range(1, 2 * ALONE):
        assert names(await subject.transport.poll(10)) == {"empty.edi"}
        told = [record.getMessage() for record in caplog.records if "without its file" in record.getMessage()]
        assert len(told) == (polls >= ALONE)
    assert told[0].endswith("lost.edi.done lies there without its file")


async def test_a_file_replaced_within_the_second_in_which_it_was_written_is_not_lost(
    partner: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SF17: times of SFTP have whole seconds, and both versions the same size."""
    subject = partner(settled=2.0)
    now, path, taken = [0.0], subject.inbound / "a.edi", list[bytes]()
    monkeypatch.setattr("channels.stability.time", SimpleNamespace(monotonic=lambda: now[0]))
    path.write_bytes(b"first")
    os.utime(path, (subject.second, subject.second))
    await subject.transport.poll(10)
    found = await subject.transport.poll(10)
    taken += [await body_of(one) for one in found]
    path.write_bytes(b"newer")
    os.utime(path, (subject.second + 0.9, subject.second + 0.9))
    for pickup in found:
        await pickup.confirm()
    while not taken and now[0] < 6:
        now[0] += 0.5
        taken += [await body_of(one) for one in await subject.transport.poll(10)]
    assert taken == [b"newer"]


HOSTILE = [b";rm -rf x.edi", b"$(id).edi", b"a\nb\x1b[2J.edi", b"caf\xe9.edi", b"-rf *", b"x" * 255, b"..edi"]


async def test_a_hostile_name_is_only_a_label_and_spoils_no_other(partner: Make, tmp_path: Path) -> None:
    """SF15."""
    subject = partner(after="archive", archive=str(tmp_path / "archive"))
    for entry in HOSTILE:
        Path(os.fsdecode(os.path.join(os.fsencode(subject.inbound), entry))).write_bytes(entry)  # noqa: PTH118
    (subject.inbound / "folder.edi").mkdir()
    (subject.inbound / "link.edi").symlink_to("/etc/passwd")
    found = await settle(subject)
    assert {await body_of(pickup) for pickup in found} == set(HOSTILE) - {b"..edi"}
    for pickup in found:
        assert pickup.name.isprintable()
        await pickup.confirm()
    assert len(list(subject.archive.iterdir())) == len(HOSTILE) - 1
    assert {path.name for path in subject.inbound.iterdir()} == {"..edi", "folder.edi", "link.edi"}


async def test_an_oversize_file_is_refused_unread_and_left(partner: Make) -> None:
    subject = partner()
    subject.transport = subject.polling(settled_seconds=0.0, size_limit=10)
    subject.put("large.edi", b"x" * 11)
    (large,) = await settle(subject)
    assert large.refusal == "The file has 11 bytes; at most 10 are accepted."
    await large.confirm()
    assert await settle(subject) == []
    assert (subject.inbound / "large.edi").exists()


async def test_one_folder_that_cannot_be_read_holds_up_no_other_and_does_not_stay_unnoticed(
    server: Server, tmp_path: Path
) -> None:
    subject = PartnerServer(server, tmp_path, complete="renamed")
    inbound = [{"path": str(tmp_path / "missing")}, {"path": str(subject.inbound), "complete": "renamed"}]
    transport = SftpTransport(server.settings(inbound=inbound), connect, Accounts(), subject.ledger)
    subject.put("a.edi", b"ISA")
    (pickup,) = await transport.poll(10)
    await pickup.confirm()
    with pytest.raises(TransientError, match="missing of the server cannot be read"):
        await transport.poll(10)
    await transport.close()


def test_a_large_file_is_never_whole_in_memory(partner: Make) -> None:
    subject = partner(complete="renamed")
    with (subject.inbound / "large.edi").open("wb") as file:
        for _ in range(16):
            file.write(os.urandom(1 << 20))
    (pickup,) = asyncio.run(subject.transport.poll(10))
    tracemalloc.start()
    digest = sha256()
    for block in pickup.blocks():
        assert len(block) <= 32 * 1024
        digest.update(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with (subject.inbound / "large.edi").open("rb") as file:
        assert digest.hexdigest() == hashlib.file_digest(file, "sha256").hexdigest()
    assert peak < 8 << 20
