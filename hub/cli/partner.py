"""``hub partner``: profiles checked, applied, shown and exported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import print_json, print_table, record, refuse
from hub.cli.reach import DATA, AsJson, Database, DataDir, plainly, reading, writing
from hub.cli.yaml_files import ExpectVersion, Out, report, texts, write_out
from hub.operator import scheduled
from hub.rules import all_rules
from hub.settings import load_configuration
from hub.store.configuration import configurations
from hub.store.schema.records import AppliedConfiguration
from hub.store.store import Store
from partners.loader import load_profile_text

app = typer.Typer()
partner = typer.Typer(no_args_is_help=True)
app.add_typer(partner, name="partner")

Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Profiles, or folders of them.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The partner's key.")]


@partner.callback()
def about() -> None:
    """Trading partners' profiles: YAML, one file a partner.

    \b
    Example:
      hub partner check samples/partners
    """


@partner.command()
def check(
    paths: Paths,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A hub.yaml: names that each takes from the other are checked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check profiles: every problem of every file at once, with file and line. Exit code 1 when there are any.

    \b
    Example:
      hub partner check samples/partners --config samples/hub.yaml
    """
    configuration = load_configuration(config, paths, all_rules())
    count = len(configuration.profiles.profiles)
    sound = f"{count} profile{'' if count == 1 else 's'} without problems."
    if not configuration.problems and not count:
        refuse("There is no profile at " + ", ".join(str(path) for path in paths))
    report(configuration.problems, as_json, sound)


@partner.command("apply")
def apply_profiles(
    paths: Paths,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"],
            help="Not now but at this moment, in UTC; what waits for one of these partners already is replaced.",
            show_default=False,
        ),
    ] = None,
    expect_version: ExpectVersion = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Put profiles in force, all of them or, when one has a problem, none. Refused over a newer version.

    \b
    Example:
      hub partner apply samples/partners
      hub partner apply acme-fasteners.yaml --at 2027-01-31T06:00
    """
    with plainly():
        files = texts(paths)
    with writing(data_dir, database) as hub:
        if at is None:
            done = hub.perform("apply-partners", files=files, expected_version=expect_version)
        else:
            moment = at.replace(tzinfo=UTC).isoformat()
            done = hub.perform("schedule-partners", files=files, at=moment, expected_version=expect_version)
    if as_json:
        print_json(done)
        return
    for one in done:
        typer.echo(told(one) if at is None else told_of_waiting(one))


def told_of_waiting(waits: dict[str, Any]) -> str:
    basis = f"a change of version {waits['based_on']}" if waits["based_on"] else "a new partner"
    return f"partner {waits['key']}: {basis}, waits to be in force at {waits['at'][:16].replace('T', ' ')} UTC"


@partner.command()
def withdraw(key: Key, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Take back a profile that waits to be put in force. hub partner list shows what waits.

    \b
    Example:
      hub partner withdraw acme-fasteners
    """
    with writing(data_dir, database) as hub:
        done = hub.perform("withdraw-partner", partner=key)
    if as_json:
        print_json(done)
    else:
        typer.echo(f"partner {key}: nothing waits any more")


def told(applied: dict[str, Any]) -> str:
    what = "in force now" if applied["changed"] else "in force already"
    name = "hub.yaml" if applied["kind"] == "hub" else f"partner {applied['key']}"
    return f"{name}: version {applied['version']} is {what}"


@partner.command("list")
def list_partners(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """List the partners whose profiles are in force, and what waits to be put in force.

    \b
    Example:
      hub partner list
    """
    with reading(data_dir, database) as store, store.read() as tx:
        rows = configurations.all_current(tx, "partner")
        waits = {one.partner: one.at for one in scheduled.all_waiting(tx)}
    found = [_summary(row) for row in rows]
    found += [{"key": key, "name": "", "role": "", "usage_indicator": "", "version": 0} for key in _new(rows, waits)]
    found = [one | ({"changes_at": waits[one["key"]]} if one["key"] in waits else {}) for one in found]
    if as_json:
        print_json(found)
        return
    columns = ("key", "name", "role", "usage", "version", "applied", "by", "changes at")
    names = ("key", "name", "role", "usage_indicator", "version", "applied_at", "applied_by", "changes_at")
    print_table(columns, [[one.get(name) for name in names] for one in found], empty="No profile has been applied.")


def _new(rows: list[AppliedConfiguration], waits: Iterable[str]) -> list[str]:
    """Partners of whom nothing is in force yet."""
    return sorted(set(waits) - {row.key for row in rows})


def _summary(row: AppliedConfiguration) -> dict[str, Any]:
    profile = load_profile_text(row.text, row.key).value
    told = {name: value for name, value in record(row).items() if name not in ("text", "kind", "sha256")}
    named = {"name": "", "role": "", "usage_indicator": ""}
    if profile is not None:
        named = {"name": profile.name, "role": profile.role.value, "usage_indicator": profile.usage_indicator.value}
    return told | named


@partner.command()
def show(key: Key, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Show one profile with everything that it leaves to defaults.

    \b
    Example:
      hub partner show acme-fasteners
    """
    with reading(data_dir, database) as store:
        row = _applied(store, key)
    profile = load_profile_text(row.text, row.key)
    if profile.value is None:
        refuse("\n".join(str(problem) for problem in profile.problems))
    full = profile.value.model_dump(mode="json", exclude_none=True)
    if as_json:
        print_json({**_summary(row), "profile": full})
        return
    print_table(
        ("setting", "value"),
        [("version", row.version), ("applied", row.applied_at), ("by", row.applied_by), *_leaves(full)],
        empty="",
    )


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every setting with its path, one a line."""
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}.{name}" if path else name)]
    if isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        return [leaf for index, inner in enumerate(value) for leaf in _leaves(inner, f"{path}[{index}]")]
    if isinstance(value, list):
        return [(path, ", ".join(str(entry) for entry in value))] if value else []
    return [(path, value)]


@partner.command()
def export(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="The partner's key.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every partner.")] = False,
    out: Out = None,
    data_dir: DataDir = DATA,
    database: Database = "",
) -> None:
    """Write out profiles as they were applied, each with its version in the first line.

    \b
    Example:
      hub partner export acme-fasteners > acme-fasteners.yaml
      hub partner export --all --out profiles
    """
    if (key is None) != every:
        raise typer.BadParameter("name one partner, or say --all")
    with reading(data_dir, database) as store:
        if key is not None:
            rows = [_applied(store, key)]
        else:
            with store.read() as tx:
                rows = configurations.all_current(tx, "partner")
    write_out(rows, out)


def _applied(store: Store, key: str) -> AppliedConfiguration:
    with store.read() as tx:
        row = configurations.current(tx, "partner", key)
    if row is None:
        refuse(f"There is no partner {key}; hub partner list shows them.")
    return row
