"""``hub status``: what waits where, and since when."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from hub import control
from hub.catalog import load_catalog
from hub.cli.output import print_json, print_table, record, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.cli.targets import as_record
from hub.standing import Gate, report
from hub.store import tallies, work_items

app = typer.Typer()


@app.command()
def status(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Show queues with their oldest entry, what waits for a person, and each partner's last document of each type.

    \b
    Example:
      hub status
    """
    with reading(data_dir, database) as store:
        running = control.listens(data_dir / control.SOCKET)
        with store.read() as tx:
            queues, arrivals = tallies.queues(tx), tallies.last_arrivals(tx)
            items = work_items.open_items(tx)
            targets = report(tx, load_catalog(tx), datetime.now(UTC))
        notices = store.notices()
    counted = {"transmissions": queues.transmissions, "documents": queues.documents, "deliveries": queues.deliveries}
    if as_json:
        shown = {what: {name: record(q) for name, q in found.items()} for what, found in counted.items()}
        told = {"node": running, **shown, "notices": notices, "work_items": [record(item) for item in items]}
        told |= {"targets": [as_record(target) for target in targets]}
        print_json(told | {"last_arrivals": [record(arrival) for arrival in arrivals]})
        return
    say("A node is running here." if running else "No node is running here.")
    for notice in notices:
        say(notice)
    waiting = [(what, name, q.count, q.oldest) for what, found in counted.items() for name, q in found.items()]
    print_table(("what", "status", "count", "oldest"), waiting, empty="Nothing waits.")
    held = [(t.target, t.standing.gate, t.standing.until, t.waiting, t.standing.reason) for t in targets]
    print_table(
        ("target", "held back by", "until", "waiting", "why"),
        [row for row in held if row[1] is not Gate.OPEN],
        empty="No target is held back.",
    )
    rows = [(item.created_at, item.kind, item.partner, item.summary) for item in items]
    print_table(("since", "work item", "partner", "what a person must decide"), rows, empty="No open work items.")
    last = [(arrival.partner, arrival.type, arrival.at) for arrival in arrivals]
    print_table(("partner", "document", "last came"), last, empty="Nothing has arrived yet.")
