"""One order by every door: the answers to it are the same documents whoever carries them, the ERP and the WMS get each
once, the order leaves by the door of its partner, and acknowledgments go the way that the documents came."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import asyncssh
import pytest

from canonical.document import Document, to_json
from channels.sftp.server.host_keys import own_keys
from channels.x12 import PartyId, write
from hub.bootstrap import run_node
from hub.services import HubServices
from hub.states import DeliveryStatus
from hub.store.people import access
from hub.store.schema.records import StoredDocument
from hub.store.store import Store
from hub.store.traffic import deliveries, documents
from samples.partner_side import Folder, accept
from samples.receivers import Receiver, serving
from tests.builders import (
    make_advance_ship_notice,
    make_invoice,
    make_party,
    make_purchase_order,
    make_purchase_order_acknowledgment,
)
from tests.integration.web.portal_people import Supplier, joined
from tests.mailboxes import make_key
from tests.partner_api import PartnerApi, running_api
from tests.ports import free_port
from tests.scenarios.running import SECRET, configure, hub_yaml
from tests.sshd import Server, running_sshd, user_here

pytestmark = pytest.mark.external("sshd")

US = PartyId("ZZ", "EXAMPLEDIST")
EAST = make_party(identifier={"qualifier": "92", "value": "EAST"})
ORDER = make_purchase_order(parties=[EAST])
NOTICE = make_advance_ship_notice()
SHIPPED = NOTICE.model_copy(update={"levels": (NOTICE.levels[0].model_copy(update={"parties": (EAST,)}),)})
ANSWERS: tuple[Document, ...] = (make_purchase_order_acknowledgment(), SHIPPED, make_invoice())
"""What each partner sends: its 855, 856 and 810."""

PROFILE = """
partner: {key}
name: {key}
role: supplier
usage_indicator: production
identifiers: [{{qualifier: ZZ, id: {id}}}]
x12: {{acknowledgments: {{functional: always, interchange: on_request}}}}
channels:
  - {{name: door, {channel}}}
documents:
  - {{type: purchase_order, direction: outbound, channel: door}}
  - {{type: purchase_order_acknowledgment, direction: inbound, channel: door}}
  - {{type: advance_ship_notice, direction: inbound, channel: door}}
  - {{type: invoice, direction: inbound, channel: door}}
