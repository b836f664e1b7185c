"""A recorded run with several nodes on one PostgreSQL, each of which may be killed, paused or cut off.

Whoever stands still is woken after three leases, and not before others have all that it held: so each pause ends in
writes that have to be refused. ``witness.py`` tells what came of them.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from aiohttp import web
from psycopg import sql

from hub.node.claims import node_name
from samples.partner_side import Folder
from samples.receivers import serving
from tests.faults.breaking import Valve
from tests.faults.harness.doors import ApiDoor, Door, FolderDoor, HttpDoor
from tests.faults.harness.evidence import gather
from tests.faults.harness.history import History
from tests.faults.harness.invariants import Evidence
from tests.faults.harness.messages import CUSTOMER, SHIPPER, Source
from tests.faults.harness.nodes import ForkServer, Node, forkserver
from tests.faults.harness.receivers import RecordingReceiver
from tests.faults.harness.refusals import refused_in
from tests.faults.harness.rig import SETTLE_SECONDS, configured, sending, unfinished
from tests.faults.harness.witness import Witness, name_of
from tests.partner_api import PartnerApi, running_api
from tests.scenarios.running import SECRET, sample_profiles

LEASE_SECONDS = 2.0
PAUSE_SECONDS = 3 * LEASE_SECONDS
TAKEN_OVER_SECONDS = 60.0

SHARED = ("blobs", "folders")
"""Below the data directory of the first node; the others reach the same by links."""

SHOP = f"{SHIPPER}/shop"
"""The channel that polls the shipper's API."""

SHOP_ONE_IN = 5
"""Orders at another door for each notice there: every item takes requests of its own."""

_CHANNEL = """channels:
  - name: shop
    kind: rest
    codec: x12
    inbound:
      list: {url}/messages?after={{cursor}}
      items: messages
      name: name
      size: bytes
      next: next
      item: {url}/messages/{{id}}
      acknowledge: {{url: "{url}/messages/{{id}}"}}
    poll_seconds: 1
"""
_FIRST_PAGE = ("GET", "/messages?after=")


@dataclass
class Member:
    """One node of the cluster, over all its lives, its way to the database, and what starts it."""

    number: int
    data: Path
    valve: Valve
    server: ForkServer
    node: Node | None = None
    lives: list[Path] = field(default_factory=list)  # logs

    @property
    def name(self) -> str:
        return name_of(self.number)

    @property
    def url(self) -> str | None:
        return self.node.url or None if self.node is not None and self.node.alive else None

    @property
    def stands_still(self) -> bool:
        return self.node is not None and self.node.stands_still


@dataclass
class Sleep:
    """A node stood still; until then so many of its writes had been refused."""

    node: Node
    refused: int
    cut_short: bool = False

    @property
    def refused_since(self) -> int:
        return refused_in(self.node.log) - self.refused


