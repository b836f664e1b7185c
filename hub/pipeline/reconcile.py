"""reconcile: a partner's acknowledgment → each delivery it names is acknowledged or refused.

The first answer stands. A later one that says otherwise, one for what we never sent, and one that leaves open what
became of a set change nothing: they are kept, shown and handed to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from canonical.document import canonical_hash, to_json
from canonical.finding import Verdict, clip
from canonical.functional_acknowledgment import (
    AcknowledgedGroup,
    AcknowledgedTransactionSet,
    AcknowledgmentVerdict,
    FunctionalAcknowledgment,
)
from channels.x12.acknowledging.acknowledgment import INTERCHANGE, read_ta1, reasons
from hub.catalog import load_catalog
from hub.pipeline import settle
from hub.pipeline.admission import Admission
from hub.states import DeliveryStatus, DepartureStatus, DocumentStatus
from hub.store.schema.records import SentSet, StoredDelivery, StoredDocument, Transmission
from hub.store.store import Tx
from hub.store.traffic import deliveries, documents, transmissions
from hub.store.trail import events, work_items

ANSWERED = (DeliveryStatus.ACKNOWLEDGED, DeliveryStatus.REFUSED)

_ACCEPTED = (AcknowledgmentVerdict.ACCEPTED, AcknowledgmentVerdict.ACCEPTED_WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class Told:
    """What an acknowledgment says of one set of ours: ``outcome`` acknowledged, refused, or None where only its
    interchange is accepted; ``why`` in plain words."""

    sent: SentSet
    outcome: DeliveryStatus | None
    why: str = ""

    @property
    def about(self) -> str:
        return _name(self.sent)


@dataclass(slots=True)
class Reading:
    """An acknowledgment laid beside what we sent. ``unknown`` is what it names and we never sent, ``unclear`` sets of
    ours of which it leaves open what became of them."""

    told: list[Told] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unclear: list[SentSet] = field(default_factory=list)


def functional_acknowledgment(
    tx: Tx, transmission: Transmission, stored: StoredDocument, document: FunctionalAcknowledgment, now: datetime
) -> None:
    """Closes what a 997, 999 or TA1 answers; ``stored`` is its own row, whose status tells what it came to."""
    reading = _read(tx, stored, document)
    matched = bool(reading.told or reading.unclear)
    reason = None
    if reading.unknown:
        reason = f"It acknowledges what we never sent to this partner: {', '.join(reading.unknown)}."
        _raise(tx, "orphan-acknowledgment", stored, reason, now)
    documents.set_status(
        tx, stored.id, DocumentStatus.RECONCILED if matched else DocumentStatus.ORPHAN, clip(reason or "", 500) or None
    )
    if reading.unclear:
        names = ", ".join(_name(sent) for sent in reading.unclear)
        _raise(tx, "acknowledgment-unclear", stored, f"The partner's {stored.set_type} leaves open: {names}.", now)
    for told in reading.told:
        _answer(tx, transmission, stored, told, now)


def interchange_acknowledgment(
    tx: Tx, transmission: Transmission, admission: Admission, elements: Sequence[str], now: datetime
) -> None:
    """A TA1 inside an interchange: kept as a document of its own, then reconciled."""
    assert admission.pinned is not None
    document, findings = read_ta1(elements)
    receiver = admission.interchange.receiver
    stored = documents.record(
        tx,
        transmission_id=transmission.id,
        interchange_id=admission.id,
        partner=admission.pinned.key,
        direction="inbound",
        type="functional_acknowledgment",
        set_type=INTERCHANGE,
        number=elements[0][:80] if elements else "",
        usage_indicator=admission.interchange.usage_indicator,
        verdict=Verdict.ACCEPTED if document else Verdict.REJECTED,
        findings=[finding.model_dump(mode="json") for finding in findings],
        status=DocumentStatus.RECONCILED if document else DocumentStatus.REJECTED,
        reason=None if document else findings[0].message,
        canonical=to_json(document) if document else None,
        canonical_hash=canonical_hash(document) if document else None,
        envelope={
            "receiver": {"qualifier": receiver.qualifier, "id": receiver.id},
            "interchange_control_number": admission.interchange.control_number,
        },
        profile_version=admission.pinned.version,
        created_at=now,
    )
    if document is not None:
        functional_acknowledgment(tx, transmission, stored, document, now)
    else:
        unusable(tx, stored, now)


def unusable(tx: Tx, stored: StoredDocument, now: datetime) -> None:
    """An acknowledgment that cannot be read: nobody is told, since none is answered, so a person must know."""
    summary = f"A partner's {stored.set_type} cannot be used: {stored.reason} What it answers stays open."
    _raise(tx, "unusable-acknowledgment", stored, summary, now)


def _raise(tx: Tx, kind: str, stored: StoredDocument, summary: str, now: datetime) -> None:
    work_items.raise_item(tx, kind, f"{kind}:{stored.id}", stored.partner, clip(summary, 1000), [stored.id], now)


# ---- what it says


def _read(tx: Tx, stored: StoredDocument, document: FunctionalAcknowledgment) -> Reading:
    partner, whose = stored.partner, partial(_addressed, tx, stored)
    if document.group is not None:
        group = document.group
        number = _nine(group.control_number)
        sent = deliveries.sent_sets_of_group(tx, partner, group.functional_identifier, number, whose)
        if not sent:
            return Reading(unknown=[f"functional group {group.functional_identifier} {clip(group.control_number)}"])
        return read_group(document, sent)
    assert document.interchange is not None
    number = document.interchange.control_number
    sent = deliveries.sent_sets_of_interchange(tx, partner, _nine(number), whose)
    if not sent:
        return Reading(unknown=[f"interchange {clip(number)}"])
    if document.verdict is AcknowledgmentVerdict.REJECTED:
        why = "; ".join(reasons(document))
        return Reading([Told(one, DeliveryStatus.REFUSED, why) for one in sent])
    # an accepted interchange closes nothing: the 997 of its groups is still to come
    return Reading([Told(one, None) for one in sent])


def _addressed(tx: Tx, stored: StoredDocument) -> str | None:
    """The identity of ours that it is for: two count side by side, and their numbers are the same."""
    receiver = stored.envelope.get("receiver") or {}
    identity = load_catalog(tx).identity_of(receiver.get("qualifier", ""), receiver.get("id", ""))
    return identity.key if identity else None


def read_group(document: FunctionalAcknowledgment, sent: list[SentSet]) -> Reading:
    """The sets that are listed, each by its own verdict unless the whole group is refused, then the others."""
    assert document.group is not None
    reading = Reading()
    of_number = {_plain(one.set_control_number): one for one in sent}
    listed: dict[str, DeliveryStatus | None] = {}
    for answer in document.transaction_sets:
        one = of_number.get(_plain(answer.control_number))
        if one is None or one.set_type != answer.transaction_set:
            reading.unknown.append(_unknown(document.group, answer))
            continue
        outcome = _outcome(answer.verdict, document.verdict)
        listed.setdefault(one.delivery_id, outcome)
        if outcome is None:
            reading.unclear.append(one)
        else:
            why = "; ".join(reasons(document, answer)) if outcome is DeliveryStatus.REFUSED else ""
            reading.told.append(Told(one, outcome, why))
    others = [one for one in sent if one.delivery_id not in listed]
    outcome = _of_the_others(document, list(listed.values()), len(others))
    for one in others:
        if outcome is None:
            reading.unclear.append(one)
        else:
            why = "; ".join(reasons(document)) if outcome is DeliveryStatus.REFUSED else ""
            reading.told.append(Told(one, outcome, why))
    return reading


def _outcome(verdict: AcknowledgmentVerdict, of_group: AcknowledgmentVerdict) -> DeliveryStatus | None:
    if AcknowledgmentVerdict.REJECTED in (verdict, of_group):
        return DeliveryStatus.REFUSED
    return DeliveryStatus.ACKNOWLEDGED if verdict in _ACCEPTED else None


def _of_the_others(
    document: FunctionalAcknowledgment, listed: list[DeliveryStatus | None], others: int
) -> DeliveryStatus | None:
    """What becomes of the sets that no AK2 names: many partners list only those in error, or none. The counts of AK9
    decide where its letter does not."""
    if document.verdict is AcknowledgmentVerdict.REJECTED:
        return DeliveryStatus.REFUSED
    received, accepted = document.sets_received, document.sets_accepted
    if received is not None and received < len(listed) + others:
        return None  # they may not have arrived
    if document.verdict in _ACCEPTED:
        return DeliveryStatus.ACKNOWLEDGED
    if document.verdict is AcknowledgmentVerdict.PARTIALLY_ACCEPTED and accepted is not None:
        among_listed = listed.count(DeliveryStatus.ACKNOWLEDGED)
        if accepted == among_listed + others:
            return DeliveryStatus.ACKNOWLEDGED
        if accepted == among_listed:
            return DeliveryStatus.REFUSED
    return None


def _unknown(group: AcknowledgedGroup, answer: AcknowledgedTransactionSet) -> str:
    return (
        f"{clip(answer.transaction_set)} {clip(answer.control_number)} of group "
        f"{group.functional_identifier} {clip(group.control_number)}"
    )


def _plain(control_number: str) -> str:
    """What tells control numbers apart: some translators drop leading zeros, others add them."""
    return control_number.strip().lstrip("0")


def _nine(control_number: str) -> str:
    """Control numbers as we store them: nine digits."""
    return _plain(control_number).rjust(9, "0")


def _name(sent: SentSet) -> str:
    name = " ".join(filter(None, (sent.set_type, sent.set_control_number)))
    return f"{name} of interchange {sent.interchange_control_number}"


# ---- what it does


def _answer(tx: Tx, transmission: Transmission, stored: StoredDocument, told: Told, now: datetime) -> None:
    delivery = deliveries.get(tx, told.sent.delivery_id)
    if delivery is None:
        return
    data = {"by": stored.id, "document": delivery.document_id}
    if told.outcome is None:
        _prove_arrival(tx, delivery, now)
        _tell(tx, "delivery.interchange_accepted", delivery, transmission, data, now)
        return
    if delivery.status in ANSWERED:
        if delivery.status != told.outcome:
            first = f"the first said {delivery.status}"
            summary = f"A second acknowledgment of {told.about} says {told.outcome}, {first}."
            _conflict(tx, stored, delivery, summary, now)
        return
    delivery = _prove_arrival(tx, delivery, now)
    if delivery.status != DeliveryStatus.DELIVERED:
        summary = f"The partner's acknowledgment of {told.about} says {told.outcome}, but here it is {delivery.status}."
        _conflict(tx, stored, delivery, summary, now)
        return
    refused = told.outcome is DeliveryStatus.REFUSED
    reason = clip(f"The partner refused {told.about}: {told.why or 'it does not say why'}.", 500) if refused else None
    deliveries.set_status(tx, delivery, told.outcome, now=now, reason=reason, acknowledged_by=stored.id)
    work_items.close(tx, f"overdue:{delivery.id}", now)
    if refused:
        subjects = [delivery.document_id, stored.id]
        work_items.raise_item(tx, "refused", f"refused:{delivery.id}", stored.partner, reason or "", subjects, now)
    _tell(tx, f"delivery.{told.outcome}", delivery, transmission, data, now)


def _prove_arrival(tx: Tx, delivery: StoredDelivery, now: datetime) -> StoredDelivery:
    """The partner has it, whatever became of our attempt's record: the answer proves that the whole departure arrived,
    also one that was a dead letter."""
    if delivery.departure_id is None:
        return delivery
    departure = transmissions.hold(tx, delivery.departure_id)
    if departure.status in (DepartureStatus.DUE, DepartureStatus.DEAD):
        carried = settle.arrived(tx, [(departure, "acknowledged")], now)
    else:  # as it is by now: another node may have written down since it was read that it was sent
        carried = deliveries.of_departure(tx, departure.id)
    return next(one for one in carried if one.id == delivery.id)


def _conflict(tx: Tx, stored: StoredDocument, delivery: StoredDelivery, summary: str, now: datetime) -> None:
    kind = "acknowledgment-conflict"
    work_items.raise_item(tx, kind, f"{kind}:{delivery.id}", stored.partner, summary, [stored.id], now)


def _tell(
    tx: Tx, kind: str, delivery: StoredDelivery, transmission: Transmission, data: dict[str, str], now: datetime
) -> None:
    events.record(tx, kind, delivery.id, transmission_id=transmission.id, partner=delivery.partner, data=data, now=now)
