"""A sender that nobody knew: whose it is, a person says once. The id becomes an alias in that partner's profile, and
what was put aside is worked."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import OperationRefused
from hub.operator import administration, operations
from hub.pipeline.admission import UNKNOWN_SENDER
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store.configuration import configurations
from hub.store.questions import search
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredInterchange
from partners.amending import with_alias


@dataclass(frozen=True, slots=True)
class Unknown:
    """Senders of an arrival that are none of any partner's, and the partners that one of them may be: those whose
    documents the channel may carry."""

    senders: tuple[tuple[str, str], ...]
    partners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The version of the profile that has the new ids, and what became of the arrival."""

    partner: str
    version: int
    told: str


def unknown_senders(services: HubServices, trace: Trace) -> Unknown | None:
    """What there is to be said of an arrival's senders; None when they are known."""
    arrival = trace.transmission
    if arrival.direction != "in" or arrival.status != ArrivalStatus.QUARANTINED:
        return None
    senders = dict.fromkeys((one.sender_qualifier, one.sender_id) for one in trace.interchanges if _is_unknown(one))
    partners = services.catalog().partners_of_channel(arrival.channel)
    return Unknown(tuple(senders), tuple(sorted(partners))) if senders else None


def assign(services: HubServices, transmission_id: str, partner: str, *, actor: str) -> Assigned:
    """Adds the unknown senders of an arrival to a profile, which is in force at once, and works the arrival. Raises
    OperationRefused, StaleVersion, and ConfigurationError when the profile cannot have them."""
    with services.store.read() as tx:
        trace = search.trace(tx, transmission_id)
        row = configurations.current(tx, administration.PARTNER, partner)
    unknown = unknown_senders(services, trace) if trace is not None else None
    if unknown is None:
        raise OperationRefused("No sender of this transmission is unknown.")
    if row is None or partner not in unknown.partners:
        raise OperationRefused(f"Choose a partner whose documents come this way: {', '.join(unknown.partners)}.")
    text = row.text
    for qualifier, id in unknown.senders:
        text = with_alias(text, qualifier, id)
    (applied,) = administration.apply_partners(services, {partner: text}, actor=actor, expected_version=row.version)
    named = ", ".join(f"{qualifier} {id}" for qualifier, id in unknown.senders)
    (outcome,) = operations.replay(services, [transmission_id], reason=f"{named} is {partner}", actor=actor)
    return Assigned(partner, applied.version, outcome.message)


def _is_unknown(interchange: StoredInterchange) -> bool:
    return any(finding.get("code") == UNKNOWN_SENDER for finding in interchange.findings)