"""


class Side(Protocol):
    """What a partner does at its door."""

    async def put(self, name: str, body: bytes) -> None: ...

    async def out(self) -> list[bytes]:
        """All that the hub has for it, whole."""
        ...


@dataclass
class OnItsServer:
    folder: Folder

    async def put(self, name: str, body: bytes) -> None:
        self.folder.put(name, body)

    async def out(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.folder.root / "out").glob("[!.]*"))]


@dataclass
class InItsMailbox:
    client: asyncssh.SFTPClient

    async def put(self, name: str, body: bytes) -> None:
        async with self.client.open(f"/in/{name}", "wb") as file:
            await file.write(body)

    async def out(self) -> list[bytes]:
        found = []
        for name in sorted(str(one) for one in await self.client.listdir("/out")):
            if not name.startswith("."):
                async with self.client.open(f"/out/{name}", "rb") as file:
                    body = await file.read()
                    found.append(body.encode() if isinstance(body, str) else body)
        return found


@dataclass
class ByTheApi:
    """``only`` is how an entry of the outbox is told to be of the partner that is meant, where a credential has
    several."""

    session: aiohttp.ClientSession
    path: str = "/v1/transmissions"
    content_type: str = "application/edi-x12"
    only: Callable[[bytes], bool] = lambda body: True
    seen: dict[str, bytes] = field(default_factory=dict)

    async def put(self, name: str, body: bytes) -> None:
        headers = {"Content-Type": self.content_type, "Idempotency-Key": name}
        async with self.session.post(self.path, data=body, headers=headers) as response:
            assert response.status == 202, await response.text()

    async def out(self) -> list[bytes]:
        async with self.session.get("/v1/outbox", params={"limit": "100"}) as response:
            assert response.status == 200, await response.text()
            entries = (await response.json())["entries"]
        for id in [entry["id"] for entry in entries if entry["id"] not in self.seen]:
            async with self.session.get(f"/v1/outbox/{id}/content") as response:
                self.seen[id] = await response.read()
        return [body for body in self.seen.values() if self.only(body)]


@dataclass
class ByItsApi:
    api: PartnerApi

    async def put(self, name: str, body: bytes) -> None:
        self.api.put(name, body)

    async def out(self) -> list[bytes]:
        return [body for _, body in self.api.posted]


@dataclass
class InItsPortal:
    """As its people do it in the browser."""

    person: Supplier
    seen: dict[str, bytes] = field(default_factory=dict)

    async def put(self, name: str, body: bytes) -> None:
        await asyncio.to_thread(self._send, name, body)

    async def out(self) -> list[bytes]:
        return await asyncio.to_thread(self._fetch)

    def _send(self, name: str, body: bytes) -> None:
        looked_at = self.person.drop(name, body).location
        assert "No problems found" in self.person.get(looked_at).text
        sent = self.person.do(looked_at.removeprefix("/portal") + "/commit")
        assert sent.location.startswith("/portal/sent/"), sent.text

    def _fetch(self) -> list[bytes]:
        for path in re.findall(r'href="(/portal/for-you/tr_\w+/file)"', self.person.get("/portal/for-you").text):
            if path not in self.seen:
                self.seen[path] = self.person.get(path).body
        return list(self.seen.values())


@dataclass
class Hub:
    services: HubServices
    erp: Receiver
    wms: Receiver
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def documents_of(self, partner: str) -> list[StoredDocument]:
        with self.services.store.read() as tx:
            rows = documents.page(tx, 0, 1000)
        return [row for row in rows if row.partner == partner]

    def delivered(self, document: StoredDocument) -> list[str]:
        with self.services.store.read() as tx:
            return [one.status for one in deliveries.of_document(tx, document.id)]

    def key(self, kind: str, subject: str) -> dict[str, str]:
        with self.services.store.begin() as tx:
            return {"Authorization": f"Bearer {access.create(tx, kind, subject, 'test', self.services.clock())[1]}"}


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.1)
    return found


def channels(server: Server, on_server: Folder, api: PartnerApi, mailbox_key: str) -> dict[str, str]:
    """The door of each partner."""
    polled = (
        f"kind: sftp, host: 127.0.0.1, port: {server.port}, user: {user_here()}, poll_seconds: 1, "
        f'private_key: "file:{server.folder / "client"}", host_keys: ["{server.host_key}"], '
        f"inbound: [{{path: {on_server.root}/in, after: delete, complete: renamed}}], outbound: {on_server.root}/out"
    )
    called = (
        f'kind: rest, poll_seconds: 1, outbound: {{url: "{api.url}/messages"}}, '
        f"inbound: {{list: '{api.url}/messages?after={{cursor}}', items: messages, name: name, size: bytes, "
        f"next: next, item: '{api.url}/messages/{{id}}', acknowledge: {{url: '{api.url}/messages/{{id}}'}}}}"
    )
    return {
        "by-mailbox": f'kind: mailbox, user: by-mailbox, keys: ["{mailbox_key}"]',
        "by-server": polled,
        "by-its-api": called,
        "by-portal": "kind: portal",
        "by-api": "kind: api",
        "by-json": "kind: api, codec: json",
        "by-gateway": "kind: api",
        "by-gateway-too": "kind: api",
    }


@asynccontextmanager
async def running(store: Store, folder: Path, doors: dict[str, str], sftp_port: int) -> AsyncIterator[Hub]:
    """A whole node with the partners of ``doors``."""
    (folder / "secret").write_text(SECRET)
    erp, wms = Receiver("erp", SECRET), Receiver("wms-east", SECRET)
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(serving(one)) for one in (erp, wms)]
        services = HubServices(store, folder / "data", stack.enter_context(ThreadPoolExecutor(8)))
        gateway = "gateways: [{key: van, partners: [by-gateway, by-gateway-too]}]\n"
        settings = hub_yaml(urls[0], urls[1], folder / "secret").split("\ngateways:")[0] + f"\n{gateway}"
        settings += f"sftp: {{port: {sftp_port}}}\npartner_networks: [loopback]\n"
        profiles = {key: PROFILE.format(key=key, id=id_of(key), channel=door) for key, door in doors.items()}
        configure(store, services, settings, profiles)
        stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
        working = asyncio.create_task(run_node(services, stop=stop, started=started.set_result, port=0))
        await asyncio.wait((started, working), return_when=asyncio.FIRST_COMPLETED)
        try:
            yield Hub(services, erp, wms, await started)
        finally:
            stop.set()
            await working


def id_of(partner: str) -> str:
    return partner.replace("-", "").upper()


@asynccontextmanager
async def sides(
    hub: Hub, folder: Path, on_server: Folder, api: PartnerApi, sftp_port: int
) -> AsyncIterator[dict[str, Side]]:
    async with AsyncExitStack() as stack:

        async def session(kind: str, subject: str) -> aiohttp.ClientSession:
            made = aiohttp.ClientSession(hub.url, headers=hub.key(kind, subject))
            return await stack.enter_async_context(made)

        host_keys = [key.convert_to_public() for key in own_keys(folder / "data")]
        connection = await stack.enter_async_context(
            asyncssh.connect(
                "127.0.0.1",
                sftp_port,
                username="by-mailbox",
                client_keys=[str(folder / "key")],
                known_hosts=(host_keys, [], []),
                config=None,
            )
        )
        van = await session("gateway", "van")
        yield {
            "by-mailbox": InItsMailbox(await stack.enter_async_context(connection.start_sftp_client())),
            "by-server": OnItsServer(on_server),
            "by-its-api": ByItsApi(api),
            "by-portal": InItsPortal(await asyncio.to_thread(joined, hub, "by-portal")),
            "by-api": ByTheApi(await session("partner", "by-api")),
            "by-json": ByTheApi(await session("partner", "by-json"), "/v1/documents", "application/json"),
            "by-gateway": ByTheApi(van, only=partial(addressed, "by-gateway")),
            "by-gateway-too": ByTheApi(van, only=partial(addressed, "by-gateway-too")),
        }


def addressed(partner: str, body: bytes) -> bool:
    return body[54:69].decode().strip() == id_of(partner)


def forms(partner: str, answers: Sequence[Document]) -> list[bytes]:
    """The partner's documents as its door takes them."""
    if partner == "by-json":
        return [to_json(answer).encode() for answer in answers]
    sender = PartyId("ZZ", id_of(partner))
    return [write(one, sender=sender, receiver=US, control_number=n).data for n, one in enumerate(answers, 1)]


