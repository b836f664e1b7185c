"""acknowledge: stored verdicts → TA1 and 997 or 999, once each, as documents of their own on their way to the partner.

An acknowledgment is a document like any other: it is routed, composed and delivered, and shows in every trace. The
store lets one exist for each group and each interchange, whatever restarts in between.
"""

from __future__ import annotations

from datetime import datetime

from canonical.document import hash_of, to_json
from canonical.finding import Verdict
from channels.x12.acknowledging.acknowledgment import SetOutcome, acknowledgeable
from channels.x12.acknowledging.answering import Answer, envelope_errors
from channels.x12.envelope import Group, SetSpan
from channels.x12.envelope import Interchange as X12Interchange
from channels.x12.judging.faults import Fault
from hub.pipeline.admission import Admission
from hub.pipeline.answers import functional_answer, interchange_answer
from hub.pipeline.piece import X12Place
from hub.routing import Routing, outbound_target
from hub.states import DeliveryStatus, DepartureStatus, DocumentStatus
from hub.store.schema.records import SetOutcomeRow, StoredAcknowledgment, StoredDocument, Transmission
from hub.store.store import Tx
from hub.store.traffic import acknowledgments, deliveries, documents, transmissions
from hub.store.traffic.writing import Writing
from hub.store.trail import events
from partners.pinned import Pinned


def group(writing: Writing, transmission: Transmission, pinned: Pinned, place: X12Place, now: datetime) -> None:
    """The 997 or 999 of a group whose every set has an outcome. While one of them is quarantined for a fault of ours
    nothing is said of the group; the replay that mends it answers."""
    rows = writing.sets_of(place.group_id, len(place.group.sets))
    if not acknowledgeable(place.group) or any(row.status == DocumentStatus.QUARANTINED for row in rows):
        return
    outcomes = [outcome_of(row, span) for row, span in zip(rows, place.group.sets, strict=True)]
    answer = functional_answer(pinned, place.interchange, place.group, outcomes)
    if answer is not None:
        _send(writing, transmission, pinned, answer, place.interchange_id, place.group_id, place.interchange, now)


def empty_group(
    writing: Writing, transmission: Transmission, admission: Admission, of: Group, group_id: str, now: datetime
) -> None:
    """A group without sets is refused: there is nothing to wait for."""
    if admission.pinned is None:
        return
    answer = functional_answer(admission.pinned, admission.interchange, of, [])
    if answer is not None:
        _send(writing, transmission, admission.pinned, answer, admission.id, group_id, admission.interchange, now)


def interchange(writing: Writing, transmission: Transmission, admission: Admission, now: datetime) -> None:
    """The TA1 of an interchange, where the partner's profile asks for one."""
    if admission.pinned is None:
        return
    answer = interchange_answer(admission.pinned, admission.interchange, admission.verdict, admission.note_code)
    if answer is not None:
        _send(writing, transmission, admission.pinned, answer, admission.id, None, admission.interchange, now)


def outcome_of(row: SetOutcomeRow, span: SetSpan) -> SetOutcome:
    """What an answer says of one set, from what was written of it."""
    return SetOutcome(
        type=span.type,
        control_number=span.control_number,
        implementation=span.implementation,
        verdict=Verdict(row.verdict),
        faults=[Fault(*fault) for fault in row.faults],
        envelope_errors=envelope_errors(finding["code"] for finding in row.findings),
    )


def _send(
    writing: Writing,
    transmission: Transmission,
    pinned: Pinned,
    answer: Answer,
    interchange_id: str,
    group_id: str | None,
    source: X12Interchange,
    now: datetime,
) -> None:
    """Writes the answer with its delivery, unless the store has one for this group or interchange already."""
    scope = f"group:{group_id}" if group_id else f"interchange:{interchange_id}"
    if writing.is_answered(scope):
        return
    kind, verdict = answer.set_type, str(answer.document.verdict)
    routing = outbound_target(answer.document, pinned, arrived_by=transmission.channel)
    document = _as_document(transmission, pinned, answer, routing, source, now)
    writing.acknowledgment(StoredAcknowledgment(scope, document.id, interchange_id, group_id, kind, verdict, now))
    writing.document(document, [("control_number", source.control_number[:80])])
    for target in routing.targets:
        delivery = deliveries.new(
            document_id=document.id,
            partner=pinned.key,
            target=target,
            idempotency_key=f"{document.id}.1.{target}",
            now=now,
        )
        writing.delivery(delivery, [f"{pinned.key}/acknowledgment/{document.id}"])
    data = {"kind": kind, "verdict": verdict}
    made = "acknowledgment.made"
    writing.event(made, document.id, transmission_id=transmission.id, partner=pinned.key, data=data, now=now)


def _as_document(
    transmission: Transmission,
    pinned: Pinned,
    answer: Answer,
    routing: Routing,
    source: X12Interchange,
    now: datetime,
) -> StoredDocument:
    said = answer.document
    text = to_json(said)
    return documents.new(
        transmission_id=transmission.id,
        partner=pinned.key,
        direction="outbound",
        type=said.type,
        set_type=answer.set_type,
        number=said.group.control_number if said.group else source.control_number[:80],
        usage_indicator=source.usage_indicator,
        verdict=Verdict.ACCEPTED,
        status=DocumentStatus.ROUTED if routing.targets else DocumentStatus.UNROUTED,
        reason=None if routing.targets else f"Nothing was sent: {routing.explanation}.",
        canonical=text,
        canonical_hash=hash_of(text),
        envelope={"acknowledges": source.control_number, "usage_indicator": source.usage_indicator},
        profile_version=pinned.version,
        created_at=now,
    )


def again(tx: Tx, first_transmission: str, transmission: Transmission, now: datetime) -> None:
    """A duplicate is answered with the first answer: the same bytes with the same control numbers leave once more
    (promise 4). What has not left yet will, and is not sent twice."""
    for acknowledgment in acknowledgments.of_transmission(tx, first_transmission):
        for delivery in deliveries.of_document(tx, acknowledgment.document_id):
            if delivery.departure_id is not None:
                _resend(tx, delivery.departure_id, transmission, now)


def _resend(tx: Tx, departure_id: str, transmission: Transmission, now: datetime) -> None:
    """It is held before what it carries is read: another node may be about to write down that it was sent."""
    departure = transmissions.hold(tx, departure_id)
    if departure.status != DepartureStatus.SENT:
        return
    transmissions.set_status(tx, departure, DepartureStatus.DUE, due_at=now, since=now)
    for delivery in deliveries.of_departure(tx, departure.id):
        deliveries.set_status(tx, delivery, DeliveryStatus.COMPOSED, now=now)
        events.record(
            tx,
            "acknowledgment.resent",
            delivery.document_id,
            transmission_id=transmission.id,
            partner=delivery.partner,
            data={"departure": departure.id, "because": "duplicate"},
            now=now,
        )
