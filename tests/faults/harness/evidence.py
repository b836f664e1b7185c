"""What a run left behind: rows, files, receivers, and what ``hub verify`` and the sweeper say. The node has stopped."""

from __future__ import annotations

import asyncio
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hub.services import HubServices
from hub.store.questions import ledger
from hub.store.schema.tables import deliveries, documents, events
from hub.store.schema.tables import transmissions as transmission_table
from hub.store.store import Store, Tx
from hub.store.traffic import transmissions
from hub.upkeep.sweeping import sweep
from samples.partner_side import Folder, business_numbers, segments
from tests.faults.harness.history import History
from tests.faults.harness.invariants import Answered, Arrived, Delivered, Effect, Evidence, Stored
from tests.faults.harness.messages import CHANGE, NOTICE, ORDER, key_of
from tests.faults.harness.nodes import forkserver
from tests.faults.harness.receivers import RecordingReceiver

LATER = timedelta(hours=2)
"""Until then the sweeper lets nothing be."""


async def gather(
    url: str,
    data: Path,
    history: History,
    receivers: Iterable[RecordingReceiver],
    partners: Mapping[str, Folder],
    interruptions: int,
    kills: Sequence[float] = (),
) -> Evidence:
    found = Evidence(history=history.ops, interruptions=interruptions, kills=kills)
    for receiver in receivers:
        found.effects += [Effect(receiver.name, e.key, key_of(e.body["document"])) for e in receiver.effects.values()]
    sends = defaultdict[str, list[float]](list)
    for at, key in sorted(sent for receiver in receivers for sent in receiver.raw):
        sends[key].append(at)
    found.sends = sends
    numbers: dict[str, list[int]] = {}
    for partner, folder in partners.items():
        texts = [path.read_text() for path in sorted((folder.root / "out").glob("[!.]*")) if path.is_file()]
        numbers[f"{partner} ISA13"] = [int(text[90:99]) for text in texts]
        numbers[f"{partner} GS06"] = [int(one[6]) for text in texts for one in segments(text) if one[0] == "GS"]
        found.answers += [answer for text in texts for answer in _answers(text)]
        found.files += [f"{ORDER}:{number}" for text in texts for number in business_numbers(text).values()]
    found.numbers = numbers
    found.leftovers = await asyncio.to_thread(_swept, url, data, partners.values())
    await asyncio.to_thread(_read, url, data, found)
    found.defects = await _verify(url, data)
    return found


def first_signs(url: str, data: Path, lives: Iterable[tuple[float, float]]) -> list[float]:
    """Seconds from the start of each life to the first thing that it put on record, by the node's own clock. Lives
    without any are left out: one may be killed between an ERP's answer and the first commit."""
    store = Store(url, data, writable=False)
    try:
        with store.read() as tx:
            instants = sorted(at.timestamp() for at in tx.execute(select(events.c.at)).scalars())
    finally:
        store.close()
    found = []
    for begun, ended in lives:
        index = bisect_left(instants, begun)
        if index < len(instants) and instants[index] <= ended:
            found.append(instants[index] - begun)
    return found


def _answers(text: str) -> list[Answered]:
    found, group = [], 0
    for segment in segments(text):
        if segment[0] == "AK1":
            group = int(segment[2])
        elif segment[0] == "AK9":
            found.append(Answered(group, segment[1]))
    return found


def _read(url: str, data: Path, found: Evidence) -> None:
    store = Store(url, data, writable=False)
    try:
        with store.read() as tx:
            _rows(tx, found)
    finally:
        store.close()


def _rows(tx: Tx, found: Evidence) -> None:
    t, d, w = transmission_table, documents, deliveries
    arrivals = select(t.c.id, t.c.sha256, t.c.size, t.c.status).where(t.c.direction == "in")
    found.arrivals = [Arrived(*row) for row in tx.execute(arrivals)]
    key = d.c.type + ":" + d.c.number
    handed_in = select(key, d.c.status).where(d.c.type.in_((ORDER, CHANGE, NOTICE)))
    found.documents = [Stored(*row) for row in tx.execute(handed_in)]
    to_targets = (
        select(w.c.target, w.c.idempotency_key, key, w.c.status)
        .join(d, d.c.id == w.c.document_id)
        .where(w.c.target.not_like("channel:%"))
    )
    found.deliveries = [Delivered(*row) for row in tx.execute(to_targets)]
    now = datetime.now(UTC)
    whole = ledger.total(ledger.lines(tx, now - timedelta(days=7), now + timedelta(days=7)))
    found.bytes_in = whole.bytes.arrived
    found.bytes_difference = whole.bytes.difference
    found.in_flight = whole.documents.in_flight


def _swept(url: str, data: Path, folders: Iterable[Folder]) -> list[str]:
    """What is left of unfinished files once the sweeper has been there, hours later."""
    store = Store(url, data)
    try:
        with ThreadPoolExecutor(1) as executor:
            services = HubServices(
                store=store, data_dir=data, executor=executor, clock=lambda: datetime.now(UTC) + LATER
            )
            sweep(services, None)  # type: ignore[arg-type]
        with store.read() as tx:
            named = transmissions.blobs_named(tx)
    finally:
        store.close()
    left = [path for path in (data / "blobs").glob("*/*") if path.name not in named]
    left += [path for folder in folders for path in folder.root.glob("*/.*")]
    return [str(path) for path in left]


async def _verify(url: str, data: Path) -> list[tuple[str, str]]:
    database = ["--database", url] if url else []
    log = data.with_name("verify.log")
    async with forkserver() as server:
        output = await server.run(["verify", "--json", "--data-dir", str(data), *database], log)
    try:
        said: dict[str, Any] = json.loads(output)
    except ValueError:
        return [("verify", output + log.read_text())]
    return [(one["check"], f"{one['code']} {one['place']}: {one['got']}") for one in said["defects"]]
