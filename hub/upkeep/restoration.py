"""``hub restore``: a backup becomes a hub again, and tells what it cannot know.

What happened after the backup's mark is gone from here and not from the world: partners hold answers and interchanges
of ours that the restored hub does not know. So control numbers go on well above those that may have been given since,
what was on its way is sent once more under its old key, and the report says what people have to ask their partners.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hub.catalog import load_catalog
from hub.errors import OperationRefused
from hub.numbering import NUMBER_SET, numberings
from hub.store.configuration import control_numbers
from hub.store.engine import dialects
from hub.store.engine.syncing import sync_folder
from hub.store.maintenance import snapshot
from hub.store.questions import search
from hub.store.store import Store, Tx
from hub.store.traffic import deliveries, transmissions
from hub.store.trail import events, work_items
from hub.upkeep.backup import DATABASE, Manifest, Mark, check_files, copy_files, put_back

AHEAD = 1000
"""Numbers that are skipped at least."""

SAFETY = 10
"""How many times busier than its busiest day a partner may have been since the mark."""

RESTORED = "hub.restored"


@dataclass(frozen=True, slots=True)
class Moved:
    """A count of control numbers that goes on further ahead. ``sure`` is False where its range is too narrow to skip
    what may have been given: then only the partner knows."""

    partner: str
    identity: str
    kind: str
    before: int
    next: int
    sure: bool


@dataclass(frozen=True, slots=True)
class PartnerMark:
    """What the restored hub knows of one partner last. Whatever came later must be sent again."""

    partner: str
    last_interchange: str
    last_received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """``sent_again`` are departures that may have left after the mark; they leave again under the same key, with the
    same numbers. ``unanswered`` are deliveries whose acknowledgment may have come after it. ``missing_bytes`` are the
    hashes of bytes that are nowhere; ``bucket`` is where the others lie, empty for the data directory."""

    mark: Mark
    partners: list[PartnerMark]
    sent_again: list[str]
    unanswered: list[str]
    moved: list[Moved]
    missing_bytes: list[str]
    bucket: str


def restore(folder: Path, data_dir: Path, url: str, now: datetime, ahead: int | None = None) -> Report:
    """Makes a hub of a backup in an empty data directory (and the empty database of ``url``). Raises OperationRefused
    when a file of the backup is damaged or the place is not empty, SnapshotRefused."""
    manifest = Manifest.read(folder)
    if (manifest.database == "sqlite") != dialects.is_sqlite(dialects.database_url(url, data_dir)):
        raise OperationRefused(f"the backup is one of {manifest.database}: name a database of that kind")
    if data_dir.exists() and any(data_dir.iterdir()):
        raise OperationRefused(f"{data_dir} is not empty: a restored hub takes a directory of its own")
    check_files(folder, manifest)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy_files(folder, data_dir, blobs=not manifest.blobs)
    snapshot.bring_back(folder / DATABASE, url, data_dir)
    sync_folder(data_dir)
    store = Store(url, data_dir)
    try:
        with store.read() as tx:
            if damage := dialects.damage(tx):
                raise OperationRefused(f"the restored database is damaged: {damage[0]}")
        store.migrate()
        missing = manifest.missing
        if manifest.blobs:
            with store.read() as tx:
                named = transmissions.blobs_named(tx)
            missing = put_back(folder, store, named)
        with store.begin() as tx:
            return _settle(tx, manifest, missing, now, ahead)
    finally:
        store.close()


def _settle(tx: Tx, manifest: Manifest, missing: list[str], now: datetime, ahead: int | None) -> Report:
    snapshot.forget_claims(tx)
    report = Report(
        mark=manifest.mark,
        partners=list(_partners(tx)),
        sent_again=search.due_departures(tx),
        unanswered=deliveries.unanswered(tx),
        moved=list(_move_numbers(tx, manifest.mark, now, ahead)),
        missing_bytes=missing,
        bucket=manifest.blobs.partition("?")[0],
    )
    data = {"taken_at": report.mark.taken_at, "seal": report.mark.seal, "sent_again": len(report.sent_again)}
    events.record(tx, RESTORED, "hub", actor="hub", data=data, now=now)
    summary = (
        f"This hub was restored from a backup of {report.mark.taken_at}. Partners must send again what they sent "
        "since, and tell which interchanges of ours they got: hub restore told the details."
    )
    work_items.raise_item(tx, "restored", f"restored:{report.mark.taken_at}", None, summary, [], now)
    return report


def _partners(tx: Tx) -> Iterator[PartnerMark]:
    last: dict[str, str] = {}
    for number in control_numbers.received(tx):
        last[number.partner] = number.control_number
    seen = dict(search.last_received(tx))
    for partner in sorted({*last, *seen}):
        yield PartnerMark(partner, last.get(partner, ""), seen.get(partner))


def _move_numbers(tx: Tx, mark: Mark, now: datetime, ahead: int | None) -> Iterator[Moved]:
    """Every counter further ahead than its busiest day lets expect, and written down like a person's change."""
    taken_at = datetime.fromisoformat(mark.taken_at)
    days = max(0.0, (now - taken_at) / timedelta(days=1)) + 1
    busiest = _busiest_days(tx)
    for count in numberings(tx, load_catalog(tx)):
        wanted = ahead or max(AHEAD, int(SAFETY * busiest[count.partner] * days))
        span = count.last - count.first + 1
        leap = min(wanted, span // 4)
        number = (count.next + leap - count.first) % span + count.first
        control_numbers.reset(tx, count.partner, count.identity, count.kind, number)
        reason = f"restored from the backup of {mark.taken_at}"
        data = {"kind": count.kind, "identity": count.identity, "before": count.next, "next": number, "reason": reason}
        events.record(tx, NUMBER_SET, count.partner, partner=count.partner, actor="hub", data=data, now=now)
        yield Moved(count.partner, count.identity, count.kind, count.next, number, sure=leap == wanted)


def _busiest_days(tx: Tx) -> Counter[str]:
    """The most departures that each partner ever had in a day; none draws more than a handful of numbers."""
    busiest: Counter[str] = Counter()
    for partner, count in control_numbers.drawn_per_day(tx):
        busiest[partner] = max(busiest[partner], count)
    return busiest
