"""A whole hub without its clockwork: real store, real folders, and each step when the test says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from canonical.document import Document, parse_document, to_json
from channels.channel import Codec
from hub.node.arrivals import UnderWay, claim, process_pending
from hub.node.dispatch import Dispatch
from hub.node.senders import Senders
from hub.observe.context import ContextExecutor
from hub.pipeline import settle
from hub.pipeline.compose import compose_due
from hub.pipeline.deliver import Attempts
from hub.services import HubServices
from hub.states import DepartureStatus
from hub.store.configuration import configurations
from hub.store.coordination import timers
from hub.store.schema.records import StoredDelivery, StoredDocument, Timer, Transmission, WorkItem
from hub.store.store import Store, Tx
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.trail import work_items
from tests.receiving import Arrival, receive

SETTINGS = """
identities: [{key: main, qualifier: ZZ, id: BUYER, default: true}]
targets: [{key: erp, kind: file, path: erp}]
routes:
  - {documents: [purchase_order, purchase_order_acknowledgment, advance_ship_notice, invoice], to: erp}
systems: [{key: erp, documents: [purchase_order]}]
folder_root: folders
"""

PROFILE = """
partner: {key}
name: {key}
role: supplier
usage_indicator: production
identifiers: [{{qualifier: ZZ, id: {id}}}]
x12: {x12}
channels: [{{name: files, kind: folder, inbound: {key}/in, outbound: {key}/out}}]
documents:
  - {{type: purchase_order, direction: outbound, channel: files}}
  - {{type: purchase_order_acknowledgment, direction: inbound, channel: files}}
  - {{type: advance_ship_notice, direction: inbound, channel: files}}
  - {{type: invoice, direction: inbound, channel: files}}
  - {{type: purchase_order, direction: inbound, channel: files}}
