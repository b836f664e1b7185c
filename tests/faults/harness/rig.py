"""A recorded run: receivers, partners' folders, senders by every door, and one node at a time that may be killed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from hub.services import HubServices
from hub.store.people import access
from hub.store.store import Store
from samples.partner_side import Folder
from samples.receivers import serving
from tests.faults.harness.doors import ControlDoor, Door, FolderDoor, HttpDoor, MailboxDoor
from tests.faults.harness.evidence import gather
from tests.faults.harness.form import by_form
from tests.faults.harness.history import History
from tests.faults.harness.invariants import Evidence
from tests.faults.harness.messages import CUSTOMER, SHIPPER, SUPPLIER, Source
from tests.faults.harness.nodes import ForkServer, Node, forkserver
from tests.faults.harness.receivers import RecordingReceiver
from tests.mailboxes import make_key
from tests.ports import free_port
from tests.scenarios.running import SECRET, configure, hub_yaml, sample_profiles

PROFILE = (
    "channels:\n",
    "channels:\n  - {name: api, kind: api, codec: x12}\n"
    '  - {name: mailbox, kind: mailbox, user: customer, keys: ["PUBLIC KEY"]}\n',
    "documents:\n",
    "documents:\n  - {type: functional_acknowledgment, direction: outbound, channel: files}\n",
)
"""What the customer's profile gets besides: a door over HTTP and one over SFTP, and all its answers in the folder."""


SETTLE_SECONDS = by_form(120.0, 1200.0)
"""How long a node may take for what many killed ones have left it."""


@dataclass
class Rig:
    """``point`` of ``start`` is where the node kills itself. ``kills`` counts the nodes that were killed, at a point or
    by ``kill``, ``breaks`` what else a test knows to have cut attempts off."""

    folder: Path
    url: str
    server: ForkServer
    erp: RecordingReceiver
    wms: RecordingReceiver
    history: History
    source: Source = field(default_factory=Source)
    doors: dict[str, Door] = field(default_factory=dict)
    partners: dict[str, Folder] = field(default_factory=dict)
    node: Node | None = None
    sftp_port: int = field(default_factory=free_port)
    kills: int = 0
    lives: list[tuple[float, float]] = field(default_factory=list)  # from when it listened to when it ended
    breaks: int = 0  # of what the node rests on

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def engine(self) -> str:
        return "PostgreSQL" if self.url else "SQLite"

    def node_url(self) -> str | None:
        return self.node.url or None if self.node is not None and self.node.alive else None

    async def start(self, point: tuple[str, int] | None = None) -> Node:
        """A node that listens, or has died on its way there at its point; then none is running any more."""
        arguments = ["serve", "--data-dir", str(self.data), "--port", "0"]
        arguments += ["--database", self.url] if self.url else []
        number = len(self.lives) + 1
        node = await self.server.start(arguments, self.folder / f"node-{number}.log", point)
        self.node = node
        if not await node.listening():
            await self.died()
        return node

    async def kill(self) -> None:
        assert self.node is not None
        assert self.node.alive, self.node.log.read_text()[-3000:]
        self.node.kill()
        await self.died()

    async def died(self, seconds: float = 60.0) -> None:
        """Waits until the node is dead, by SIGKILL."""
        assert self.node is not None
        status = await asyncio.wait_for(asyncio.shield(self.node.ended), seconds)
        assert status == -9, (status, self.node.log.read_text()[-3000:])
        self.kills += 1
        self.lives.append((self.node.started or time.time(), time.time()))
        self.node = None

    def feed(self, orders: int) -> None:
        """Work for every door: so many orders each, and the changes that follow some of them."""
        for name, door in self.doors.items():
            others = {"system": self.source.erp, "shipper": self.source.shipper, "stream": self.source.shipper}
            make = others.get(name, self.source.customer)
            door.hand_in(make(orders))

    async def until(self, look: Callable[[], bool], seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while not look():
            assert time.monotonic() < deadline, f"not seen within {seconds} seconds"
            assert self.node is None or self.node.alive, self.node.log.read_text()[-3000:]
            await asyncio.sleep(0.05)

    async def settle(self, seconds: float = SETTLE_SECONDS) -> Evidence:
        """Has the node, or a new one, finish all that was handed in, stops it, and reads what is left."""
        if self.node is None:
            await self.start()
        try:
            await self.until(lambda: all(door.idle for door in self.doors.values()), seconds)
            await self.until(lambda: not self._open(), seconds)
        except AssertionError as error:
            busy = [f"{name} ({door.left} left)" for name, door in self.doors.items() if not door.idle]
            raise AssertionError(f"{error}: doors {busy}, {self._open()} open rows") from error
        assert self.node is not None
        assert await self.node.stop() == 0
        interruptions, kills = self.breaks + self.erp.lost + self.wms.lost, [ended for _, ended in self.lives]
        receivers = [self.erp, self.wms]
        return await gather(self.url, self.data, self.history, receivers, self.partners, interruptions, kills)

    def _open(self) -> int:
        return unfinished(self.url, self.data)


def unfinished(url: str, data: Path) -> int:
    """Arrivals and deliveries that are not done."""
    store = Store(url, data, writable=False)
    try:
        with store.read() as tx:
            return sum(tx.execute(text(statement)).scalar_one() for statement in _OPEN)
    finally:
        store.close()


_OPEN = (
    "SELECT count(*) FROM transmissions WHERE status IN ('received', 'processing', 'due')",
    "SELECT count(*) FROM deliveries WHERE status IN ('pending', 'composed', 'awaiting')",
)


@asynccontextmanager
async def rig(
    folder: Path, url: str, *, environment: Mapping[str, str] | None = None, settings: str = ""
) -> AsyncIterator[Rig]:
    """A configured hub without a node, and senders at its doors that have nothing to send yet. ``environment`` is what
    its nodes have besides, ``settings`` what hub.yaml ends with."""
    erp, wms = RecordingReceiver("erp", SECRET), RecordingReceiver("wms-east", SECRET)
    history = History(folder / "history.jsonl")
    async with AsyncExitStack() as stack:
        stack.callback(history.close)
        urls = [await stack.enter_async_context(serving(receiver)) for receiver in (erp, wms)]
        server = await stack.enter_async_context(forkserver(environment or {}))
        made = Rig(folder, url, server, erp, wms, history)
        keys = _set_up(made, urls, settings)
        made.doors = {
            "api": HttpDoor(history, "api", "/v1/transmissions", "application/edi-x12", keys[CUSTOMER], made.node_url),
            "mailbox": MailboxDoor(history, made.sftp_port, "customer", folder / "key", made.node_url),
            "folder": FolderDoor(history, "folder", made.partners[CUSTOMER]),
            "shipper": FolderDoor(history, "shipper", made.partners[SHIPPER]),
            "control": ControlDoor(history, made.data),
            "system": HttpDoor(history, "system", "/v1/documents", "application/json", keys["erp"], made.node_url),
        }
        async with sending(made.doors.values()):
            yield made


@asynccontextmanager
async def sending(doors: Iterable[Door]) -> AsyncIterator[None]:
    """Senders at the doors, while the block runs."""
    senders = [asyncio.create_task(door.run()) for door in doors]
    try:
        yield
    finally:
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)


