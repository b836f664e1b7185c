"""``hub channel``: what has to be known of a partner's server before a channel to it can be used."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from hub.cli.output import print_json, print_table, refuse
from hub.cli.reach import AsJson

app = typer.Typer()
channel = typer.Typer(no_args_is_help=True)
app.add_typer(channel, name="channel")

SECONDS = 10.0
"""For each step of reaching the server."""


@channel.callback()
def about() -> None:
    """Channels: the host keys of partners' SFTP servers, to be pinned.

    \b
    Example:
      hub channel host-key sftp.partner.example
    """


@channel.command("host-key")
def host_key(
    host: Annotated[str, typer.Argument(metavar="HOST", help="Name or address of the partner's SFTP server.")],
    port: Annotated[int, typer.Option(metavar="PORT", min=1, max=65_535)] = 22,
    as_json: AsJson = False,
) -> None:
    """Show the keys by which an SFTP server proves who it is. Nothing is stored, and nothing is sent to the server.

    Compare a fingerprint with what the partner tells you by another way; then put that key into host_keys of the
    channel in its profile.

    \b
    Example:
      hub channel host-key sftp.partner.example --port 2222
    """
    from channels.errors import TransientError  # here, as the next: they load paramiko
    from channels.sftp.client.host_key import pinned_fingerprint
    from channels.sftp.client.session import host_key_lines

    def connect(host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((host, port), timeout)

    try:
        lines = host_key_lines(connect, host, port, SECONDS)
    except TransientError as error:
        refuse(error.detail)
    found = [{"fingerprint": pinned_fingerprint(line), "host_key": line} for line in lines]
    if as_json:
        print_json(found)
        return
    print_table(("fingerprint", "line for host_keys"), [list(one.values()) for one in found], empty="It shows none.")
