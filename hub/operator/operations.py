"""What an operator may do with what has been stored. Pages and command line call the same functions.

Three words, three commands: a resend sends the same bytes under the same control numbers, a replay works stored bytes
through the pipeline again, and giving up ends a dead letter so that what waits behind it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.channel_names import WEBHOOKS
from hub.errors import OperationRefused
from hub.pipeline.basis import Basis
from hub.pipeline.effect import Act, Effect
from hub.pipeline.replay import Decision, NotReplayable, Replays, replay_transmission
from hub.services import HubServices
from hub.states import BreakerState, DeliveryStatus, DepartureStatus
from hub.store.errors import StaleStatus
from hub.store.outbound import targets as target_states
from hub.store.schema.records import StoredDelivery, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.trail import events, work_items

BULK_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one id."""

    id: str
    done: bool
    message: str


def resend(services: HubServices, ids: Sequence[str], *, reason: str, actor: str, chosen_by: str = "") -> list[Outcome]:
    """Sends the frozen bytes of deliveries or departures again, with the same control numbers and keys; for what waits
    for its next attempt, makes that now. ``chosen_by`` says by which filter they were found."""
    decision = Decision(reason, actor, {"chosen_by": chosen_by} if chosen_by else {})

    def act(one: str) -> str:
        with services.store.begin() as tx:
            return resend_one(tx, one, decision, services.clock())

    return each(services, ids, reason, act)


def replay(
    services: HubServices, ids: Sequence[str], *, reason: str, actor: str, basis: Basis = Basis.AS_NOW
) -> list[Outcome]:
    """Works documents, or refused and quarantined transmissions, again. A held document passes the holds that it
    shows. ``hub.operator.replays`` shows first what would come of it."""
    replays, decision = Replays(services, basis), Decision(reason, actor)
    return each(services, ids, reason, lambda one: _replay(services, replays, one, decision))


def give_up(
    services: HubServices, ids: Sequence[str], *, reason: str, actor: str, chosen_by: str = ""
) -> list[Outcome]:
    """Ends dead letters (deliveries or departures), and deliveries that wait to be composed: what waits behind them
    goes on. ``chosen_by`` as for ``resend``."""
    decision = Decision(reason, actor, {"chosen_by": chosen_by} if chosen_by else {})

    def act(one: str) -> str:
        with services.store.begin() as tx:
            return give_up_one(tx, one, decision, services.clock())

    return each(services, ids, reason, act)


def close(services: HubServices, ids: Sequence[str], *, reason: str, actor: str) -> list[Outcome]:
    """Closes work items that are settled, or that a person decides to leave. What waits for them stays as it is."""
    return each(services, ids, reason, lambda one: _close(services, one, reason, actor))


def each(services: HubServices, ids: Sequence[str], reason: str, act: Callable[[str], str]) -> list[Outcome]:
    """Does it for every id, and tells what became of each; the reason must be given."""
    if not reason.strip():
        raise OperationRefused("Say why: the reason is kept with the trace.")
    if not ids:
        raise OperationRefused("Nothing was chosen.")
    if len(ids) > BULK_LIMIT:
        raise OperationRefused(f"At most {BULK_LIMIT} at a time.")
    outcomes = []
    for one in dict.fromkeys(ids):
        try:
            outcomes.append(Outcome(one, True, act(one)))
        except (OperationRefused, NotReplayable) as refusal:
            outcomes.append(Outcome(one, False, str(refusal)))
        except StaleStatus:
            outcomes.append(Outcome(one, False, "It has changed at this moment: look at it again."))
    services.wake()
    return outcomes


def _replay(services: HubServices, replays: Replays, one: str, decision: Decision) -> str:
    with services.store.read() as tx:
        document, transmission = documents.get(tx, one), transmissions.get(tx, one)
    if document is not None:
        return in_words(replays.perform(document, decision))
    if transmission is not None:
        return f"replayed as {replay_transmission(services, transmission, decision).id}"
    raise OperationRefused("There is no document or transmission of this id.")


def in_words(effect: Effect) -> str:
    """What a replay came to, in one line."""
    new = effect.new
    told = [f"replayed as {new.id}: {new.status}"]
    if new.reason:
        told.append(f"({new.reason})")
    if kept := [one.target for one in effect.deliveries if one.act is Act.KEPT]:
        told.append(f"unchanged for {', '.join(kept)}, so nothing is sent there")
    return " ".join(told)