def _set_up(made: Rig, urls: Sequence[str], settings: str) -> dict[str, str]:
    settings = f"sftp: {{port: {made.sftp_port}}}\n{settings}"
    keys, made.partners = configured(made.folder, made.url, urls, settings)
    return keys


def configured(
    folder: Path, url: str, urls: Sequence[str], settings: str, profiles: dict[str, str] | None = None
) -> tuple[dict[str, str], dict[str, Folder]]:
    """Makes the store with the sample's configuration. Returns an access key for each door that wants one, and the
    folders of partners; ``urls`` are those of ERP and WMS."""
    profiles = profiles or sample_profiles()
    for old, new in zip(PROFILE[::2], PROFILE[1::2], strict=True):
        profiles[CUSTOMER] = profiles[CUSTOMER].replace(old, new)
    profiles[CUSTOMER] = profiles[CUSTOMER].replace("PUBLIC KEY", make_key(folder / "key"))
    more = f"computing: {{children: 1}}\n{settings}"
    root = set_up(folder, urls[0], urls[1], url, profiles, more).root.parent
    partners = {name: Folder(root / name) for name in (CUSTOMER, SUPPLIER, SHIPPER)}
    store = Store(url, folder / "data")
    with store.begin() as tx:
        now = datetime.now(UTC)
        keys = {CUSTOMER: access.create(tx, "partner", CUSTOMER, "test", now)[1]}
        keys["erp"] = access.create(tx, "system", "erp", "test", now)[1]
    store.close()
    return keys, partners


def set_up(
    folder: Path, erp: str, wms: str, url: str = "", profiles: dict[str, str] | None = None, more: str = ""
) -> Folder:
    """A configured store, closed again for the node to open, and the customer's folder; ``more`` is hub.yaml's end."""
    (folder / "secret").write_text(SECRET)
    store = Store(url, folder / "data")
    store.migrate()
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=folder / "data", executor=executor)
        settings = hub_yaml(erp, wms, folder / "secret") + more
        configure(store, services, settings, profiles or sample_profiles())
        root = services.folder_root
    store.close()
    return Folder(root / CUSTOMER)