async def test_an_order_and_its_answers_are_the_same_by_every_door(store: Store, tmp_path: Path) -> None:
    on_server, port = Folder(tmp_path / "server"), free_port()
    on_server.make()
    with running_sshd(tmp_path) as server, running_api() as api:
        doors = channels(server, on_server, api, make_key(tmp_path / "key"))
        async with running(store, tmp_path, doors, port) as hub, sides(hub, tmp_path, on_server, api, port) as partners:
            for key, side in partners.items():
                for number, body in enumerate(forms(key, ANSWERS), 1):
                    await side.put(f"{key}-{number}.edi", body)
            await hub.erp.wait_for(len(partners) * len(ANSWERS), 60)
            await hub.wms.wait_for(len(partners), 60)
            each_document_is_the_same(hub)
            for key, side in partners.items():
                await order_and_be_answered(hub, key, side)
    given = Counter((e.body["partner"]["key"], e.body["document"]["type"]) for e in hub.erp.effects.values())
    assert given == Counter((key, answer.type) for key in doors for answer in ANSWERS)
    assert Counter(e.body["partner"]["key"] for e in hub.wms.effects.values()) == Counter(doors.keys())


def each_document_is_the_same(hub: Hub) -> None:
    for receiver, expected in ((hub.erp, ANSWERS), (hub.wms, (SHIPPED,))):
        for answer in expected:
            wanted = json.loads(to_json(answer))
            got = [
                e.body["document"] for e in receiver.effects.values() if e.body["document"]["type"] == wanted["type"]
            ]
            assert got
            assert all(one == wanted for one in got)


async def order_and_be_answered(hub: Hub, key: str, side: Side) -> None:
    """Our 997s of its three have come to it; an order of the ERP comes to it, and its 997 to the hub."""
    async with aiohttp.ClientSession(hub.url, headers=hub.key("system", "erp")) as erp:
        order = {"partner": key, "document": json.loads(to_json(ORDER))}
        async with erp.post("/v1/documents", json=order) as response:
            assert response.status == 202, await response.text()

    async def its_order() -> bytes | None:
        return next((body for body in await side.out() if b"purchase_order" in body or b"ST*850*" in body), None)

    body = await until(its_order)
    if key == "by-json":
        assert json.loads(body) == json.loads(to_json(ORDER))
        return

    async def answered() -> bool:
        return sum(b"AK9*A*1*1*1" in one for one in await side.out()) == len(ANSWERS)

    await until(answered)
    await side.put(f"{key}-997.edi", accept(body.decode(), 77))
    (sent,) = [one for one in hub.documents_of(key) if one.direction == "outbound" and one.type == "purchase_order"]

    async def acknowledged() -> bool:
        return hub.delivered(sent) == [DeliveryStatus.ACKNOWLEDGED]

    await until(acknowledged)