"""


def profile(key: str = "acme", id: str = "ACME", **x12: Any) -> str:
    """A supplier with a folder; ``x12`` are its X12 settings, such as ``policy="strict"``."""
    return PROFILE.format(key=key, id=id, x12=json.dumps(x12))


class SteppedHub:
    def __init__(self, services: HubServices) -> None:
        self.services = services
        self.store = services.store
        self._got: dict[Path, None] = {}

    @property
    def erp(self) -> Path:
        """Where the ERP gets its documents, one file each."""
        return self.services.data_dir / "erp"

    def apply(self, *profiles: str, settings: str = SETTINGS) -> None:
        with self.store.begin() as tx:
            configurations.apply(tx, "hub", "hub", settings, "test", self.services.clock())
            for text in profiles:
                key = text.split("partner: ", 1)[1].split("\n", 1)[0]
                configurations.apply(tx, "partner", key, text, "test", self.services.clock())
        self.services.configuration_changed()
        self.erp.mkdir(parents=True, exist_ok=True)
        for _, channel in self.services.catalog().channels():
            for folder in getattr(channel, "folders", dict)().values():
                (self.services.folder_root / folder).mkdir(parents=True, exist_ok=True)

    def take(self, data: bytes, partner: str | None = "acme", channel: str = "", name: str = "file") -> Transmission:
        """What comes through the partner's folder, or a channel that several share, worked to its end."""
        return self._worked(self.receive(data, partner, channel, name))

    def receive(self, data: bytes, partner: str | None = "acme", channel: str = "", name: str = "file") -> Transmission:
        """The same, only stored yet."""
        channel = channel or f"{partner}/files"
        (_, settings), *_ = self.services.catalog().channels_by_id[channel]
        arrival = Arrival(channel, data, settings.codec.content_type, name)
        return receive(self.store, arrival, partner=partner, actor="test", now=self.services.clock())

    def post(self, document: Document, partner: str = "acme") -> Transmission:
        """What the ERP posts for the partner."""
        body = json.dumps({"partner": partner, "document": json.loads(to_json(document))}).encode()
        arrival = Arrival("system/erp", body, Codec.JSON.content_type, "request")
        return self._worked(receive(self.store, arrival, partner=partner, actor="test", now=self.services.clock()))

    def _worked(self, taken: Transmission) -> Transmission:
        process_pending(self.services, "test")
        with self.store.read() as tx:
            found = transmissions.get(tx, taken.id)
        assert found is not None
        return found

    def compose(self) -> list[str]:
        """Composes all that is due; the texts of what is now on its way to partners, in order."""
        while compose_due(self.services):
            pass
        return [self.text(departure) for departure in self.departures("due") if departure.channel.endswith("/files")]

    def leave(self) -> list[str]:
        """Composes and delivers all that is due; the texts of what partners got."""
        sent = self.compose()
        asyncio.run(self.deliver_all())
        return sent

    async def deliver_all(self) -> None:
        senders, dispatch = Senders(self.services), Dispatch(self.services, "test")
        attempts = Attempts(self.services)
        while claimed := dispatch.claim({}).claimed:
            for departure in claimed:
                async with senders.lent(departure.target or "") as sender:
                    await attempts.deliver(departure, sender)
                self._got |= dict.fromkeys(self.erp.glob("*"))  # many may have one time of change, and lie in any order
        await senders.close()

    def killed_after_a_chunk(self, arrived: Transmission, change: Callable[[], None]) -> Transmission:
        """The arrival, which is worked to its end after its node was killed and ``change`` has been made."""
        assert UnderWay(self.services, claim(self.services, "killed")).step()
        change()
        with self.store.begin() as tx:
            transmissions.release_own(tx, "killed")
        return self._worked(arrived)

    def got_by_erp(self) -> list[str]:
        """Numbers of the documents that the ERP has by now, in the order in which it got them."""
        self.leave()
        files = [json.loads(file.read_text()) for file in self._got]
        return [parse_document(file["document"]).document_number() for file in files]

    def batches(self) -> list[Timer]:
        """The batches that are due, claimed."""
        found = []
        with self.store.begin() as tx:
            while timer := timers.claim_due(tx, "test", self.services.clock(), 60):
                found.append(timer)
        return found

    def text(self, departure: Transmission) -> str:
        return transmissions.body(self.store, departure).decode()

    def departures(self, status: str) -> list[Transmission]:
        with self.store.read() as tx:
            rows = tx.execute(
                transmissions.table.select()
                .with_only_columns(transmissions.table.c.id)
                .where(transmissions.table.c.direction == "out", transmissions.table.c.status == status)
                .order_by(transmissions.table.c.seq)
            ).scalars()
            found = [transmissions.get(tx, one) for one in rows]
        return [departure for departure in found if departure is not None]

    def documents_of(self, transmission: Transmission) -> list[StoredDocument]:
        with self.store.read() as tx:
            return documents.of_transmission(tx, transmission.id)

    def deliveries_of(self, transmission: Transmission) -> list[StoredDelivery]:
        """Of every document that the arrival brought or set off."""
        with self.store.read() as tx:
            found = documents.of_transmission(tx, transmission.id)
            return [delivery for document in found for delivery in deliveries.of_document(tx, document.id)]

    def work_items(self) -> list[WorkItem]:
        with self.store.read() as tx:
            return work_items.open_items(tx)


@contextmanager
def stepped_hub(store: Store, folder: Path, *profiles: str) -> Iterator[SteppedHub]:
    """A hub with these profiles, one of a supplier ``acme`` unless said."""
    with ContextExecutor(4) as executor:
        hub = SteppedHub(HubServices(store=store, data_dir=folder / "data", executor=executor))
        hub.apply(*(profiles or (profile(),)))
        yield hub


def sent_after(monkeypatch: pytest.MonkeyPatch, hub: SteppedHub, read: str) -> None:
    """Another node writes down that all that is due has left, in the moment after ``hub`` has read a delivery so."""
    really = getattr(deliveries, read)

    def overtaken(tx: Tx, *asked: Any) -> Any:
        found = really(tx, *asked)
        monkeypatch.undo()
        with hub.store.begin() as other:
            due = [transmissions.hold(other, one.id) for one in hub.departures(DepartureStatus.DUE)]
            settle.arrived(other, [(one, "200") for one in due], hub.services.clock())
        return found

    monkeypatch.setattr(deliveries, read, overtaken)