@dataclass
class Cluster:
    """``breaks`` counts what may have cut attempts off: kills, pauses, cuts, and what a test adds."""

    folder: Path
    url: str
    erp: RecordingReceiver
    wms: RecordingReceiver
    api: PartnerApi
    history: History
    members: list[Member]
    witness: Witness
    source: Source = field(default_factory=Source)
    doors: dict[str, Door] = field(default_factory=dict)
    partners: dict[str, Folder] = field(default_factory=dict)
    breaks: int = 0
    kills: int = 0
    cuts: int = 0
    sleeps: list[Sleep] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(20261126))
    _waking: dict[int, asyncio.Task[None]] = field(default_factory=dict)  # by process

    def any_url(self) -> str | None:
        """As a load balancer without a health check would choose."""
        urls = [member.url for member in self.members if member.url]
        return self.chance.choice(urls) if urls else None

    def awake(self) -> list[Member]:
        return [member for member in self.members if member.url and not member.stands_still]

    async def start(self, member: Member, point: tuple[str | int, ...] | None = None) -> Node:
        database = f"{member.valve.url}?application_name={member.name}"
        arguments = ["serve", "--data-dir", str(member.data), "--port", "0", "--database", database]
        log = self.folder / f"{member.name}-{len(member.lives) + 1}.log"
        member.lives.append(log)
        member.node = await member.server.start(arguments, log, point)
        assert await member.node.listening(), log.read_text()[-3000:]
        return member.node

    async def kill(self, member: Member) -> None:
        node = member.node
        assert node is not None
        node.kill()
        await node.ended
        member.node = None
        self.breaks += 1
        self.kills += 1
        for sleep in self.sleeps:
            sleep.cut_short |= sleep.node is node and not sleep.refused_since

    async def cut_off(self, member: Member, *, anew: bool) -> None:
        """From the database, for three leases."""
        member.valve.shut()
        await asyncio.sleep(PAUSE_SECONDS)
        member.valve.open(anew=anew)
        self.breaks += 1
        self.cuts += 1

    def pause_at_poll(self) -> None:
        """Whoever polls the shipper's API next stands still in the middle of it."""

        def answer(request: web.Request) -> None:
            if (request.method, request.path_qs) == _FIRST_PAGE:
                polls = self.witness.pollster(SHOP)
                member = next((one for one in self.members if one.name == polls), None)
                if member is not None and member.node is not None:
                    self.api.answer = lambda request: None
                    member.node.pause()

        self.api.answer = answer

    @property
    def polls(self) -> int:
        """How often the shipper's API was asked what it has."""
        return self.api.requests.count(_FIRST_PAGE)

    def feed(self, orders: int) -> None:
        for name, door in self.doors.items():
            make = {"system": self.source.erp, "shipper": self.source.shipper, "shop": self.source.shipper}
            count = -(-orders // SHOP_ONE_IN) if name == "shop" else orders
            door.hand_in(make.get(name, self.source.customer)(count))

    @property
    def idle(self) -> bool:
        """Whether all that was to be handed in has been taken."""
        return all(door.idle for door in self.doors.values())

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
            await self.until(lambda: self.idle, seconds)
            await self.until(lambda: not unfinished(self.url, self.members[0].data), seconds)
            await self.until(lambda: all(task.done() for task in self._waking.values()))
        except AssertionError as error:
            busy = [f"{name} ({door.left} left)" for name, door in self.doors.items() if not door.idle]
            rows = unfinished(self.url, self.members[0].data)
            raise AssertionError(f"{error}: doors {busy}, {rows} open rows") from error
        living = [member.node for member in self.members if member.node is not None]
        assert await asyncio.gather(*(node.stop() for node in living)) == [0] * len(living)
        interruptions = self.breaks + self.erp.lost + self.wms.lost
        receivers = [self.erp, self.wms]
        return await gather(self.url, self.members[0].data, self.history, receivers, self.partners, interruptions)

    def refused(self) -> int:
        """Writes that were refused, since the claim they belong to was another's by then."""
        return sum(refused_in(log) for member in self.members for log in member.lives)

    async def watch(self) -> None:
        """Wakes who stands still."""
        while True:
            for member in self.members:
                node = member.node
                if node is not None and node.stands_still and not self._wakes(node):
                    self.sleeps.append(Sleep(node, refused_in(node.log)))
                    self._waking[node.pid] = asyncio.create_task(self._wake(member, self.sleeps[-1]))
            await asyncio.sleep(0.05)

    def _wakes(self, node: Node) -> bool:
        return node.pid in self._waking and not self._waking[node.pid].done()

    async def _wake(self, member: Member, sleep: Sleep) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        deadline = time.monotonic() + TAKEN_OVER_SECONDS
        while sleep.node.alive and await asyncio.to_thread(self.witness.holds, member.name):
            assert time.monotonic() < deadline, f"nobody has taken over what {member.name} held"
            if not self.awake():  # nobody is there to take anything over
                sleep.cut_short = True
                break
            await asyncio.sleep(0.1)
        sleep.node.go_on()
        self.breaks += 1


@asynccontextmanager
async def cluster(
    folder: Path, url: str, count: int = 4, environments: Sequence[Mapping[str, str]] = ({},)
) -> AsyncIterator[Cluster]:
    """A configured hub without a node, and senders at its doors that have nothing to send yet. Nodes have the
    ``environments`` in turn."""
    erp, wms = RecordingReceiver("erp", SECRET), RecordingReceiver("wms-east", SECRET)
    history = History(folder / "history.jsonl")
    async with AsyncExitStack() as stack:
        stack.callback(history.close)
        urls = [await stack.enter_async_context(serving(receiver)) for receiver in (erp, wms)]
        api = stack.enter_context(running_api())
        servers = [await stack.enter_async_context(forkserver(one)) for one in environments]
        settings = f"nodes: {{lease_seconds: {LEASE_SECONDS}}}\n"
        keys, partners = configured(folder, url, urls, settings, _profiles(api))
        _be_impatient(url)
        datas = [_data(folder, number) for number in range(1, count + 1)]
        valves = [stack.enter_context(closing(Valve(url))) for _ in datas]
        members = [
            Member(number, data, valve, servers[number % len(servers)])
            for number, (data, valve) in enumerate(zip(datas, valves, strict=True), 1)
        ]
        witness = Witness(url, {member.name: node_name(member.data) for member in members})
        made = Cluster(folder, url, erp, wms, api, history, members, witness, partners=partners)
        x12, json = "application/edi-x12", "application/json"
        made.doors = {
            "api": HttpDoor(history, "api", "/v1/transmissions", x12, keys[CUSTOMER], made.any_url),
            "folder": FolderDoor(history, "folder", partners[CUSTOMER]),
            "shipper": FolderDoor(history, "shipper", partners[SHIPPER]),
            "shop": ApiDoor(history, "shop", api),
            "system": HttpDoor(history, "system", "/v1/documents", json, keys["erp"], made.any_url),
        }
        async with sending(made.doors.values()), _watching(made):
            yield made


@asynccontextmanager
async def _watching(made: Cluster) -> AsyncIterator[None]:
    """Raises what a watch failed with."""
    watching = asyncio.create_task(made.watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await asyncio.gather(*made._waking.values())


def _profiles(api: PartnerApi) -> dict[str, str]:
    """The sample's, with an API of the shipper's that is polled; answers to what lies there go into its folder."""
    profiles = sample_profiles()
    answers = "documents:\n  - {type: functional_acknowledgment, direction: outbound, channel: files}\n"
    profile = profiles[SHIPPER].replace("channels:\n", _CHANNEL.format(url=api.url))
    profiles[SHIPPER] = profile.replace("documents:\n", answers)
    return profiles


def _be_impatient(url: str) -> None:
    """The server frees what a node that stands still has locked, the sooner as leases are short here."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET idle_in_transaction_session_timeout = '5s'").format(name))


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
