"""Files into a folder of a partner's SFTP server."""

from __future__ import annotations

import asyncio
import errno
import threading
from contextlib import suppress
from functools import partial
from posixpath import join

import paramiko

from canonical.finding import clip
from channels.accounts import Accounts
from channels.detached import detached
from channels.errors import PermanentError, TransientError
from channels.file_names import is_plain_name
from channels.ports import Departure, SendResult
from channels.sftp.client.connection import Connection
from channels.sftp.client.session import Client, Connect, StatusError
from channels.sftp.client.settings import SftpSettings


class SftpSender:
    """Puts each departure as one file into the folder that the partner collects from.

    It appears under its name whole or not at all, and replaces none. The file name is the departure's own and the same
    on each attempt; it is what makes a repeated attempt harmless.
    """

    def __init__(self, settings: SftpSettings, connect: Connect, accounts: Accounts) -> None:
        if settings.outbound is None:
            raise ValueError("only a channel that sends has a sender")
        self._host = settings.host
        self._outbound = settings.outbound
        self._connection = Connection(settings, connect, accounts)
        self._turn = threading.Lock()

    async def send(self, departure: Departure) -> SendResult:
        """Raises also what ``Connection.use`` raises."""
        if not is_plain_name(departure.file_name):
            raise PermanentError(f"not a plain file name: {clip(departure.file_name)}")
        writing = asyncio.ensure_future(detached(partial(self._put_in_turn, departure)))
        timeout = self._connection.timeout
        done, _ = await asyncio.wait([writing], timeout=timeout)
        if not done:
            await detached(self._connection.close)  # what is under way ends by it
            writing.add_done_callback(lambda late: late.cancelled() or late.exception())  # the next attempt finds out
            raise TransientError(f"{self._host} did not take {departure.file_name} within {timeout:g} seconds")
        return SendResult("written" if await writing else "already there", departure.file_name)

    async def close(self) -> None:
        await detached(self._connection.close)

    def _put_in_turn(self, departure: Departure) -> bool:
        with self._turn, self._connection.use() as client:
            try:
                return _put(client, self._outbound, departure)
            except StatusError as error:
                reason = error.strerror or "the server refuses"
                detail = f"{departure.file_name} cannot be written to {self._outbound} of {self._host}: {reason}"
                raise TransientError(detail) from error


def _put(client: Client, folder: str, departure: Departure) -> bool:
    """False when the same bytes lie there: an earlier attempt got that far. Raises StatusError, and TransientError when
    other bytes have that name, which the partner may take away."""
    path = join(folder, departure.file_name)
    temporary = join(folder, f".{departure.id}.part")  # the same on each attempt: a broken one leaves no litter
    if not _is_free(client, path):
        if _holds(client, path, departure.body):
            with suppress(StatusError):
                client.remove(temporary)  # of an attempt that another one overtook
            return False
        raise TransientError(f"{departure.file_name} already exists in {folder} with other content")
    with _opened(client, temporary, len(departure.body)) as file:
        client.write(file, departure.body)
    if client.stat(temporary).st_size != len(departure.body):
        raise TransientError(f"{departure.file_name} has arrived in {folder} cut off")
    try:
        client.rename(temporary, path)  # which, unlike posix-rename, fails where the name is taken
    except StatusError:
        if not _is_free(client, path):
            raise
        client.posix_rename(temporary, path)
    return True


def _opened(client: Client, path: str, size: int) -> paramiko.SFTPFile:
    """The temporary file, to be written from its start on. What an earlier attempt has left of it begins with the same
    bytes and is not cut: that attempt may yet give it its name, where its node stood still or its server did."""
    try:
        return client.open(path, "wbx")
    except StatusError:
        pass
    try:
        file = client.open(path, "r+b")
    except StatusError:  # some servers make new files only
        return client.open(path, "wb")
    if (file.stat().st_size or 0) > size:  # nothing of ours
        file.truncate(size)
    return file


def _is_free(client: Client, path: str) -> bool:
    try:
        client.lstat(path)
    except StatusError as error:
        if error.errno == errno.ENOENT:
            return True
        raise
    return False


def _holds(client: Client, path: str, body: bytes) -> bool:
    if client.stat(path).st_size != len(body):
        return False
    with client.open(path, "rb") as file:
        return bool(file.read(len(body) + 1) == body)