def resend_one(tx: Tx, one: str, decision: Decision, now: datetime) -> str:
    """``resend`` of one, told in words. Raises OperationRefused."""
    departure = _departure(tx, one)
    _probe_now(tx, departure.target or "", now)
    if departure.status == DepartureStatus.DUE and (departure.due_at is None or departure.due_at <= now):
        raise OperationRefused("It is on its way.")
    if departure.status == DepartureStatus.DUE:
        transmissions.set_status(tx, departure, DepartureStatus.DUE, due_at=now)
        return f"{departure.id} is on its way already; its next attempt is made now"
    if departure.pruned_at is not None:
        raise OperationRefused("Its bytes were removed, as its retention says.")
    if departure.status == DepartureStatus.GIVEN_UP:
        raise OperationRefused("It was given up: replay its document instead.")
    transmissions.set_status(tx, departure, DepartureStatus.DUE, due_at=now, since=now, reason=None)
    for delivery in deliveries.of_departure(tx, departure.id):
        deliveries.set_status(tx, delivery, DeliveryStatus.COMPOSED, now=now)
        _tell(tx, "delivery.resent", delivery, decision, now)
    if departure.channel == WEBHOOKS:
        data = {"reason": decision.reason, "target": departure.target}
        events.record(
            tx, "notification.resent", departure.id, partner=departure.partner, actor=decision.actor, data=data, now=now
        )  # fmt: skip
    work_items.close(tx, f"dead:{departure.id}", now)
    return f"{departure.id} is due again with the same bytes"


def _probe_now(tx: Tx, target: str, now: datetime) -> None:
    """An operator who resends has reason to believe that the target is well: it need not wait for its next probe."""
    state = target_states.get(tx, target)
    if state is not None and state.breaker == BreakerState.OPEN:
        target_states.save(tx, replace(target_states.hold(tx, target, now), probe_at=now))


def _close(services: HubServices, one: str, reason: str, actor: str) -> str:
    now = services.clock()
    with services.store.begin() as tx:
        item = work_items.get(tx, one)
        if item is None or not work_items.close(tx, item.key, now):
            raise OperationRefused("There is no open work item of this id.")
        data = {"reason": reason, "summary": item.summary}
        events.record(tx, "work_item.closed", item.id, partner=item.partner, actor=actor, data=data, now=now)
    return "closed"


def give_up_one(tx: Tx, one: str, decision: Decision, now: datetime) -> str:
    """``give_up`` of one, told in words. Raises OperationRefused."""
    delivery = deliveries.get(tx, one)
    if delivery is not None and delivery.departure_id is None:
        _end(tx, [delivery], decision, now)
        return "given up; what waited behind it goes on"
    departure = _departure(tx, one)
    if departure.status != DepartureStatus.DEAD:
        raise OperationRefused(f"It is {departure.status}, not a dead letter.")
    transmissions.set_status(tx, departure, DepartureStatus.GIVEN_UP, finished_at=now)
    carried = deliveries.of_departure(tx, departure.id)
    ended = [one for one in carried if one.status == DeliveryStatus.DEAD]  # the partner may have answered others
    _end(tx, ended, decision, now)
    work_items.close(tx, f"dead:{departure.id}", now)
    others = f" with the {len(ended)} documents that it carries" if len(ended) > 1 else ""
    return f"given up{others}; what waited behind it goes on"


def _end(tx: Tx, ended: Sequence[StoredDelivery], decision: Decision, now: datetime) -> None:
    for delivery in ended:
        if delivery.status not in (DeliveryStatus.DEAD, DeliveryStatus.PENDING):
            raise OperationRefused(f"It is {delivery.status}, neither a dead letter nor waiting.")
        deliveries.set_status(tx, delivery, DeliveryStatus.GIVEN_UP, now=now, reason=decision.reason)
        work_items.close(tx, f"unfit:{delivery.id}", now)
        _tell(tx, "delivery.given_up", delivery, decision, now)


def _departure(tx: Tx, one: str) -> Transmission:
    """The departure of this id, or the one that froze this delivery."""
    delivery = deliveries.get(tx, one)
    if delivery is not None and delivery.departure_id is None:
        raise OperationRefused("It was never composed: mend the cause and replay its document.")
    departure = transmissions.get(tx, delivery.departure_id if delivery and delivery.departure_id else one)
    if departure is None or departure.direction != "out":
        raise OperationRefused("There is no delivery or departure of this id.")
    return transmissions.hold(tx, departure.id)  # as it is now: its target may be about to answer


def _tell(tx: Tx, kind: str, delivery: StoredDelivery, decision: Decision, now: datetime) -> None:
    events.record(
        tx,
        kind,
        delivery.id,
        transmission_id=deliveries.origins_of(tx, [delivery.id])[delivery.id].arrival,
        partner=delivery.partner,
        actor=decision.actor,
        data={"reason": decision.reason} | decision.more,
        now=now,
    )
