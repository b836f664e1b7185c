"""Whose mailbox it is: what the door asks before it opens, and keeps asking while somebody is inside."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from channels.ports import Desk
from channels.sftp.server.settings import MailboxSettings

T = TypeVar("T")


class Blocking(Protocol):
    """Runs what blocks, apart from the event loop. What it has begun it finishes, though its caller be cancelled."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A partner's mailbox as its profile has it at the moment; ``channel`` is the channel's id."""

    partner: str
    channel: str
    settings: MailboxSettings
    desk: Desk


class Mailboxes(Protocol):
    """Every mailbox that is open: of a partner that is not suspended, by the configuration in force. Blocking."""

    def of(self, user: str) -> Mailbox | None: ...

    def password_hash(self, mailbox: Mailbox) -> str | None:
        """What its profile refers to, if it does and that can be read."""
        ...

    def verifies(self, password_hash: str | None, password: str) -> bool:
        """Takes as long where there is no hash."""
        ...


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody signed in with: a public key, or a password that had this hash."""

    key: bytes | None = None
    password_hash: str | None = None

    @property
    def kind(self) -> str:
        return "key" if self.key is not None else "password"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is inside."""

    mailbox: Mailbox
    credential: Credential
    address: str

    def allowed(self, mailboxes: Mailboxes, now: datetime) -> bool:
        """Whether the same credential would still open the same mailbox. Blocking."""
        current = mailboxes.of(self.mailbox.settings.user)
        if current is None or current.channel != self.mailbox.channel or not current.settings.admits(self.address):
            return False
        if self.credential.key is not None:
            return has_key(current, self.credential.key, now)
        return self.credential.password_hash == mailboxes.password_hash(current)


def has_key(mailbox: Mailbox, blob: bytes, now: datetime) -> bool:
    matches = [key.valid(now) and hmac.compare_digest(key.blob, blob) for key in mailbox.settings.keys]
    return any(matches)
