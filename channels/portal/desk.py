"""What the portal asks of the hub: always bound to one user of one partner, and to the session that it is asked in.

Every method blocks, and raises TransientError or PermanentError, whose text its user is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from canonical.finding import Finding, Severity

T = TypeVar("T")

# ---- values


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document, as far as every kind of document has it."""

    number: str
    item: str
    description: str = ""
    quantity: str = ""
    unit: str = ""
    price: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a document says: ``facts`` are pairs of what it is and what it says, in the order to be read. ``lines`` are
    the first of ``line_count``."""

    facts: tuple[tuple[str, str], ...] = ()
    lines: tuple[Line, ...] = ()
    line_count: int = 0


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """One document of a file. ``kind`` is what people call it, ``type`` its name in the hub; ``verdict`` and ``status``
    are the hub's words for how it was judged and where it stands; ``deliveries`` is how far it came in the buyer's
    systems, one status each; ``answers`` are what was answered, kind and verdict."""

    id: str
    type: str
    kind: str
    number: str
    verdict: str
    status: str
    findings: tuple[Finding, ...] = ()
    contents: Contents = Contents()
    reason: str = ""
    deliveries: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as the hub sees it, sent or only looked at. ``form`` is what it was taken for; ``status`` the hub's word
    for where it stands; ``findings`` are of the file as a whole. ``earlier`` is where the same content came before.
    ``unseen`` says why the hub could not look into it beforehand; ``left_out`` counts the documents behind those that
    it has looked at."""

    id: str
    name: str
    size: int
    form: str
    status: str
    at: datetime
    documents: tuple[SeenDocument, ...] = ()
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    test: bool = False
    earlier: Earlier | None = None
    unseen: str = ""
    left_out: int = 0
    is_table: bool = False
    """Whether its problems can be written into it."""

    @property
    def problems(self) -> tuple[tuple[SeenDocument | None, Finding], ...]:
        """All findings but mere notes: those of the file, then those of each document."""
        own: list[tuple[SeenDocument | None, Finding]] = [(None, finding) for finding in self.findings]
        every = (*own, *((one, finding) for one in self.documents for finding in one.findings))
        return tuple(entry for entry in every if entry[1].severity is not Severity.INFO)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same content as it came before."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that lies ready to be fetched, or was fetched. ``file_name`` names its bytes."""

    id: str
    file_name: str
    size: int
    at: datetime
    fetched_at: datetime | None
    documents: tuple[SeenDocument, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Newest first; ``older`` is what ``before`` has to be for the rows behind these, None behind the last."""

    rows: tuple[T, ...]
    older: int | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file to be saved, never to be shown by the browser."""

    file_name: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Template:
    """An empty or example file in which documents of one kind can be sent."""

    id: str
    kind: str
    form: str
    is_x12: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the same partner."""

    id: str
    email: str
    manages: bool
    signed_in_at: datetime | None
    self: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody whose link has not been followed yet."""

    id: str
    email: str
    expires_at: datetime
    renews: bool
    """For a new password."""


# ---- ports


class PortalDesk(Protocol):
    """Files in, files out, and what became of them."""

    def set_aside(self, name: str, body: bytes) -> str:
        """Keeps a file for its sender to look at, for an hour at most; the token by which this session finds it."""
        ...

    def preview(self, token: str) -> SeenFile | None:
        """What would become of it if it were sent now; None when it is not there any more. Nothing is stored."""
        ...

    def marked(self, token: str) -> Download | None:
        """The file with its problems written into it, to be mended; None when it is no table, or not there any more."""
        ...

    def commit(self, token: str) -> str | None:
        """Sends it: the id under which it is told what becomes of it, the same one however often it is asked. Returns
        when bytes and row are on disk. None when it was never sent and is not there any more."""
        ...

    def sent_as(self, token: str) -> str | None:
        """What ``commit`` returned for it, if it was asked."""
        ...

    def discard(self, token: str) -> None: ...

    def sent(self, text: str, before: int | None) -> Page[SeenFile]:
        """What this partner sent, through whichever door. ``text`` is an order, invoice, shipment or control number, a
        file's name or an id; empty for all."""
        ...

    def sent_file(self, id: str) -> SeenFile | None:
        """None for what is not this partner's."""
        ...

    def waiting(self, text: str, before: int | None) -> Page[Waiting]:
        """What the hub made for this partner. ``text`` as in ``sent``."""
        ...

    def waiting_file(self, id: str) -> Waiting | None:
        """With what its documents say; None for what is not this partner's."""
        ...

    def fetch(self, id: str) -> Download | None:
        """Its bytes, which count as fetched then."""
        ...

    def templates(self) -> Sequence[Template]: ...

    def template(self, id: str) -> Download | None: ...


class Team(Protocol):
    """The users of the own company. Asked only by those who may manage them."""

    def members(self) -> Sequence[Member]: ...

    def invited(self) -> Sequence[Invited]: ...

    def invite(self, email: str, *, manages: bool) -> str:
        """The path of a link that is shown this once."""
        ...

    def renew_password(self, id: str) -> str:
        """As ``invite``: for a user who has forgotten the password."""
        ...

    def withdraw(self, id: str) -> None:
        """Of an invitation."""
        ...

    def let_manage(self, id: str, manages: bool) -> None: ...

    def remove(self, id: str) -> None: ...
