"""``hub status``: what is wrong and whose fault it is, what waits where, who has not sent anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from hub.catalog import load_catalog
from hub.cli.output import print_json, print_table, record, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.cli.targets import as_record
from hub.control import client as control
from hub.control.client import NobodyListens, NotTaken
from hub.health.faults import Fault, of_storage, waiting_of, worst_first
from hub.health.rhythm import Rhythm
from hub.health.situation import Situation, situation
from hub.roles import Role
from hub.store.store import Tx
from hub.store.traffic import tallies
from hub.store.trail import work_items

app = typer.Typer()


@app.command()
def status(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Show what is wrong and where the fault lies, worst first, then queues, targets and when partners last sent.
    Before that stand the nodes that work on the store, each with its roles.

    \b
    Example:
      hub status
    """
    with reading(data_dir, database) as store:
        running = control.listens(data_dir / control.SOCKET)
        doors = control.ask(data_dir / control.SOCKET, "doors", {}) if running else {}
        now = store.now()
        with store.read() as tx:
            found = situation(tx, load_catalog(tx), now)
            rows = _rows(tx) if as_json else {}
        notices = store.notices()
    if running:
        found = replace(found, faults=worst_first([*found.faults, *_storage(data_dir)]))
    if as_json:
        print_json({"node": running, "doors": doors, "notices": notices, **_record(found, now), **rows})
        return
    say("A node is running here." if running else "No node is running here.")
    for name, where in doors.items():
        say(f"It listens by {name} at {where}, too.")
    for notice in notices:
        say(notice)
    if found.nodes:
        print_table(("node", "roles", "version", "last sign of life", "pages"), _nodes(found, now), empty="")
    faults = [
        (f.gravity.name.lower(), f"{f.where} {f.who}".strip(), _age(f.since, now), f.says, f.mend) for f in found.faults
    ]
    columns = ("", "fault of", "for", "what is wrong", "what to do")
    print_table(columns, faults, empty="All is well: nothing waits longer than it should.")
    waiting = [(what, q.count, _age(q.oldest, now)) for what, q in found.waiting.items() if q is not None]
    print_table(("queue", "waiting", "oldest for"), waiting, empty="Nothing waits.")
    targets = list(_targets(found, now))
    print_table(("target", "leaves", "waiting", "oldest for"), targets, empty="Nothing waits for any target.")
    print_table(("partner", "last sent", "", "usual silence"), _partners(found, now), empty="There are no partners.")


def _storage(data_dir: Path) -> Iterator[Fault]:
    """Of larger bytes, as the node finds it, whose key it is. An older node cannot say."""
    with suppress(NotTaken, NobodyListens):
        told = control.ask(data_dir / control.SOCKET, "storage", {})
        if told:
            yield of_storage(told["says"], datetime.fromisoformat(told["since"]))


def _record(found: Situation, now: datetime) -> dict[str, Any]:
    counted = {
        "transmissions": found.queues.transmissions,
        "documents": found.queues.documents,
        "deliveries": found.queues.deliveries,
    }
    return {
        "faults": [record(fault) | {"gravity": fault.gravity.name.lower()} for fault in found.faults],
        "waiting": {what: record(queue) for what, queue in found.waiting.items() if queue is not None},
        **{what: {name: record(q) for name, q in queues.items()} for what, queues in counted.items()},
        "nodes": [record(node) for node in found.nodes],
        "targets": [as_record(target) for target in found.targets],
        "partners": [
            {
                "partner": rhythm.partner,
                "last_arrival": rhythm.last,
                "usual_silence_seconds": rhythm.usual.total_seconds() if rhythm.usual is not None else None,
                "late": rhythm.late(now),
            }
            for rhythm in found.partners
        ],
    }


def _rows(tx: Tx) -> dict[str, Any]:
    return {
        "work_items": [record(item) for item in work_items.open_items(tx)],
        "last_arrivals": [record(arrival) for arrival in tallies.last_arrivals(tx)],
    }


def _targets(found: Situation, now: datetime) -> Iterator[tuple[object, ...]]:
    """Those that something waits for, or that nothing leaves for; ``hub targets list`` has them all."""
    for report in found.targets:
        waiting = waiting_of(report)
        if waiting is None and report.standing.leaves:
            continue
        until = report.standing.until
        leaves = "yes" if report.standing.leaves else f"no: {report.standing.gate}"
        if until is not None:
            leaves += f" for {_span(until - now)}"
        yield report.target, leaves, waiting.count if waiting else 0, _age(waiting.oldest, now) if waiting else ""


def _partners(found: Situation, now: datetime) -> Iterable[tuple[object, ...]]:
    """The late ones first, then who was silent for longest."""

    def order(rhythm: Rhythm) -> tuple[bool, bool, timedelta]:
        silence = rhythm.silence(now)
        return not rhythm.late(now), silence is None, -(silence or timedelta(0))

    for rhythm in sorted(found.partners, key=order):
        last = f"{_age(rhythm.last, now)} ago" if rhythm.last else "never"
        usual = f"up to {_span(rhythm.usual)}" if rhythm.usual is not None else "not known yet"
        yield rhythm.partner, last, "late" if rhythm.late(now) else "", usual


def _nodes(found: Situation, now: datetime) -> Iterator[tuple[object, ...]]:
    for node in found.nodes:
        seen = "just now" if node.living else f"{_age(node.seen_at, now)} ago"
        yield node.name, "all" if len(node.roles) == len(Role) else ",".join(node.roles), node.version, seen, node.url


def _age(since: datetime | None, now: datetime) -> str:
    return "" if since is None else _span(now - since)


def _span(span: timedelta) -> str:
    """In the two largest units."""
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"
