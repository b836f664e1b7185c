"""``hub user``: people of partners who come in at the supplier portal."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.catalog import load_catalog
from hub.cli.output import print_json, print_table, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading, writing
from hub.store.people import portal_users
from hub.store.people.portal_records import PortalUser

app = typer.Typer()
user = typer.Typer(no_args_is_help=True)
app.add_typer(user, name="user")

PartnerKey = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's key.")]
UserId = Annotated[str, typer.Argument(metavar="USER", help="The user's id, as hub user list shows it.")]


@user.callback()
def about() -> None:
    """People of partners who come in at the supplier portal: invited, listed, removed.

    \b
    Example:
      hub user invite elm-garden jo@elm.example
    """


@user.command("list")
def list_users(
    partner: Annotated[str | None, typer.Argument(metavar="[PARTNER]", help="The partner's key; else of all.")] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """List who comes in at the portal, and since when each was last there.

    \b
    Example:
      hub user list elm-garden
    """
    with reading(data_dir, database) as store, store.read() as tx:
        partners = [partner] if partner is not None else sorted(load_catalog(tx).profiles)
        found = [_told(one) for key in partners for one in portal_users.users_of(tx, key)]
    if as_json:
        print_json(found)
        return
    columns = ("id", "partner", "email", "manages", "created", "last signed in")
    names = ("id", "partner", "email", "manages", "created_at", "signed_in_at")
    print_table(columns, [[one[name] for name in names] for one in found], empty="Nobody comes in at the portal.")


@user.command()
def invite(
    partner: PartnerKey,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whom the link is for.")],
    manages: Annotated[
        bool, typer.Option("--manages/--no-manages", help="May invite and remove others of the same partner.")
    ] = True,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Make a link by which somebody becomes a user. It works once, for seven days, and is shown this once.

    \b
    Example:
      hub user invite elm-garden jo@elm.example
    """
    with writing(data_dir, database) as hub:
        made = hub.perform("invite-user", partner=partner, email=email, manages=manages)
    _show(made, as_json)


@user.command("new-password")
def new_password(
    partner: PartnerKey, user_id: UserId, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Make a link by which a user chooses a new password. It works once, for 15 minutes.

    \b
    Example:
      hub user new-password elm-garden pu_01JD2S0F7ZK9Q3
    """
    with writing(data_dir, database) as hub:
        made = hub.perform("renew-password", partner=partner, id=user_id)
    _show(made, as_json)


@user.command()
def remove(
    partner: PartnerKey, user_id: UserId, data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False
) -> None:
    """Sign a user out everywhere, at once, and let them in no more.

    \b
    Example:
      hub user remove elm-garden pu_01JD2S0F7ZK9Q3
    """
    with writing(data_dir, database) as hub:
        done = hub.perform("remove-user", partner=partner, id=user_id)
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{user_id} is removed")


def _show(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(made["link"])
    until = made["expires_at"][:16].replace("T", " ")
    say(f"For {made['email']}, until {until} UTC. It is not shown again.", style="dim")


def _told(one: PortalUser) -> dict[str, Any]:
    names = ("id", "partner", "email", "manages", "created_at", "created_by", "signed_in_at")
    return {name: getattr(one, name) for name in names}
