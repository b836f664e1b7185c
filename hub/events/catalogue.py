"""The catalogue: every kind of event that the hub records, what it means, and the model of what it says.

Its name is a noun and what has happened to it, in the past tense: ``delivery.dead``. To the world it has the type
``supplierhub.delivery.dead.v1``. A version gets new optional fields and no other change; whatever else changes is the
next version, told beside the one before for as long as docs/events.md promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hub.events import data
from hub.events.data import EventData
from partners.webhook import EVENTS

NAMESPACE = "supplierhub"


class Audience(IntEnum):
    """Who is told, from the few to the many."""

    HOUSE = 0  # the audit trail alone: people, keys, and what was only looked at
    SYSTEMS = 1  # our ERP and WMS, and the stream
    PARTNERS = 2  # the partner that it is about, too


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event. A meaning that EVENTS has is said there, for webhooks too."""

    model: type[EventData]
    meaning: str
    audience: Audience = Audience.PARTNERS
    version: int = 1


_SYSTEMS, _HOUSE = Audience.SYSTEMS, Audience.HOUSE

KINDS: Mapping[str, Kind] = {
    "transmission.received": Kind(data.Received, EVENTS["transmission.received"]),
    "transmission.processed": Kind(data.Worked, EVENTS["transmission.processed"]),
    "transmission.rejected": Kind(data.Worked, EVENTS["transmission.rejected"]),
    "transmission.quarantined": Kind(data.Worked, EVENTS["transmission.quarantined"]),
    "transmission.duplicate": Kind(data.Worked, EVENTS["transmission.duplicate"]),
    "transmission.replayed": Kind(data.TransmissionReplayed, "its bytes were taken in once more", _SYSTEMS),
    "document.routed": Kind(data.DocumentOutcome, EVENTS["document.routed"]),
    "document.unrouted": Kind(data.DocumentOutcome, EVENTS["document.unrouted"]),
    "document.held": Kind(data.DocumentOutcome, EVENTS["document.held"]),
    "document.rejected": Kind(data.DocumentOutcome, EVENTS["document.rejected"]),
    "document.quarantined": Kind(data.DocumentOutcome, EVENTS["document.quarantined"]),
    "document.duplicate": Kind(data.DocumentOutcome, EVENTS["document.duplicate"]),
    "document.reconciled": Kind(data.DocumentOutcome, EVENTS["document.reconciled"]),
    "document.orphan": Kind(data.DocumentOutcome, EVENTS["document.orphan"]),
    "document.replayed": Kind(data.DocumentReplayed, "it was worked again, and another stands in its place", _SYSTEMS),
    "acknowledgment.made": Kind(data.AcknowledgmentMade, EVENTS["acknowledgment.made"]),
    "acknowledgment.resent": Kind(data.AcknowledgmentResent, "a duplicate is answered with the first answer"),
    "delivery.composed": Kind(data.Composed, EVENTS["delivery.composed"]),
    "delivery.awaiting": Kind(data.Handled, EVENTS["delivery.awaiting"]),
    "delivery.delivered": Kind(data.Delivered, EVENTS["delivery.delivered"]),
    "delivery.fetched": Kind(data.Handled, EVENTS["delivery.fetched"]),
    "delivery.confirmed": Kind(data.Handled, "the other side said that it has it"),
    "delivery.acknowledged": Kind(data.Answered, EVENTS["delivery.acknowledged"]),
    "delivery.interchange_accepted": Kind(data.Answered, "a TA1 accepted the interchange that carried it"),
    "delivery.refused": Kind(data.Answered, EVENTS["delivery.refused"]),
    "delivery.refused_by_target": Kind(data.DeliveryDecided, "the system that was handed it does not take it"),
    "delivery.dead": Kind(data.DeliveryDecided, EVENTS["delivery.dead"]),
    "delivery.resent": Kind(data.DeliveryDecided, EVENTS["delivery.resent"]),
    "delivery.given_up": Kind(data.DeliveryDecided, EVENTS["delivery.given_up"]),
    "notification.resent": Kind(data.NotificationResent, "a webhook is sent a notification again", _SYSTEMS),
    "target.opened": Kind(data.TargetOpened, "it takes nothing; its backlog is kept", _SYSTEMS),
    "target.closed": Kind(data.TargetClosed, "it takes deliveries again", _SYSTEMS),
    "target.paused": Kind(data.TargetSwitched, "an operator holds its deliveries back", _SYSTEMS),
    "target.resumed": Kind(data.TargetSwitched, "an operator lets its deliveries leave again", _SYSTEMS),
    "work_item.closed": Kind(data.WorkItemClosed, "a person settled what was asked", _SYSTEMS),
    "configuration.applied": Kind(data.ConfigurationApplied, "another version is in force", _SYSTEMS),
    "configuration.scheduled": Kind(data.ConfigurationScheduled, "a profile comes into force later", _SYSTEMS),
    "configuration.withdrawn": Kind(data.Nothing, "a profile that was to come into force does not", _SYSTEMS),
    "crosswalk.changed": Kind(data.CrosswalkChanged, "a partner's crosswalk has another revision", _SYSTEMS),
    "control_number.set": Kind(data.NumberSet, "a person, or a restore, moved a count of control numbers", _SYSTEMS),
    "hub.restored": Kind(data.Restored, "the hub was made of a backup", _SYSTEMS),
    "hub.moved": Kind(data.Moved, "the store was moved to another database", _SYSTEMS),
    "retention.pruned": Kind(data.Pruned, "what was older than it is kept was removed", _SYSTEMS),
    "dry_run.made": Kind(data.DryRun, "somebody looked at what would come of something", _HOUSE),
    "replay.previewed": Kind(data.ReplayPreviewed, "somebody looked at what a replay would change", _HOUSE),
    "replay.refused": Kind(data.ReplayRefused, "a replay that was confirmed could not be done", _HOUSE),
    "key.created": Kind(data.KeyCreated, "an access key for the API was made", _HOUSE),
    "key.revoked": Kind(data.Nothing, "an access key was ended", _HOUSE),
    "user.invited": Kind(data.UserInvited, "a person of a partner was invited to the portal", _HOUSE),
    "user.invitation_withdrawn": Kind(data.Nothing, "the invitation was taken back", _HOUSE),
    "user.joined": Kind(data.Nothing, "the invited person has a password", _HOUSE),
    "user.password_link_made": Kind(data.Nothing, "a link for a new password was made", _HOUSE),
    "user.password_changed": Kind(data.Nothing, "a user has a new password", _HOUSE),
    "user.changed": Kind(data.UserChanged, "what a user may do was changed", _HOUSE),
    "user.removed": Kind(data.UserRemoved, "a user comes in no more", _HOUSE),
    "user.signed_in": Kind(data.Nothing, "a user came in", _HOUSE),
    "user.signed_out_everywhere": Kind(data.Nothing, "every session of a user was ended", _HOUSE),
}
"""Kind → what there is to know of it."""


def type_of(kind: str) -> str:
    """The CloudEvents type, with its version."""
    return f"{NAMESPACE}.{kind}.v{KINDS[kind].version}"


TYPES: Mapping[str, str] = {type_of(kind): kind for kind in KINDS}
"""CloudEvents type → kind."""


def schema_id(kind: str) -> str:
    """The ``$id`` of the JSON Schema of its data."""
    return f"urn:supplier-hub:event:{kind}:{KINDS[kind].version}"


def told(kind: str, said: dict[str, Any], audience: Audience) -> dict[str, Any]:
    """What of an event's data somebody of this audience is told; a field that says nothing is left out."""
    hidden = KINDS[kind].model.inside if audience is Audience.PARTNERS else frozenset[str]()
    return {name: value for name, value in said.items() if value is not None and name not in hidden}


def kinds_for(audience: Audience) -> list[str]:
    """What somebody of this audience may be told of."""
    return [kind for kind, one in KINDS.items() if one.audience >= audience]
