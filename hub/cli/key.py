"""``hub key``: access keys for the API, of partners, of our own systems and of gateways."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from hub.cli.output import print_json, print_table, record, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading, writing
from hub.principal import Scope
from hub.store.people import access

app = typer.Typer()
key = typer.Typer(no_args_is_help=True)
app.add_typer(key, name="key")


@key.callback()
def about() -> None:
    """Access keys for the API, each of one partner, one system of ours or one gateway.

    \b
    Example:
      hub key create --system erp --name nightly-orders
    """


@key.command()
def create(
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is for, to tell keys apart.")],
    partner: Annotated[str | None, typer.Option(metavar="KEY", help="The partner who is to use it.")] = None,
    system: Annotated[str | None, typer.Option(metavar="KEY", help="The system of hub.yaml that is to use it.")] = None,
    gateway: Annotated[
        str | None, typer.Option(metavar="KEY", help="The gateway of hub.yaml that is to use it.")
    ] = None,
    scopes: Annotated[
        list[Scope] | None,
        typer.Option("--scope", help="What it may do; repeat for more. All that its owner may, unless said."),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="When it ends by itself, in UTC.", show_default=False
        ),
    ] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Make an access key. It is shown this once: the hub keeps only its hash.

    \b
    Example:
      hub key create --partner birch-paper --name portal --scope documents:read --expires 2027-06-30
    """
    owners = {"partner": partner, "system": system, "gateway": gateway}
    named = [(kind, subject) for kind, subject in owners.items() if subject is not None]
    if len(named) != 1:
        raise typer.BadParameter("say whose it is: one of --partner, --system and --gateway")
    ((kind, subject),) = named
    ends = expires.replace(tzinfo=UTC).isoformat() if expires else None
    with writing(data_dir, database) as hub:
        made = hub.perform(
            "create-key", kind=kind, subject=subject, name=name, scopes=list(scopes or ()), expires_at=ends
        )
    if as_json:
        print_json(made)
        return
    typer.echo(made["key"])
    say(f"{made['id']}, for {kind} {subject}. It is not shown again.", style="dim")


@key.command("list")
def list_keys(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """List access keys, revoked and expired ones too; never the keys themselves.

    \b
    Example:
      hub key list
    """
    with reading(data_dir, database) as store, store.read() as tx:
        rows = access.keys(tx)
    if as_json:
        print_json([record(row) for row in rows])
        return
    print_table(
        ("id", "of", "name", "may", "created", "last used", "expires", "revoked"),
        [
            (r.id, f"{r.kind} {r.subject}", r.name, r.scopes, r.created_at, r.last_used_at, r.expires_at, r.revoked_at)
            for r in rows
        ],
        empty="There are no access keys.",
    )


@key.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as hub key list shows it.")],
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """End an access key and its tokens at once; on other nodes of a hub within ten seconds.

    \b
    Example:
      hub key revoke ak_01JD2S0F7ZK9Q3
    """
    with writing(data_dir, database) as hub:
        done = hub.perform("revoke-key", id=key_id)
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{key_id} is revoked")
