"""Who may come in: one connection's handshake with asyncssh, up to its sessions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import asyncssh

from channels.sftp.server.algorithms import take_strong_signatures_only
from channels.sftp.server.guessing import Guessing
from channels.sftp.server.mailbox import Blocking, Credential, Mailbox, Mailboxes, SignedIn, has_key
from channels.sftp.server.requests import Requests
from channels.sftp.server.session import SftpSession
from channels.sftp.server.tree import Tree

PASSWORD_BYTES = 200
"""A longer one is not even looked at."""

SESSIONS = 10
"""Sessions of one connection at one time."""


class Observer(Protocol):
    """What the door tells the hub of. Called from the event loop, and from threads."""

    def signed_in(self, who: SignedIn) -> None: ...

    def turned_away(self, user: str, address: str, why: str) -> None: ...

    def refused(self, who: SignedIn, what: str) -> None: ...

    def left(self, who: SignedIn, why: str) -> None: ...


class SignIn(asyncssh.SSHServer):
    """One connection: who it is, which comes from its credential alone, and what it has open."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        run: Blocking,
        observer: Observer,
        guessing: Guessing,
        attempts: int,
        address: str,
    ) -> None:
        self.who: SignedIn | None = None
        self.seen_at = time.monotonic()
        self._mailboxes = mailboxes
        self._run = run
        self._observer = observer
        self._guessing = guessing
        self._attempts = attempts
        self._address = address
        self._failures = 0
        self._verified: tuple[str, Mailbox, Credential] | None = None
        self._connection: asyncssh.SSHServerConnection | None = None
        self._sessions: list[SftpSession] = []

    # ---- what asyncssh calls

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def connection_lost(self, exc: Exception | None) -> None:
        if self.who is not None:
            self._observer.left(self.who, type(exc).__name__ if exc else "")

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        """Told to everybody: whether a mailbox takes passwords is not for strangers to know."""
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        blob = bytes(key.public_data)
        take_strong_signatures_only(key)

        def find() -> Mailbox | None:
            found = self._mailbox(username)
            return found if found is not None and has_key(found, blob, datetime.now(UTC)) else None

        return self._noted(username, await self._run(find), Credential(key=blob))

    async def validate_password(self, username: str, password: str) -> bool:
        """Answers as late for a name that is not there as for a wrong password, and later the more often this address
        has been wrong. No account is ever closed by it."""
        async with self._guessing.turns:
            found, hash = await self._run(lambda: self._checked(username, password))
        if found is None:
            await self._guessing.failed(self._address)
        return self._noted(username, found, Credential(password_hash=hash))

    def auth_completed(self) -> None:
        """The credential that was checked last is the one that has now been proved; the name must be its own."""
        name = self._connection.get_extra_info("username") if self._connection is not None else None
        if self._verified is None or self._verified[0] != name:
            self.cut("the sign-in is of nobody")
            return
        _, mailbox, credential = self._verified
        self.who = SignedIn(mailbox, credential, self._address)
        self._observer.signed_in(self.who)

    def session_requested(self) -> SftpSession | bool:
        who = self.who
        self._sessions = [session for session in self._sessions if not session.over]
        if who is None or len(self._sessions) >= SESSIONS:
            return False
        refused = self._refusing(who)
        tree = Tree(who.mailbox.desk, keep=who.mailbox.settings.after_fetch == "keep")
        session = SftpSession(Requests(tree, refused), self._run, refused, self.seen)
        self._sessions.append(session)
        return session

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        return self._no_forwarding()

    def server_requested(self, listen_host: str, listen_port: int) -> bool:
        return self._no_forwarding()

    def unix_connection_requested(self, dest_path: str) -> bool:
        return self._no_forwarding()

    def unix_server_requested(self, listen_path: str) -> bool:
        return self._no_forwarding()

    def tun_requested(self, unit: int | None) -> bool:
        return self._no_forwarding()

    def tap_requested(self, unit: int | None) -> bool:
        return self._no_forwarding()

    # ---- what the door asks

    def seen(self) -> None:
        self.seen_at = time.monotonic()

    async def finish(self) -> None:
        """Waits for requests that are under way; the rest is left to its client to do again."""
        await asyncio.gather(*(session.stop() for session in self._sessions))

    def cut(self, why: str) -> None:
        """Ends the connection at once."""
        if self._connection is not None and not self._connection.is_closed():
            self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, why)

    # ---- inside

    def _mailbox(self, user: str) -> Mailbox | None:
        found = self._mailboxes.of(user)
        return found if found is not None and found.settings.admits(self._address) else None

    def _checked(self, user: str, password: str) -> tuple[Mailbox | None, str | None]:
        if not 0 < len(password.encode()) <= PASSWORD_BYTES:
            password = ""
        found = self._mailbox(user)
        hash = self._mailboxes.password_hash(found) if found is not None else None
        right = self._mailboxes.verifies(hash, password)
        return (found, hash) if right and hash is not None else (None, None)

    def _noted(self, user: str, mailbox: Mailbox | None, credential: Credential) -> bool:
        """Remembers what was checked last; whoever fails too often has to connect again."""
        self._verified = (user, mailbox, credential) if mailbox is not None else None
        if mailbox is not None:
            return True
        self._failures += 1
        self._observer.turned_away(user, self._address, credential.kind)
        if self._failures >= self._attempts:
            self.cut("Too many attempts.")
        return False

    def _refusing(self, who: SignedIn) -> Callable[[str], None]:
        return lambda what: self._observer.refused(who, what)

    def _no_forwarding(self) -> bool:
        if self.who is not None:
            self._observer.refused(self.who, "forwarding")
        return False
