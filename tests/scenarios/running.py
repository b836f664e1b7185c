"""A whole hub under test: a real node on a real store, folders on disk, ERP and WMS over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from hub.bootstrap import STORE_THREADS
from hub.compute.port import Computing
from hub.desk.desk import Desk
from hub.node.node import Node
from hub.principal import Principal
from hub.services import HubServices, utc_now
from hub.store.configuration import configurations
from hub.store.questions.search import Trace, trace
from hub.store.schema.records import StoredDocument
from hub.store.store import Store
from hub.store.traffic import documents
from samples.partner_side import Folder
from samples.receivers import Receiver, serving

T = TypeVar("T")

SAMPLES = Path(__file__).parents[2] / "samples"
SECRET = "a secret of at least thirty-two characters"

PATIENCE = 60.0
"""Seconds that one thing may take on a busy machine, starting child processes included; usually it takes one or two."""


@dataclass
class RunningHub:
    services: HubServices
    erp: Receiver
    wms: Receiver

    def partner(self, name: str) -> Folder:
        return Folder(self.services.folder_root / name)

    def desk(self, kind: str, subject: str) -> Desk:
        return Desk(self.services, Principal(kind, subject))  # type: ignore[arg-type]

    def case(self, name: str) -> bytes:
        return (SAMPLES / "cases" / name / "input.edi").read_bytes()

    def document(self, name: str) -> bytes:
        return (SAMPLES / "documents" / name).read_bytes()

    def trace(self, any_id: str) -> Trace:
        with self.services.store.read() as tx:
            found = trace(tx, any_id)
        assert found is not None, any_id
        return found

    def documents_of(self, transmission_id: str) -> list[StoredDocument]:
        with self.services.store.read() as tx:
            return documents.of_transmission(tx, transmission_id)

    async def until(self, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
        """What ``look`` finds, as soon as it finds it."""
        deadline = time.monotonic() + seconds
        while True:
            found = look()
            if found:
                return found
            assert time.monotonic() < deadline, f"not seen within {seconds} seconds"
            await asyncio.sleep(0.05)


def hub_yaml(erp: str, wms: str, secret_file: Path) -> str:
    """The sample's hub.yaml with the addresses of this run."""
    text = (SAMPLES / "hub.yaml").read_text() + "\npartner_networks: [loopback]\n"
    text = text.replace("http://127.0.0.1:9101/documents", erp).replace("http://127.0.0.1:9102/documents", wms)
    return text.replace("env:ERP_SECRET", f"file:{secret_file}").replace("env:WMS_SECRET", f"file:{secret_file}")


def configure(store: Store, services: HubServices, settings: str, profiles: dict[str, str]) -> None:
    """Applies a configuration and makes the partners' folders."""
    with store.begin() as tx:
        configurations.apply(tx, "hub", "hub", settings, "test", services.clock())
        for key, text in profiles.items():
            configurations.apply(tx, "partner", key, text, "test", services.clock())
    services.configuration_changed()
    for _, channel in services.catalog().channels():
        for folder in getattr(channel, "folders", dict)().values():
            (services.folder_root / folder).mkdir(parents=True, exist_ok=True)


def sample_profiles() -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted((SAMPLES / "partners").glob("*.yaml"))}


@asynccontextmanager
async def running_hub(
    store: Store,
    folder: Path,
    profiles: dict[str, str] | None = None,
    computing: Computing | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[RunningHub]:
    """The sample partners' hub, running until the block ends; it computes in this process unless told where."""
    secret_file = folder / "secret"
    secret_file.write_text(SECRET)
    erp, wms = Receiver("erp", SECRET), Receiver("wms-east", SECRET)
    async with AsyncExitStack() as stack:
        erp_url = await stack.enter_async_context(serving(erp))
        wms_url = await stack.enter_async_context(serving(wms))
        executor = stack.enter_context(ThreadPoolExecutor(STORE_THREADS))
        services = HubServices(
            store=store, data_dir=folder / "data", executor=executor, clock=clock, computing=computing
        )
        configure(store, services, hub_yaml(erp_url, wms_url, secret_file), profiles or sample_profiles())
        stop = asyncio.Event()
        working = asyncio.create_task(Node(services).run(stop))
        try:
            yield RunningHub(services, erp, wms)
        finally:
            stop.set()
            await working
