"""Rows as frozen values. Field names and order are columns of the table of the same name (see ``engine.rows.Rows``).

What each document makes several of are named tuples: a frozen dataclass takes five times as long to make. Nobody
changes the lists inside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

Json = dict[str, Any]


class Transmission(NamedTuple):
    """One physical arrival or departure of bytes. A claimed one carries the fence of its holder."""

    id: str
    direction: str
    channel: str
    partner: str | None
    order_scope: str
    transport_id: str
    file_name: str
    content_type: str
    sha256: str
    size: int
    status: str
    received_at: datetime
    reason: str | None = None
    findings: list[Json] | None = None
    profile_version: int | None = None
    sets: int | None = None
    next_chunk: int = 0
    duplicate_of: str | None = None
    replay_of: str | None = None
    finished_at: datetime | None = None
    target: str | None = None
    idempotency_key: str | None = None
    headers: dict[str, str] | None = None
    due_at: datetime | None = None
    since: datetime | None = None
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    fence: int = 0
    body: bytes | None = None
    """None when the bytes are a blob; ``transmissions.body`` reads either."""
    pruned_at: datetime | None = None
    """When retention removed the bytes."""
    seq: int = 0

    def __repr__(self) -> str:
        return f"Transmission({self.id})"  # not what a partner sent


class StoredInterchange(NamedTuple):
    id: str
    transmission_id: str
    position: int
    partner: str | None
    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    control_number: str
    sha256: str
    date: str
    time: str
    version: str
    usage_indicator: str
    note_code: str
    verdict: str
    byte_offset: int | None = None
    byte_length: int | None = None
    reason: str | None = None
    profile_version: int | None = None
    duplicate_of: str | None = None
    findings: list[Json] = []
    seq: int = 0


class StoredGroup(NamedTuple):
    id: str
    interchange_id: str
    position: int
    functional_identifier: str
    control_number: str
    release: str
    set_count: int
    errors: list[Any] = []
    partner: str | None = None
    sender_id: str | None = None
    seq: int = 0


class StoredDocument(NamedTuple):
    """One business document. ``canonical`` is its JSON text; ``envelope`` and ``provenance`` lie beside it, this
    one as ``channels.x12.sets.provenance`` writes it."""

    id: str
    origin_id: str
    transmission_id: str
    partner: str
    direction: str
    type: str
    usage_indicator: str
    verdict: str
    status: str
    created_at: datetime
    revision: int = 1
    number: str = ""
    interchange_id: str | None = None
    group_id: str | None = None
    set_ordinal: int | None = None
    set_type: str | None = None
    release: str | None = None
    set_control_number: str | None = None
    byte_offset: int | None = None
    byte_length: int | None = None
    segment_count: int | None = None
    faults: list[Any] = []
    findings: list[Json] = []
    changes: list[Json] = []
    reason: str | None = None
    canonical: str | None = None
    canonical_hash: str | None = None
    provenance: str | None = None
    envelope: Json = {}
    identity_key: str | None = None
    profile_version: int | None = None
    replay_of: str | None = None
    findings_listed: bool | None = None
    seq: int = 0

    def __repr__(self) -> str:
        return f"StoredDocument({self.id})"  # not what a partner sent


class SetOutcomeRow(NamedTuple):
    """What a functional acknowledgment needs of one judged set."""

    set_ordinal: int
    set_type: str
    set_control_number: str
    verdict: str
    status: str
    release: str | None
    faults: list[Any]
    findings: list[Json]


class StoredDelivery(NamedTuple):
    """One document on its way to one target."""

    id: str
    document_id: str
    partner: str
    target: str
    idempotency_key: str
    status: str
    created_at: datetime
    reason: str | None = None
    departure_id: str | None = None
    changes: list[Json] | None = None
    acknowledgment_due: datetime | None = None
    acknowledged_by: str | None = None
    settled_at: datetime | None = None
    batch: str | None = None
    place: int = 0
    """Where it stands among those that share a key: before all with a greater place, and with a greater ``seq`` where
    the place is the same."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """One try to send a departure; ``outcome`` is None while it runs, or for ever when the node was cut off."""

    departure_id: str
    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    status: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """A departure that lies, or lay, in an outbox until the other side fetches it. One that is sent again is offered
    again, and its earlier offer withdrawn."""

    departure_id: str
    box: str
    target: str
    available_at: datetime
    waiting: bool = True
    """A partner has not fetched it yet, or a system has not said what became of it."""
    fetched_at: datetime | None = None
    """The first time."""
    fetched_by: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    outcome: str | None = None
    lease: str | None = None
    lease_until: datetime | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class TargetState:
    """How it stands with one target or channel that the hub sends to: its breaker, what it asked for, and what an
    operator decided. ``failures`` and ``openings`` count in a row, since the last success; ``misdirected`` are the
    departures in a row of which it says that it takes nothing at this place."""

    id: str
    target: str
    since: datetime
    breaker: str = "closed"
    failures: int = 0
    openings: int = 0
    reason: str | None = None
    probe_at: datetime | None = None
    """When the next probe may leave; while one is under way, when it counts as lost."""
    probe: str | None = None
    """The departure that probes."""
    hold_until: datetime | None = None
    """What the target asked for by Retry-After."""
    next_at: datetime | None = None
    """When its rate allows the next request."""
    paused_at: datetime | None = None
    paused_by: str | None = None
    pause_reason: str | None = None
    misdirected: list[str] | None = None


class StoredAcknowledgment(NamedTuple):
    """One 997, 999, TA1 or 824 of ours: which document it is and what it answers. ``scope`` is unique."""

    scope: str
    document_id: str
    interchange_id: str
    group_id: str | None
    kind: str
    verdict: str
    created_at: datetime

    def concerns(self, document: StoredDocument) -> bool:
        """Whether it answers this document, or the group or interchange it came in."""
        around = f"group:{document.group_id}", f"interchange:{document.interchange_id}"
        return self.scope in (f"document:{document.origin_id}", *around)


@dataclass(frozen=True, slots=True)
class SentSet:
    """The control numbers under which one delivery left, by which the partner's acknowledgment names it. ``identity``
    is the key of the one of ours that counts them; empty in rows of before it was noted."""

    delivery_id: str
    departure_id: str
    partner: str
    interchange_control_number: str
    functional_identifier: str
    group_control_number: str
    set_type: str
    set_control_number: str
    identity: str = ""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something a person must decide."""

    id: str
    kind: str
    key: str
    partner: str | None
    summary: str
    created_at: datetime
    closed_at: datetime | None = None
    open: bool = True
    subjects: tuple[str, ...] = ()
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Timer:
    """Something due at an instant. A claimed one carries the fence of its holder."""

    kind: str
    key: str
    due_at: datetime
    payload: Json | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    fence: int = 0


class StoredEvent(NamedTuple):
    """Something that happened, past tense, written in the transaction of the change it tells."""

    at: datetime
    kind: str
    subject_id: str
    transmission_id: str | None
    partner: str | None
    actor: str
    data: Json
    position: int | None = None
    """Its place in the feed, given when it is sealed."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the audit chain: the events with positions ``first`` to ``last``, and the hash of the link before."""

    number: int
    first: int
    last: int
    digest: str
    previous: str
    sealed_at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """``list`` is item, unit, location or code; ``code_list`` names the list when it is code, else it is empty."""

    list: str
    code_list: str
    partner_value: str
    our_value: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key of a partner, a system or a gateway; only its hash is stored. ``scopes`` are parted by blanks, None is
    all."""

    id: str
    kind: str
    subject: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    scopes: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Drawn with a key, and no longer good than that key; only its hash is stored. ``scopes`` are parted by blanks."""

    key_id: str
    scopes: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in operator. ``csrf`` is the token its forms must repeat."""

    operator: str
    csrf: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class AppliedConfiguration:
    """One applied version of hub.yaml or of a partner's profile, as YAML text."""

    kind: str
    key: str
    version: int
    text: str = field(repr=False)
    sha256: str
    applied_at: datetime
    applied_by: str
