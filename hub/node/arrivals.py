"""Arrivals: claimed in order, one partner's at a time, and worked to their end."""

from __future__ import annotations

import logging

from hub.compute.port import ComputingUnavailable
from hub.node.claims import claiming
from hub.observe.context import bound
from hub.observe.watch import Phase
from hub.pipeline import flow
from hub.services import CLAIM_SECONDS, HubServices
from hub.store import transmissions
from hub.store.errors import StaleLease, StoreUnavailable
from hub.store.records import Transmission

UNAVAILABLE = (StoreUnavailable, ComputingUnavailable)
"""What says nothing about an arrival: it is worked again as soon as that can be."""

log = logging.getLogger(__name__)


def process_pending(services: HubServices, owner: str) -> int:
    """Works every arrival that is waiting, one after another; returns how many."""
    count = 0
    while (claimed := claim_one(services, owner)) is not None:
        process_one(services, claimed)
        count += 1
    return count


def claim_one(services: HubServices, owner: str) -> Transmission | None:
    """The arrival to work next, claimed, or None."""
    claimed: list[Transmission] = []
    with claiming(services, lambda tx: transmissions.release(tx, claimed)), services.store.begin() as tx:
        found = transmissions.claim_arrival(tx, owner, services.clock(), CLAIM_SECONDS)
        claimed += [found] if found else []
    return found


def process_one(services: HubServices, claimed: Transmission) -> None:
    """Works a claimed arrival to its end, or to that of its chunk when the node stops. Raises UNAVAILABLE: then it is
    to be given back."""
    with bound(transmission=claimed.id, partner=claimed.partner):
        try:
            for _ in flow.process(services, claimed):
                services.watch.turn()
                if services.watch.phase is Phase.STOPPING:
                    break  # what is left of it is worked by another node, or after the restart
        except StaleLease:
            log.warning("another node has taken over %s", claimed.id)
        except UNAVAILABLE:
            raise
        except Exception as error:
            log.exception("arrival %s could not be worked", claimed.id)
            flow.quarantine(services, claimed, error)
