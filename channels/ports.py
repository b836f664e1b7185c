"""The ports: what the hub asks of an adapter, only as wide as used. Each has a contract suite in tests/contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Departure:
    """Frozen bytes on their way to one target. ``idempotency_key`` is the same on every attempt."""

    id: str
    body: bytes
    content_type: str
    file_name: str
    idempotency_key: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SendResult:
    """The other side took it. ``status`` and ``response`` (clipped) are what it answered, for the attempt's record.
    Unless ``final`` it has only been handed over, and says later whether it took it. Where it is ``offered``, it was
    sent nowhere: it lies in the outbox, and the other side comes for it."""

    status: str
    response: str = ""
    final: bool = True
    offered: bool = False


class Sender(Protocol):
    """Sends one departure, once. Raises TransientError, PermanentError or CredentialError; never retries by itself."""

    async def send(self, departure: Departure) -> SendResult: ...

    async def close(self) -> None: ...


class Pickup(Protocol):
    """One complete file that a polled transport found. ``confirm`` is called only after it is on disk.

    ``name`` is metadata only. ``identity`` is the same for as long as the file lies there unchanged, and another for
    its replacement. ``refusal`` says why the bytes are not handed over (too many); what has to be on disk before
    ``confirm`` is then the refusal.
    """

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str: ...

    @property
    def size(self) -> int: ...

    def blocks(self) -> Iterator[bytes]:
        """The bytes, read now, a block at a time. Blocking. Raises TransientError, possibly at the end, when they
        cannot be read or are no longer those that were found: what was handed over before is then worth nothing."""
        ...

    @property
    def refusal(self) -> str | None: ...

    async def confirm(self) -> None: ...


class Transport(Protocol):
    """A polled door. ``poll`` returns only complete files, at most ``limit``; what is not confirmed is found again.

    Raises TransientError when the place cannot be read: an unreachable folder is never an empty one.
    """

    async def poll(self, limit: int) -> Sequence[Pickup]: ...

    async def close(self) -> None:
        """Let go of connections. The last thing that is asked."""
        ...


@dataclass(frozen=True, slots=True)
class OfferedDocument:
    """A document inside something that lies in an outbox."""

    id: str
    type: str
    number: str
    partner: str


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """Frozen bytes that the other side fetches. ``idempotency_key`` is the same however often they are offered and
    fetched; ``position`` is larger than that of everything that was offered before; ``target`` names the partner's
    channel (``channel:<id>``) or the target of hub.yaml that it was composed for."""

    id: str
    position: int
    target: str
    file_name: str
    content_type: str
    size: int
    sha256: str
    idempotency_key: str
    available_at: datetime
    fetched_at: datetime | None
    documents: tuple[OfferedDocument, ...]


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """What is fetched: the bytes as they were frozen, and what goes with them."""

    id: str
    body: bytes
    content_type: str
    file_name: str
    sha256: str
    idempotency_key: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Lease:
    """Entries that nobody else is given until then; ``name`` ends it earlier. Empty when there was nothing to lease."""

    name: str
    until: datetime
    entries: tuple[OutboxEntry, ...]


class Confirmed(StrEnum):
    """What a confirmation found."""

    DONE = "done"  # now, or before: it may be said as often as one likes
    TOO_LATE = "too_late"  # the opposite was said before
    UNKNOWN = "unknown"  # nothing of this caller's has the id


class Outbox(Protocol):
    """What lies ready for one principal, and for nobody else. Blocking.

    Nothing leaves it by being fetched: an entry stays until it is confirmed, so that what was lost on the way is
    fetched again, under the same idempotency key.
    """

    def page(self, *, after: int = 0, limit: int = 100, target: str | None = None) -> Sequence[OutboxEntry]:
        """What is not confirmed, behind the position ``after``, oldest first; of one target alone when it is named.
        Whoever goes on from the last position misses nothing that is committed later."""
        ...

    def lease(self, limit: int, seconds: float) -> Lease:
        """The oldest entries that are not leased: two who work one outbox get none both, until the lease ends."""
        ...

    def release(self, lease: str) -> int:
        """Ends a lease early; returns how many entries are free again: none of one that has ended, or is somebody
        else's."""
        ...

    def open(self, id: str) -> OutboxItem | None:
        """What lies there, or lay there before; None for what is not this principal's."""
        ...

    def fetched(self, id: str) -> None:
        """The other side has all of its bytes; the first time is noted."""
        ...

    def confirm(self, ids: Sequence[str]) -> Mapping[str, Confirmed]:
        """The other side has them and need not be offered them again. What a system confirms is delivered by it."""
        ...

    def refuse(self, id: str, reason: str) -> Confirmed:
        """A system does not take it: it becomes a dead letter. Raises NotAllowed for a partner, who answers documents
        by documents."""
        ...


class Ledger(Protocol):
    """What a transport has taken from a place that does not, or is not to, let go of it. Durable. Blocking."""

    def known(self, identities: Sequence[str]) -> set[str]:
        """Those that were noted."""
        ...

    def note(self, identity: str) -> None: ...


class Upload(Protocol):
    """A file on its way in. Blocking; every method raises TransientError or PermanentError, whose detail its sender is
    told, when the bytes are not taken."""

    @property
    def size(self) -> int: ...

    def write(self, offset: int, block: bytes) -> None:
        """Bytes may come in any order; gaps have to be filled before ``submit``."""
        ...

    def truncate(self, size: int) -> None:
        """Only to what it has or less."""
        ...

    def submit(self, name: str) -> None:
        """It is whole, and called so. Returns once bytes and row are on disk: from then on it is the hub's to answer
        for."""
        ...

    def set_aside(self, *, closed: bool) -> None:
        """Keeps what is there, on disk, for its sender to go on with; ``closed`` when the sender said that this is all.
        Nothing happens to what was submitted."""
        ...


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that its sender may go on with. ``closed``: its sender said that this is all."""

    name: str
    size: int
    modified: datetime
    closed: bool


@dataclass(frozen=True, slots=True)
class Archived:
    """What the partner once sent or fetched."""

    id: str
    name: str
    size: int
    at: datetime


class Content(Protocol):
    """Bytes that are read in pieces. Blocking."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, size: int) -> bytes: ...

    def close(self) -> None: ...


class Desk(Protocol):
    """All that a hosted door may ask of the hub, always bound to one channel of one partner. Blocking; as ``Upload``,
    every method raises TransientError or PermanentError."""

    def begin(self, name: str, *, resume: bool) -> Upload:
        """A new upload, or what was set aside under the name, to go on with. Whoever else is at it is cut off."""
        ...

    def unfinished(self) -> Sequence[Unfinished]: ...

    def begun(self, name: str) -> Unfinished | None:
        """The unfinished upload of this name."""
        ...

    def rename(self, name: str, new: str) -> None:
        """Of an unfinished upload; one that has the new name is replaced."""
        ...

    def discard(self, name: str) -> None:
        """Of an unfinished upload."""
        ...

    def offered(self) -> Sequence[OutboxEntry]:
        """What lies ready to be fetched from this channel and was not let go of, oldest first."""
        ...

    def fetched(self, id: str) -> None:
        """The partner has all of its bytes; the first time is noted."""
        ...

    def let_go(self, ids: Sequence[str]) -> None:
        """The partner need not be offered them again."""
        ...

    def archive(self, limit: int) -> Sequence[Archived]:
        """What came through this channel and what was fetched from it, the newest first."""
        ...

    def open(self, id: str) -> Content | None:
        """The bytes of something of this partner's own; None for what is not."""
        ...
