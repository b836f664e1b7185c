"""``hub control-numbers``: how far each count has come, which numbers never left, and which never arrived."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.catalog import load_catalog
from hub.cli.output import print_json, print_table, record, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading, writing
from hub.numbering import Gaps, find_gaps, numberings

app = typer.Typer()
control_numbers = typer.Typer(no_args_is_help=True)
app.add_typer(control_numbers, name="control-numbers")


class Kind(StrEnum):
    INTERCHANGE = "interchange"
    GROUP = "group"


Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's key.")]
OfPartner = Annotated[str | None, typer.Option("--partner", metavar="KEY", help="Of this partner only.")]
OfKind = Annotated[Kind, typer.Option("--kind", help="Interchange (ISA13) or group (GS06).")]
Identity = Annotated[
    str | None, typer.Option(metavar="KEY", help="Our identity; without it the one that the profile names.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the change.")]
Yes = Annotated[bool, typer.Option("--yes", help="Also when numbers would be used a second time.")]


@control_numbers.callback()
def about() -> None:
    """Control numbers of interchanges (ISA13) and groups (GS06): list, set, reset, and what is missing.

    \b
    Example:
      hub control-numbers gaps
    """


@control_numbers.command("list")
def list_counters(
    partner: OfPartner = None, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """List the next number of each partner, identity of ours and kind, with its range.

    \b
    Example:
      hub control-numbers list --partner acme-fasteners
    """
    with reading(data_dir, database) as store, store.read() as tx:
        found = numberings(tx, load_catalog(tx), partner)
    if as_json:
        print_json([record(one) for one in found])
        return
    rows = [(one.partner, one.identity, one.kind, one.next, f"{one.first} to {one.last}") for one in found]
    print_table(("partner", "identity", "kind", "next", "range"), rows, empty="No partner has been applied.")


@control_numbers.command("set")
def set_number(
    partner: Partner,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The next number to be drawn.", min=1)],
    reason: Reason,
    kind: OfKind = Kind.INTERCHANGE,
    identity: Identity = None,
    yes: Yes = False,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Make NUMBER the next one. Going back is refused without --yes: partners refuse numbers that they have seen.

    \b
    Example:
      hub control-numbers set acme-fasteners 5001 --reason "taken over from the old translator"
    """
    _change(partner, number, reason, kind, identity, yes, data_dir, database, as_json)


@control_numbers.command()
def reset(
    partner: Partner,
    reason: Reason,
    kind: OfKind = Kind.INTERCHANGE,
    identity: Identity = None,
    yes: Yes = False,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Start again at the first number of the partner's range.

    \b
    Example:
      hub control-numbers reset acme-fasteners --yes --reason "agreed with Acme after their move"
    """
    _change(partner, None, reason, kind, identity, yes, data_dir, database, as_json)


def _change(
    partner: str,
    number: int | None,
    reason: str,
    kind: Kind,
    identity: str | None,
    confirmed: bool,
    data_dir: Path,
    database: str,
    as_json: bool,
) -> None:
    with writing(data_dir, database) as hub:
        done = hub.perform(
            "set-control-number",
            partner=partner,
            kind=kind.value,
            next=number,
            identity=identity,
            reason=reason,
            confirmed=confirmed,
        )
    if as_json:
        print_json(done)
        return
    if done["warning"]:
        say(f"Warning: {done['warning']}", style="yellow")
    say(f"{partner}, {done['identity']}, {kind}: {done['next']} is next, it was {done['before']}")


@control_numbers.command()
def gaps(
    partner: OfPartner = None,
    days: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only what came in the last N days.")] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Show numbers of ours that never left, and interchange numbers of partners that never came: lost files, perhaps.

    Exit code 1 when something is missing.

    \b
    Example:
      hub control-numbers gaps --partner acme-fasteners --days 30
    """
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    with reading(data_dir, database) as store, store.read() as tx:
        found = find_gaps(tx, partner, since)
    if as_json:
        print_json(asdict(found))
    else:
        _tell(found)
    if found.unsent or found.lost:
        raise typer.Exit(1)


def _tell(found: Gaps) -> None:
    unsent = [
        (u.partner, u.interchange_control_number, u.group_control_number, u.set_type, u.status, u.drawn_at, u.reason)
        for u in found.unsent
    ]
    print_table(
        ("partner", "interchange", "group", "carries", "state", "drawn", "why it has not left"),
        unsent,
        empty="Every number of ours has left.",
    )
    if found.skipped:
        skipped = [(s.partner, s.identity, s.kind, s.first, s.last, s.actor, s.reason) for s in found.skipped]
        print_table(("partner", "identity", "kind", "skipped from", "to", "by", "why"), skipped, empty="")
    lost = [
        (one.partner, one.sender_id, f"{g.first:09}", f"{g.last:09}", g.count, f"{g.after:09}, {g.before:09}")
        for one in found.lost
        for g in (one.gap,)
    ]
    print_table(
        ("partner", "sender", "missing from", "to", "count", "came before and after"),
        lost,
        empty="No interchange number of a partner is missing.",
    )
