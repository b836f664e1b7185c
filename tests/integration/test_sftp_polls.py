"""What goes wrong between the hub and a partner's SFTP server: a real OpenSSH server, a real store, and each poll when
the test says so."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from channels.accounts import Accounts
from channels.errors import PausedError
from channels.ports import Departure
from hub.node.arrivals import process_pending
from hub.node.polls import TOGETHER, Polls
from hub.node.senders import Senders
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.cutting import CuttingProxy
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.memory import peak_of_this_process
from tests.sshd import Server, running_sshd
from tests.waiting import until

pytestmark = [pytest.mark.external("sshd"), pytest.mark.sqlite_suffices]

CHANNEL = "acme/files"
LOOPBACK = "partner_networks: [loopback]\n"
STOPS = CUTS = 100
FILES, BACKLOG = int(os.environ.get("SFTP_FILES", "500")), 230
"""The catalogue asks for 10,000 files: SFTP_FILES=10000."""


def body(size: int = 2000) -> bytes:
    return b"ISA*" + os.urandom(size // 2).hex().encode() + b"~IEA*1~"


class Partner:
    """A supplier ``acme`` whose files lie on its own server."""

    def __init__(self, server: Server, hub: SteppedHub, root: Path) -> None:
        self.server, self.hub, self.root = server, hub, root
        for name in ("in", "out"):
            (root / name).mkdir()
        self.polls = Polls(hub.services)

    def apply(self, change: Callable[[str], str] = lambda text: text, settings: str = LOOPBACK) -> None:
        known = self.server.settings(outbound=f"{self.root}/out")
        channel = (
            f"channels: [{{name: files, kind: sftp, host: {known.host}, port: {known.port}, user: {known.user}, "
            f'private_key: "{known.private_key}", host_keys: ["{known.host_keys[0]}"], outbound: {known.outbound}, '
            f"inbound: [{{path: {self.root}/in, complete: renamed}}]}}]\n"
        )
        text = re.sub(r"channels: \[.*\n", lambda _: change(channel), profile())
        self.hub.apply(text, settings=SETTINGS + settings)

    def put(self, name: str, data: bytes) -> Path:
        path = self.root / "in" / name
        path.write_bytes(data)
        return path

    def taken(self) -> list[str]:
        """The hashes of what has a row."""
        table = transmissions.table
        with self.hub.store.read() as tx:
            return list(tx.execute(table.select().with_only_columns(table.c.sha256).order_by(table.c.seq)).scalars())

    def items(self) -> list[str]:
        return [item.summary for item in self.hub.work_items() if item.kind == "channel"]


@pytest.fixture
def partner(store: Store, tmp_path: Path) -> Iterator[Partner]:
    with running_sshd(tmp_path) as server, stepped_hub(store, tmp_path) as hub:
        known = Partner(server, hub, tmp_path)
        known.apply()
        yield known
        asyncio.run(known.polls.close())


async def test_a_server_with_another_host_key_gets_nothing_until_the_new_key_is_pinned(
    store: Store, tmp_path: Path
) -> None:
    """SF12."""
    with stepped_hub(store, tmp_path) as hub:
        with running_sshd(tmp_path) as server:
            partner = Partner(server, hub, tmp_path)
            partner.apply()
            assert await partner.polls.poll(CHANNEL)
            await partner.polls.close()  # OpenSSH's sessions outlive their server
        with running_sshd(tmp_path, host_key="other", port=server.port) as changed:
            path = partner.put("a.edi", body())
            for _ in range(5):
                assert not await partner.polls.poll(CHANNEL)
            (told,) = partner.items()
            assert "shows another host key" in told
            assert changed.log().count("Connection from") == 1, "it is asked again after an hour"
            assert not re.search("Accepted|Failed|publickey", changed.log())
            assert path.exists()
            new = (tmp_path / "other.pub").read_text().strip()
            partner.apply(lambda text: text.replace(server.host_key, new))
            assert await partner.polls.poll(CHANNEL)
            assert (partner.items(), path.exists(), len(partner.taken())) == ([], False, 1)
        await partner.polls.close()


async def test_a_refused_password_is_not_tried_again_and_again(partner: Partner, tmp_path: Path) -> None:
    """SF13: the account must not be locked by us."""
    now = [0.0]
    partner.hub.services.accounts = Accounts(lambda: now[0])
    (tmp_path / "password").write_text("not-the-password")
    partner.apply(lambda text: re.sub("private_key: [^,]*", f"password: file:{tmp_path}/password", text))

    def tried() -> int:
        return partner.server.log().count("Failed password")

    for attempt, pause in enumerate((60, 300, 900), start=1):
        for _ in range(4):
            assert not await partner.polls.poll(CHANNEL)
        until(lambda attempt=attempt: tried() >= attempt)  # type: ignore[misc]  # it answers before it writes its log
        assert tried() == attempt
        assert bool(partner.items()) == (attempt == 3)
        now[0] += pause
    assert "refuses to sign" in partner.items()[0]
    assert "not-the-password" not in partner.items()[0]
    now[0] -= 1
    senders = Senders(partner.hub.services)
    async with senders.lent(f"channel:{CHANNEL}") as sender:
        with pytest.raises(PausedError):
            await sender.send(Departure("d", b"", "text/plain", "a.edi", "k"))
    await senders.close()
    assert tried() == 3, "whoever of ours signs in there waits"
    partner.apply()
    assert await partner.polls.poll(CHANNEL)
    assert partner.items() == []


async def test_half_written_files_are_left_to_their_writer(partner: Partner) -> None:
    """R12, SF14: a writer that stopped, at whatever byte."""
    whole = body()
    for offset in random.Random(1).sample(range(1, len(whole) - 8), STOPS):
        partner.put(f"{offset}.edi", whole[:offset])
    partner.put("whole.edi", whole)
    for _ in range(3):
        assert await partner.polls.poll(CHANNEL)
    assert partner.taken() == [sha256(whole).hexdigest()]
    assert len(list((partner.root / "in").iterdir())) == STOPS


async def test_a_download_that_breaks_off_brings_nothing_and_removes_nothing(partner: Partner) -> None:
    """R13: cut at any byte of the session, from its first to the last of the file's removal."""
    with CuttingProxy(partner.server.port) as proxy:

        def through(text: str) -> str:
            return text.replace(f"port: {partner.server.port}", f"port: {proxy.port}")

        async def poll(cut: int | None) -> bool:
            partner.hub.services.accounts = Accounts()
            await partner.polls.close()
            proxy.left = cut
            return await partner.polls.poll(CHANNEL)

        partner.apply(through)
        partner.put("first.edi", body(60_000))
        assert await poll(None)
        session, cuts = proxy.passed, random.Random(2)
        sent = dict.fromkeys(partner.taken(), partner.root / "in" / "first.edi")
        for number in range(CUTS):
            data = body(60_000)
            sent[sha256(data).hexdigest()] = partner.put(f"{number}.edi", data)
            await poll(cuts.randrange(1, session))
            rows = partner.taken()
            assert set(rows) <= sent.keys(), "no part of a file is one"
            assert all(path.exists() or taken in rows for taken, path in sent.items()), "what is removed is on disk"
            if number % 5 == 4:  # what was left is found again, as it may be at any time
                assert await poll(None)
        assert await poll(None)
        assert sorted(partner.taken()) == sorted(sent)
        assert not any(path.exists() for path in sent.values())
        assert partner.items() == []


