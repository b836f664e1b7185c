"""``hub replay``: shown before anything is written, confirmed with a reason."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from hub.cli.output import print_json, print_table, say, tell_outcomes
from hub.cli.reach import DATA, AsJson, Database, DataDir, Writer, writing
from hub.cli.selecting import FILTERS, Yes, chosen, confirmed, filtered, given
from hub.pipeline.basis import Basis
from hub.states import DocumentStatus

app = typer.Typer()

DETAILS = 5
"""Documents of a preview that are shown in full unless said."""

ROUND_SECONDS = 5.0
"""How long one round of a long replay takes; between two it can be broken off, and goes on when it is called again."""


@app.command()
@filtered(*FILTERS)
def replay(
    filters: dict[str, Any],
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Documents or transmissions.")] = None,
    state: Annotated[DocumentStatus | None, typer.Option(metavar="STATE", help="Such as held.")] = None,
    profile: Annotated[
        Basis, typer.Option(help="Profile and crosswalk of now, or those the documents were received under.")
    ] = Basis.AS_NOW,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would come of it, and do nothing.")] = False,
    details: Annotated[int, typer.Option(min=0, max=1000, help="So many documents are shown in full.")] = DETAILS,
    confirm: Annotated[str | None, typer.Option(metavar="PREVIEW", help="Do what this preview has shown.")] = None,
    yes: Yes = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; it is kept with the trace.")] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Work stored bytes through the pipeline again, and show first what would come of it.

    A held document passes the holds that it shows. What a target would get unchanged is not sent again. With --confirm,
    a document that would not become any more what was shown is left as it is, and told.

    \b
    Example:
      hub replay doc_01JD2S0F7ZK9Q3 --reason "the crosswalk has the item now"
      hub replay --partner acme-fasteners --type invoice --state held --since 2026-01-31 --preview
      hub replay --confirm pv_01JD2S0F7ZK9Q3 --reason "the crosswalk has the item now"
      hub replay --finding CROSSWALK-MISSING --yes --reason "items imported"
      hub replay --po 4500012345 --profile as-received --preview --details 50 --json
    """
    if confirm is not None:
        why = given(reason)
        with writing(data_dir, database) as hub:
            outcomes = _confirmed(hub, confirm, why)
        tell_outcomes(outcomes, as_json=as_json)
        return
    selection = chosen(ids, filters | ({"state": state.value} if state else {}))
    why = "" if preview else given(reason)
    with writing(data_dir, database) as hub:
        shown = hub.perform(
            "preview-replay", selection=selection, profile=profile.value, details=details if preview else 0
        )
        if preview:
            _show(shown, as_json=as_json)
            return
        if not ids:
            _summarise(shown, to=sys.stderr.write)
            confirmed(f"Replay these {shown['count']}?", yes=yes)
        outcomes = _confirmed(hub, shown["id"], why, shown)
    tell_outcomes(outcomes, as_json=as_json)


def _confirmed(hub: Writer, preview: str, reason: str, shown: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Round after round until nothing is left; what could not even be looked at is told first."""
    lines = shown["documents"] if shown else []
    outcomes = [{"id": one["id"], "done": False, "message": one["refused"]} for one in lines if "refused" in one]
    while True:
        round = hub.perform("confirm-replay", preview=preview, reason=reason, seconds=ROUND_SECONDS)
        outcomes += round["outcomes"]
        if not round["left"]:
            return outcomes
        print(f"{len(outcomes)} done, {round['left']} to go", file=sys.stderr, flush=True)


def _show(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
        return
    _summarise(shown, to=say)
    for one in shown["documents"]:
        if "differences" in one:
            _show_one(one)
    print_table(
        ("id", "document", "was", "becomes", "fields", "deliveries", "reason"),
        [
            (
                one["id"],
                one["label"],
                one["was"],
                one["becomes"] or "not replayable",
                one["fields"],
                _acts(one),
                one.get("refused") or one.get("reason"),
            )
            for one in shown["documents"]
        ],
        empty="",
    )
    say(f'Nothing was changed. To do this: hub replay --confirm {shown["id"]} --reason "..."')


def _summarise(shown: dict[str, Any], to: Any) -> None:
    counts = ", ".join(f"{count} {word}" for word, count in shown["counts"].items())
    many = "1 document" if shown["count"] == 1 else f"{shown['count']} documents"
    to(f"{many} ({shown['chosen_by']}), profile {shown['profile']}: {counts}\n".rstrip("\n" if to is say else ""))


def _acts(one: dict[str, Any]) -> str:
    return ", ".join(f"{target} {act}" for target, act in one.get("acts", {}).items()) or "none"


def _show_one(one: dict[str, Any]) -> None:
    say(f"{one['label']} ({one['id']}): {one['was']} → {one['becomes']}", style="bold")
    say(f"  profile version {one['profile_version']}, crosswalk revision {one['crosswalk_revision']}")
    for field in one["differences"]:
        say(f"  {field['where']}: {field.get('old') or 'nothing'} → {field.get('new') or 'nothing'}")
    if not one["differences"]:
        say("  the document stays as it is")
    for finding in one["findings_gone"]:
        say(f"  goes: {finding['code']} {finding['message']}", style="green")
    for finding in one["findings_new"]:
        say(f"  comes: {finding['code']} {finding['message']}", style="yellow")
    for delivery in one["deliveries"]:
        _show_delivery(delivery)
    if one["lifted_deliveries"]:
        say(f"  goes on, as it waited for this one: {', '.join(one['lifted_deliveries'])}")
    if waiting := one["waiting_deliveries"]:
        deliveries = "delivery waits" if waiting == 1 else "deliveries wait"
        say(f"  takes its place: {waiting} {deliveries} behind it as before")
    for answer in one["answers"]:
        say(f"  the partner is answered: {answer}")
    say("")


def _show_delivery(delivery: dict[str, Any]) -> None:
    anew = delivery["act"] != "kept" and "replaced" in delivery
    before = f" instead of {delivery['replaced_key']}, {delivery['replaced_status']}" if anew else ""
    say(f"  {delivery['target']}: {delivery['act']}, key {delivery['key']}{before}", style="bold")
    if "note" in delivery:
        say(f"    {delivery['note']}")
    rows = delivery.get("rows", [])
    if rows and all(row["kind"] == "added" for row in rows):
        say(f"    it gets {len(rows)} lines; --json shows them")
        return
    for row in rows:
        _show_row(row)


def _show_row(row: dict[str, Any]) -> None:
    if row["kind"] == "skipped":
        say(f"    … {row['left']}")
    elif row["kind"] == "same":
        say(f"      {row['left']}")
    else:
        if row["kind"] != "added":
            say(f"    - {row['left']}", style="red")
        if row["kind"] != "removed":
            say(f"    + {row['right']}", style="green")
