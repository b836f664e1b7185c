"""``hub config``: hub.yaml, our own side of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import print_json, refuse
from hub.cli.partner import told
from hub.cli.reach import DATA, AsJson, Database, DataDir, plainly, reading, writing
from hub.cli.yaml_files import ExpectVersion, report, texts, write_out
from hub.operator.administration import exported
from hub.rules import all_rules
from hub.settings import load_configuration, load_settings_text
from hub.store.configuration import configurations
from hub.store.schema.records import AppliedConfiguration
from hub.store.store import Store

app = typer.Typer()
config = typer.Typer(no_args_is_help=True)
app.add_typer(config, name="config")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A hub.yaml.")]


@config.callback()
def about() -> None:
    """Our own identities, targets, locations and routes: hub.yaml.

    \b
    Example:
      hub config check samples/hub.yaml
    """


@config.command()
def check(
    file: File,
    partners: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Profiles: names that each takes from the other are checked."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a hub.yaml: every problem at once, with file and line. Exit code 1 when there are any.

    \b
    Example:
      hub config check samples/hub.yaml --partners samples/partners
    """
    if partners:
        problems = load_configuration(file, partners, all_rules()).problems
    else:
        with plainly():
            ((source, text),) = texts([file]).items()
        problems = load_settings_text(text, source).problems
    report(problems, as_json, f"{file} has no problems.")


@config.command("apply")
def apply_settings(
    file: File,
    expect_version: ExpectVersion = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Put a hub.yaml in force. Refused over a newer version.

    \b
    Example:
      hub config apply samples/hub.yaml
    """
    with plainly():
        ((source, text),) = texts([file]).items()
    with writing(data_dir, database) as hub:
        applied = hub.perform("apply-hub", source=source, text=text, expected_version=expect_version)
    if as_json:
        print_json(applied)
    else:
        typer.echo(told(applied))


@config.command()
def show(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Show the hub.yaml in force.

    \b
    Example:
      hub config show --json
    """
    with reading(data_dir, database) as store:
        row = _applied(store)
    if not as_json:
        write_out([row], None)
        return
    settings = load_settings_text(row.text, "hub.yaml").value
    shown = settings.model_dump(mode="json", exclude_none=True) if settings else None
    print_json({"version": row.version, "applied_at": row.applied_at, "applied_by": row.applied_by, "config": shown})


@config.command()
def export(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Without it, to the terminal.")] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
) -> None:
    """Write out hub.yaml as it was applied, with its version in the first line.

    \b
    Example:
      hub config export hub.yaml
    """
    with reading(data_dir, database) as store:
        row = _applied(store)
    if file is None:
        write_out([row], None)
        return
    try:
        file.write_text(exported(row), encoding="utf-8")
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    typer.echo(str(file))


def _applied(store: Store) -> AppliedConfiguration:
    with store.read() as tx:
        row = configurations.current(tx, "hub", "hub")
    if row is None:
        refuse("No hub.yaml has been applied.")
    return row