async def test_many_small_files_come_in_as_fast_as_they_are_worked_and_none_is_lost(partner: Partner) -> None:
    """SF07: above the partner's backlog the rest stays where it is, and comes in its turn."""
    partner.apply(settings=f"{LOOPBACK}intake: {{partner_backlog: {BACKLOG}}}\n")
    sent = []
    for number in range(FILES):
        data = body(100)
        path = partner.put(f"{number:05}.edi", data)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
        sent.append(sha256(data).hexdigest())
    place = partner.root / "in"
    with peak_of_this_process() as peak:
        while left := len(list(place.iterdir())):
            if await partner.polls.poll(CHANNEL):
                assert len(list(place.iterdir())) < left, "it goes on"
            else:
                worked = process_pending(partner.hub.services, "test")
                assert BACKLOG <= worked <= BACKLOG + TOGETHER, "no more wait, but for those of one commit"
                assert partner.polls._troubles[("intake", CHANNEL)] is not None
                partner.hub.services.intake._backlogs.clear()  # as a second later
    assert partner.taken() == sent, "each once, the oldest first"
    assert peak.grown < 200_000_000, f"{peak.grown:,}"


async def test_a_server_that_lets_nothing_go_is_told_once_and_its_files_are_not_fetched_again(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SF16, SF17."""
    with running_sshd(tmp_path, "-P rename,posix-rename,remove") as server, stepped_hub(store, tmp_path) as hub:
        partner = Partner(server, hub, tmp_path)
        partner.apply()
        partner.put("a.edi", body())
        partner.put("b.edi", body())
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert await partner.polls.poll(CHANNEL)
        (warning,) = [r.getMessage() for r in caplog.records if "does not let" in r.getMessage()]
        assert "not fetched again" in warning
        await partner.polls.close()
        for data, rows in ((None, 2), (body(3000), 3), (None, 3)):
            if data is not None:
                partner.put("a.edi", data)
            assert await partner.polls.poll(CHANNEL), "also by a hub that was started anew"
            assert len(partner.taken()) == rows
        assert len(list((tmp_path / "in").iterdir())) == 2
        await partner.polls.close()


async def test_a_private_address_is_connected_to_only_where_the_operator_allows_it(partner: Partner) -> None:
    before = partner.server.log().count("Connection from")
    for host in ("127.0.0.1", "localhost"):
        partner.apply(lambda text, host=host: text.replace("127.0.0.1", host), settings="")  # type: ignore[misc]
        assert not await partner.polls.poll(CHANNEL)
        assert "is in an allowed network" in partner.items()[0]
    assert partner.server.log().count("Connection from") == before
    partner.apply()
    assert await partner.polls.poll(CHANNEL)
    assert partner.items() == []


async def test_a_folder_that_vanishes_is_told_and_the_next_poll_is_a_normal_one(partner: Partner) -> None:
    """SF18."""
    assert await partner.polls.poll(CHANNEL)
    path = partner.put("a.edi", body())
    folder = path.parent.rename(partner.root / "elsewhere")
    assert not await partner.polls.poll(CHANNEL)
    assert f"folder {path.parent} of the server cannot be read" in partner.items()[0]
    folder.rename(path.parent)
    assert await partner.polls.poll(CHANNEL)
    assert (partner.items(), len(partner.taken())) == ([], 1)
