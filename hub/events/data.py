"""What each event says beside who, what and when. docs/events.md has the rule by which these may change.

A field that says nothing is absent. ``inside`` names what only our own house is told: why and by whom something was
decided is not a partner's to know.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class EventData(BaseModel):
    """The base: closed, so that nothing is told that is not described."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inside: ClassVar[frozenset[str]] = frozenset()


class Nothing(EventData):
    """Who, what and when say it all."""


# ---- what comes


class Received(EventData):
    """Bytes are on disk."""

    channel: str
    bytes: int = Field(ge=0)
    sha256: str


class Worked(EventData):
    """How an arrival ended. ``duplicate_of`` is the transmission that the same content came by first."""

    inside = frozenset({"reason"})

    channel: str
    reason: str | None = None
    duplicate_of: str | None = None


class Decided(EventData):
    """A person or a system decided it, for a reason; ``preview`` and ``chosen_by`` say how it was chosen."""

    inside = frozenset({"preview", "chosen_by"})

    reason: str
    preview: str | None = None
    chosen_by: str | None = None


class TransmissionReplayed(Decided):
    """The bytes arrived once more, under the id ``as``."""

    new: str = Field(alias="as")


class DocumentOutcome(EventData):
    """What became of a document. ``verdict`` is the judge's."""

    inside = frozenset({"reason"})

    type: str
    number: str
    verdict: str
    reason: str | None = None


class DocumentReplayed(Decided):
    """It was worked again, as the document ``as``; ``deliveries`` says of each target what that changes."""

    new: str = Field(alias="as")
    outcome: str
    profile: str
    deliveries: dict[str, str]


class AcknowledgmentMade(EventData):
    """``kind`` is TA1, 997, 999 ... and ``verdict`` what it says."""

    kind: str
    verdict: str


class AcknowledgmentResent(EventData):
    """The same bytes leave again."""

    departure: str
    because: str


# ---- what leaves


class Composed(EventData):
    """``departure`` is the transmission whose bytes are now fixed."""

    departure: str
    target: str
    bytes: int = Field(ge=0)


class Delivered(EventData):
    """``status`` is what the other side answered; ``again`` when it had been resent, or replayed."""

    target: str
    document: str
    status: str
    again: str | None = None


class Handled(EventData):
    """``credential`` is the access key by which the other side did it."""

    inside = frozenset({"credential"})

    target: str
    document: str
    credential: str | None = None


class DeliveryDecided(Decided):
    """``reason`` is the target's where it refused, and else that of whoever decided."""

    target: str | None = None
    document: str | None = None


class Answered(EventData):
    """``by`` is the acknowledgment that says so."""

    by: str
    document: str


class NotificationResent(Decided):
    """A webhook's notification."""

    target: str | None = None


# ---- targets, and what people do


class TargetOpened(EventData):
    """Nothing but probes leaves for it; the next one may at ``until``."""

    target: str
    reason: str | None = None
    until: str | None = None


class TargetClosed(EventData):
    """Deliveries leave again."""

    target: str
    open_since: str | None = None
    reason: str | None = None


class TargetSwitched(EventData):
    """An operator's switch."""

    target: str
    reason: str


class WorkItemClosed(EventData):
    """``summary`` is what it asked."""

    reason: str
    summary: str


class ConfigurationApplied(EventData):
    """``kind`` is partner, or hub for hub.yaml."""

    kind: str
    version: int


class ConfigurationScheduled(EventData):
    """``at`` is when it comes into force."""

    at: str


class CrosswalkChanged(EventData):
    """``revision`` is noted at every document that is translated by it."""

    revision: int


class KeyCreated(EventData):
    """``scopes`` are absent where it may do all that its kind may."""

    kind: str
    subject: str
    name: str
    scopes: str | None = None
    expires_at: str | None = None


class NumberSet(EventData):
    """The count of interchanges or groups goes on at ``next``."""

    kind: str
    identity: str
    before: int
    next: int
    reason: str


class Restored(EventData):
    """``seal`` is the newest of the backup; ``sent_again`` how many departures leave once more."""

    taken_at: str
    seal: int
    sent_again: int


class Moved(EventData):
    """From one kind of database to another, sqlite or postgresql, with so many rows."""

    before: str
    now: str
    rows: int


class Pruned(EventData):
    """``what`` was removed, from before an instant."""

    what: str
    count: int
    before: str


class DryRun(EventData):
    """What was looked at; nothing was changed."""

    operation: str | None = None
    outcome: str | None = None
    entries: int | None = None
    looked_at: int | None = None
    channel: str | None = None
    bytes: int | None = None
    sha256: str | None = None


class ReplayPreviewed(EventData):
    """What was shown to whoever is to confirm it."""

    profile: str
    selection: dict[str, Any]
    chosen_by: str
    lines: list[dict[str, Any]]


class ReplayRefused(Decided):
    """``refused`` says why it could not be done."""

    refused: str


class UserInvited(EventData):
    """A person of a partner; ``manages`` when they may invite others."""

    email: str
    manages: bool


class UserRemoved(EventData):
    """A person of a partner."""

    email: str


class UserChanged(EventData):
    """``manages`` when they may invite others."""

    manages: bool
