"""``hub mailbox``: partners' mailboxes on our own SFTP server, and what partners are told of it."""

from __future__ import annotations

from typing import Annotated

import typer

from channels.channel import ChannelSettings
from channels.secret import SecretUnavailable
from channels.sftp.public_key import blob_of, fingerprint
from channels.sftp.server.settings import MailboxSettings
from hub.catalog import load_catalog
from hub.channel_names import CHANNEL_PREFIX, channel_id
from hub.cli.output import print_json, print_table, refuse
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.store.outbound import outbox
from hub.store.people import passwords
from partners.pinned import Pinned

app = typer.Typer()
mailbox = typer.Typer(no_args_is_help=True)
app.add_typer(mailbox, name="mailbox")


@mailbox.callback()
def about() -> None:
    """Mailboxes of partners on our own SFTP server: who has one. And how the server proves who it is.

    \b
    Example:
      hub mailbox host-keys
    """


@mailbox.command("list")
def list_mailboxes(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """List mailboxes: whose they are, what opens them, and what lies in /out.

    \b
    Example:
      hub mailbox list
    """
    with reading(data_dir, database) as store, store.read() as tx:
        waiting = outbox.waiting(tx)
        found = [_record(p, settings) for p, settings in load_catalog(tx).channels() if _is_mailbox(settings)]
    for one in found:
        queue = waiting.get(CHANNEL_PREFIX + str(one["channel"]))
        one["not_fetched"] = queue.count if queue else 0
    if as_json:
        print_json(found)
        return
    columns = ("user", "channel", "opened by", "not fetched")
    rows = [(one["user"], one["channel"], _opened_by(one), one["not_fetched"]) for one in found]
    print_table(columns, rows, empty="No profile has a mailbox.")


@mailbox.command("host-keys")
def host_keys(data_dir: DataDir = DATA, database: Database = "", as_json: AsJson = False) -> None:
    """Show the keys by which our SFTP server proves who it is, to be told to partners. They are made now if need be.

    \b
    Example:
      hub mailbox host-keys
    """
    with reading(data_dir, database) as store, store.read() as tx:
        given = load_catalog(tx).settings.sftp.host_keys
    from channels.sftp.server.host_keys import given_keys, own_keys, shown  # here: it loads asyncssh

    try:
        keys = given_keys([one.read().get_secret_value() for one in given]) if given else own_keys(data_dir)
    except (OSError, ValueError, SecretUnavailable) as error:
        refuse(f"the SFTP server has no host key: {error}")
    found = [{"fingerprint": one.fingerprint, "host_key": one.line} for one in shown(keys)]
    if as_json:
        print_json(found)
        return
    for one in found:
        typer.echo(f"{one['fingerprint']}\n{one['host_key']}\n")  # a line is to be copied whole, however long it is


@mailbox.command("hash-password")
def hash_password(
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, show_default=False)],
) -> None:
    """Ask for a password and print the argon2id hash that password_hash of a mailbox refers to. Nothing is stored.

    \b
    Example:
      hub mailbox hash-password > /run/secrets/acme-password-hash
    """
    if not passwords.SHORTEST <= len(password.encode()) <= passwords.LONGEST:
        refuse(f"a password has {passwords.SHORTEST} to {passwords.LONGEST} bytes")
    typer.echo(passwords.hash_of(password))


def _is_mailbox(settings: ChannelSettings) -> bool:
    return isinstance(settings, MailboxSettings)


def _record(pinned: Pinned, settings: ChannelSettings) -> dict[str, object]:
    assert isinstance(settings, MailboxSettings)
    return {
        "user": settings.user,
        "partner": pinned.key,
        "channel": channel_id(pinned.partner, settings),
        "open": not pinned.partner.suspended,
        "keys": [
            {"fingerprint": fingerprint(blob_of(key.key)), "valid_until": key.valid_until} for key in settings.keys
        ],
        "password": settings.password_hash is not None,
        "networks": list(settings.networks),
    }


def _opened_by(one: dict[str, object]) -> str:
    if not one["open"]:
        return "nothing: the partner is suspended"
    keys = one["keys"]
    assert isinstance(keys, list)
    named = [f"{len(keys)} key{'s' if len(keys) > 1 else ''}"] if keys else []
    return ", ".join([*named, *(["a password"] if one["password"] else [])])
