"""A recorded run with several nodes on one PostgreSQL, each of which may be killed, paused or cut off."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from samples.partner_side import Folder
from samples.receivers import serving
from tests.faults.breaking import Valve
from tests.faults.harness.doors import Door, FolderDoor, HttpDoor
from tests.faults.harness.evidence import gather
from tests.faults.harness.history import History
from tests.faults.harness.invariants import Evidence
from tests.faults.harness.messages import CUSTOMER, SHIPPER, Source
from tests.faults.harness.nodes import ForkServer, Node, forkserver
from tests.faults.harness.receivers import RecordingReceiver
from tests.faults.harness.rig import SETTLE_SECONDS, configured, sending, unfinished
from tests.scenarios.running import SECRET

LEASE_SECONDS = 2.0
PAUSE_SECONDS = 3 * LEASE_SECONDS

SHARED = ("blobs", "folders")
"""Below the data directory of the first node; the others reach the same by links."""


@dataclass
class Member:
    """One node of the cluster, over all its lives, and its way to the database."""

    number: int
    data: Path
    valve: Valve
    node: Node | None = None
    lives: list[Path] = field(default_factory=list)  # logs

    @property
    def url(self) -> str | None:
        return self.node.url or None if self.node is not None and self.node.alive else None


@dataclass
class Cluster:
    """``breaks`` counts what may have cut attempts off: kills, pauses, cuts, and what a test adds."""

    folder: Path
    url: str
    server: ForkServer
    erp: RecordingReceiver
    wms: RecordingReceiver
    history: History
    members: list[Member]
    source: Source = field(default_factory=Source)
    doors: dict[str, Door] = field(default_factory=dict)
    partners: dict[str, Folder] = field(default_factory=dict)
    breaks: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(20261126))

    def any_url(self) -> str | None:
        """As a load balancer without a health check would choose."""
        urls = [member.url for member in self.members if member.url]
        return self.chance.choice(urls) if urls else None

    async def start(self, member: Member, point: tuple[str | int, ...] | None = None, *more: str) -> Node:
        arguments = ["serve", "--data-dir", str(member.data), "--port", "0", "--database", member.valve.url, *more]
        log = self.folder / f"node-{member.number}-{len(member.lives) + 1}.log"
        member.lives.append(log)
        member.node = await self.server.start(arguments, log, point)
        assert await member.node.listening(), log.read_text()[-3000:]
        return member.node

    async def kill(self, member: Member) -> None:
        assert member.node is not None
        member.node.kill()
        await member.node.ended
        member.node = None
        self.breaks += 1

    async def pause(self, member: Member) -> None:
        """For three leases."""
        assert member.node is not None
        member.node.pause()
        await self.oversleeps(member)

    async def oversleeps(self, member: Member) -> None:
        """A node that comes to its point stands still there, and goes on after three leases."""
        node = member.node
        assert node is not None
        await self.until(lambda: node.stands_still)
        await asyncio.sleep(PAUSE_SECONDS)
        member.node.go_on()
        self.breaks += 1

    async def cut_off(self, member: Member, *, anew: bool) -> None:
        """From the database, for three leases."""
        member.valve.shut()
        await asyncio.sleep(PAUSE_SECONDS)
        member.valve.open(anew=anew)
        self.breaks += 1

    def feed(self, orders: int) -> None:
        for name, door in self.doors.items():
            make = {"system": self.source.erp, "shipper": self.source.shipper}.get(name, self.source.customer)
            door.hand_in(make(orders))

    async def until(self, look: Callable[[], bool], seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while not look():
            assert time.monotonic() < deadline, f"not seen within {seconds} seconds"
            for member in self.members:
                assert member.node is None or member.node.alive, member.lives[-1].read_text()[-3000:]
            await asyncio.sleep(0.2)

    async def settle(self, seconds: float = SETTLE_SECONDS) -> Evidence:
        """Has the nodes finish all that was handed in, stops them, and reads what is left."""
        try:
            await self.until(lambda: all(door.idle for door in self.doors.values()), seconds)
            await self.until(lambda: not unfinished(self.url, self.members[0].data), seconds)
        except AssertionError as error:
            busy = [f"{name} ({door.left} left)" for name, door in self.doors.items() if not door.idle]
            rows = unfinished(self.url, self.members[0].data)
            raise AssertionError(f"{error}: doors {busy}, {rows} open rows") from error
        living = [member.node for member in self.members if member.node is not None]
        assert await asyncio.gather(*(node.stop() for node in living)) == [0] * len(living)
        interruptions = self.breaks + self.erp.lost + self.wms.lost
        receivers = [self.erp, self.wms]
        return await gather(self.url, self.members[0].data, self.history, receivers, self.partners, interruptions)

    def said(self, words: str) -> int:
        """How often the nodes have logged this."""
        return sum(log.read_text().count(words) for member in self.members for log in member.lives)


@asynccontextmanager
async def cluster(folder: Path, url: str, count: int = 4) -> AsyncIterator[Cluster]:
    """A configured hub without a node, and senders at its doors that have nothing to send yet."""
    erp, wms = RecordingReceiver("erp", SECRET), RecordingReceiver("wms-east", SECRET)
    history = History(folder / "history.jsonl")
    async with AsyncExitStack() as stack:
        stack.callback(history.close)
        urls = [await stack.enter_async_context(serving(receiver)) for receiver in (erp, wms)]
        server = await stack.enter_async_context(forkserver({}))
        keys, partners = configured(folder, url, urls, f"nodes: {{lease_seconds: {LEASE_SECONDS}}}\n")
        _be_impatient(url)
        datas = [_data(folder, number) for number in range(1, count + 1)]
        valves = [stack.enter_context(closing(Valve(url))) for _ in datas]
        members = [Member(n, data, valve) for n, (data, valve) in enumerate(zip(datas, valves, strict=True), 1)]
        made = Cluster(folder, url, server, erp, wms, history, members, partners=partners)
        x12, json = "application/edi-x12", "application/json"
        made.doors = {
            "api": HttpDoor(history, "api", "/v1/transmissions", x12, keys[CUSTOMER], made.any_url),
            "folder": FolderDoor(history, "folder", partners[CUSTOMER]),
            "shipper": FolderDoor(history, "shipper", partners[SHIPPER]),
            "system": HttpDoor(history, "system", "/v1/documents", json, keys["erp"], made.any_url),
        }
        async with sending(made.doors.values()):
            yield made


def _be_impatient(url: str) -> None:
    """The server frees what a node that stands still has locked, the sooner as leases are short here."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET idle_in_transaction_session_timeout = '3s'").format(name))


def _data(folder: Path, number: int) -> Path:
    """The data directory of a node."""
    first, own = folder / "data", folder / f"data-{number}"
    if number == 1:
        return first
    own.mkdir()
    for name in SHARED:
        (first / name).mkdir(exist_ok=True)
        (own / name).symlink_to(first / name)
    return own
