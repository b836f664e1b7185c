"""reconcile: a partner's acknowledgment → each delivery it names is acknowledged or refused.

The first answer stands. A later one that says otherwise, or one for a number we never sent, changes nothing: it is
kept, shown and handed to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from canonical.document import canonical_hash, to_json
from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.acknowledgment import read_ta1
from hub.pipeline.admission import Admission
from hub.states import DeliveryStatus, DocumentStatus
from hub.store import deliveries, documents, events, work_items
from hub.store.records import SentSet, StoredDocument, Transmission
from hub.store.store import Tx

ANSWERED = (DeliveryStatus.ACKNOWLEDGED, DeliveryStatus.REFUSED)


def functional_acknowledgment(
    tx: Tx, transmission: Transmission, stored: StoredDocument, document: FunctionalAcknowledgment, now: datetime
) -> None:
    """Closes what a 997 or TA1 answers; ``stored`` is its own row, whose status tells what it came to."""
    named = list(_named(tx, stored.partner, document))
    if not named:
        reason = "It acknowledges nothing that we sent to this partner."
        documents.set_status(tx, stored.id, DocumentStatus.ORPHAN, reason)
        key = f"orphan-acknowledgment:{stored.id}"
        work_items.raise_item(tx, "orphan-acknowledgment", key, stored.partner, reason, [stored.id], now)
        return
    documents.set_status(tx, stored.id, DocumentStatus.RECONCILED)
    for sent, verdict in named:
        _answer(tx, transmission, stored, sent, verdict, now)


def interchange_acknowledgment(
    tx: Tx, transmission: Transmission, admission: Admission, elements: Sequence[str], now: datetime
) -> None:
    """A TA1 inside an interchange: kept as a document of its own, then reconciled."""
    assert admission.pinned is not None
    document, findings = read_ta1(elements)
    stored = documents.record(
        tx,
        transmission_id=transmission.id,
        interchange_id=admission.id,
        partner=admission.pinned.key,
        direction="inbound",
        type="functional_acknowledgment",
        set_type="TA1",
        number=elements[0][:80] if elements else "",
        usage_indicator=admission.interchange.usage_indicator,
        verdict=Verdict.ACCEPTED if document else Verdict.REJECTED,
        findings=[finding.model_dump(mode="json") for finding in findings],
        status=DocumentStatus.RECONCILED if document else DocumentStatus.REJECTED,
        reason=None if document else findings[0].message,
        canonical=to_json(document) if document else None,
        canonical_hash=canonical_hash(document) if document else None,
        envelope={"interchange_control_number": admission.interchange.control_number},
        profile_version=admission.pinned.version,
        created_at=now,
    )
    if document is not None:
        functional_acknowledgment(tx, transmission, stored, document, now)


def _named(tx: Tx, partner: str, document: FunctionalAcknowledgment) -> Iterable[tuple[SentSet, AcknowledgmentVerdict]]:
    """The sets that an acknowledgment speaks of. A 997 without AK2 speaks of the whole group, a TA1 that refuses of the
    whole interchange; one that accepts closes nothing, since the 997 is still to come."""
    if document.interchange is not None:
        for sent in deliveries.sent_sets_of_interchange(tx, partner, _nine(document.interchange.control_number)):
            yield sent, document.verdict
    if document.group is None:
        return
    of_group = deliveries.sent_sets_of_group(
        tx, partner, document.group.functional_identifier, _nine(document.group.control_number)
    )
    if not document.transaction_sets:
        yield from ((sent, document.verdict) for sent in of_group)
    by_number = {sent.set_control_number.lstrip("0"): sent for sent in of_group}
    for answer in document.transaction_sets:
        sent_set = by_number.get(answer.control_number.lstrip("0"))
        if sent_set is not None:
            yield sent_set, answer.verdict


def _nine(control_number: str) -> str:
    """Control numbers as we store them: nine digits."""
    return control_number.rjust(9, "0")[-9:]


def _answer(
    tx: Tx,
    transmission: Transmission,
    stored: StoredDocument,
    sent: SentSet,
    verdict: AcknowledgmentVerdict,
    now: datetime,
) -> None:
    delivery = deliveries.get(tx, sent.delivery_id)
    if delivery is None:
        return
    refused = verdict is AcknowledgmentVerdict.REJECTED
    if not refused and stored.set_type == "TA1":
        return
    answer = DeliveryStatus.REFUSED if refused else DeliveryStatus.ACKNOWLEDGED
    about = f"{sent.set_type} {sent.set_control_number} of interchange {sent.interchange_control_number}"
    if delivery.status in ANSWERED:
        if delivery.status != answer:
            summary = f"A second acknowledgment of {about} says {answer.value}, the first said {delivery.status}."
            key = f"acknowledgment-conflict:{delivery.id}"
            work_items.raise_item(tx, "acknowledgment-conflict", key, stored.partner, summary, [stored.id], now)
        return
    if delivery.status == DeliveryStatus.COMPOSED:
        # The partner has it, whatever became of our attempt's record: the answer proves the delivery.
        delivery = deliveries.set_status(tx, delivery, DeliveryStatus.DELIVERED, now=now)
    reason = f"The partner refused {about}." if refused else None
    deliveries.set_status(tx, delivery, answer, now=now, reason=reason, acknowledged_by=stored.id)
    work_items.close(tx, f"overdue:{delivery.id}", now)
    if refused:
        summary = f"The partner refused our {about}: see the acknowledgment's notes."
        key = f"refused:{delivery.id}"
        work_items.raise_item(tx, "refused", key, stored.partner, summary, [delivery.document_id, stored.id], now)
    events.record(
        tx,
        f"delivery.{answer.value}",
        delivery.id,
        transmission_id=transmission.id,
        partner=stored.partner,
        data={"by": stored.id, "document": delivery.document_id},
        now=now,
    )
