"""Where documents go, decided from the configuration alone: no store, no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from canonical.document import Document
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from canonical.party import PartyRole
from channels.channel import Codec, Usage
from hub.channel_names import CHANNEL_PREFIX, channel_id
from hub.settings import EVERY, WMS_OF_SHIP_TO, HubSettings, Location, Route
from partners.agreement import Direction
from partners.pinned import Pinned


@dataclass(frozen=True, slots=True)
class Routing:
    """The targets, in the order of hub.yaml, or in plain words why there are none."""

    targets: tuple[str, ...] = ()
    explanation: str = ""


def inbound_targets(document: Document, partner: str, usage_indicator: str, settings: HubSettings) -> Routing:
    """Every target of every route that matches. Production targets take production documents only, test targets test
    documents only (promise 10)."""
    matching = [route for route in settings.routes if _takes(route, document, partner)]
    location = ship_to_location(document, settings) if any(_asks_where(route) for route in matching) else None
    matching = [route for route in matching if _ships_there(route, location)]
    if not matching:
        return Routing(explanation=f"no route of hub.yaml takes {document.type} documents of {partner}")
    wanted = dict.fromkeys(key for route in matching for key in _keys(route, location))
    usage = Usage.PRODUCTION if usage_indicator == Usage.PRODUCTION.indicator else Usage.TEST
    fitting = [key for key in wanted if (target := settings.target(key)) and target.usage is usage]
    if wanted and not fitting:
        return Routing(explanation=f"this is {usage.value} traffic, and no routed target is a {usage.value} target")
    if not fitting:
        return Routing(explanation="its ship-to is no location of hub.yaml that has a WMS")
    return Routing(tuple(fitting))


def _takes(route: Route, document: Document, partner: str) -> bool:
    """Whether it takes such documents of that partner at all."""
    if document.type not in route.documents or route.direction is not Direction.INBOUND:
        return False
    return EVERY in route.partners or partner in route.partners


def _asks_where(route: Route) -> bool:
    """Whether it depends on where the goods go."""
    return EVERY not in route.ship_to or WMS_OF_SHIP_TO in route.to


def _ships_there(route: Route, location: Location | None) -> bool:
    return EVERY in route.ship_to or (location is not None and location.key in route.ship_to)


def _keys(route: Route, location: Location | None) -> Iterator[str]:
    for key in route.to:
        if key != WMS_OF_SHIP_TO:
            yield key
        elif location is not None and location.wms is not None:
            yield location.wms


def ship_to_location(document: Document, settings: HubSettings) -> Location | None:
    """Our location that the document ships to, by any identifier its ship-to party carries."""
    ships_to = (party.identifier for party in document.all_parties() if party.role is PartyRole.SHIP_TO)
    found = (settings.location(identifier.qualifier, identifier.value) for identifier in ships_to if identifier)
    return next((location for location in found if location is not None), None)


def outbound_target(document: Document, pinned: Pinned, *, arrived_by: str | None = None) -> Routing:
    """The partner's channel for a document of ours. An acknowledgment goes where the agreement says, else back through
    the channel that brought what it acknowledges, else through the first channel that sends X12."""
    agreement = pinned.sending(document)
    if agreement is not None:
        channel = pinned.partner.channel(agreement.channel)
        if channel is not None and channel.sends:
            return Routing((CHANNEL_PREFIX + channel_id(pinned.partner, channel),))
        return Routing(explanation=f"channel {agreement.channel} of {pinned.key} does not send")
    if isinstance(document, FunctionalAcknowledgment):
        senders = [channel_id(pinned.partner, c) for c in pinned.partner.channels if c.sends and c.codec is Codec.X12]
        if senders:
            return Routing((CHANNEL_PREFIX + (arrived_by if arrived_by in senders else senders[0]),))
    return Routing(explanation=f"nothing is agreed with {pinned.key} about outbound {document.type} documents")
