"""What a chunk commits: the envelopes, its documents with their deliveries and work items, and the acknowledgments of
the groups it ends. One transaction, fenced by the claim."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from canonical.document import DocumentType
from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.acknowledging.acknowledgment import acknowledgeable_interchange
from channels.x12.sets import SET_OF
from hub.pipeline import acknowledge, advise, duplicates, reconcile
from hub.pipeline.admission import QUARANTINED, Admission
from hub.pipeline.batch import gathering, join
from hub.pipeline.outcome import Outcome, outcome_of
from hub.pipeline.piece import Piece
from hub.pipeline.unpack import Work
from hub.services import CLAIM_SECONDS, HubServices
from hub.states import ArrivalStatus, DocumentStatus
from hub.store import acknowledgments, deliveries, documents, events, interchanges, transmissions, tries, work_items
from hub.store.errors import StaleStatus
from hub.store.records import StoredDocument, Transmission
from hub.store.store import Tx

Worked = tuple[Piece, Outcome]
"""A document and what it came to."""


def commit(services: HubServices, work: Work, chunk: Sequence[Worked], *, last: bool) -> None:
    """Writes one chunk. Raises StaleLease, and nothing is written, when the claim was lost, Overtaken when the same
    content came by another door at the same moment."""
    now = services.clock()
    with services.store.begin() as tx:
        duplicates.take_turns(tx, [work])
        if not work.committed:
            _write_unpacked(tx, work, now)
        for piece, outcome in chunk:
            write_document(tx, work.transmission, piece, outcome, now)
            if piece.place and piece.place.last_in_group:
                acknowledge.group(tx, work.transmission, piece.pinned, piece.place, now)
        changes: dict[str, Any] = {"next_chunk": chunk[-1][0].ordinal + 1} if chunk else {}
        if not work.committed:
            changes["sets"] = work.sets
        if last:
            if work.tried or work.transmission.fence > 1:
                tries.forget(tx, work.transmission.id)
            changes |= {"status": work.outcome, "reason": work.reason, "duplicate_of": work.duplicate_of}
            changes["finished_at"] = now
            _tell(tx, work, now)
        else:
            changes |= {"status": ArrivalStatus.PROCESSING, "lease_until": now + timedelta(seconds=CLAIM_SECONDS)}
        work.transmission = transmissions.fenced_update(tx, work.transmission, **changes)
    work.committed = True
    services.wake()


def _write_unpacked(tx: Tx, work: Work, now: datetime) -> None:
    if work.outcome is ArrivalStatus.QUARANTINED and not work.admissions:
        _raise_item(tx, "quarantine", work.transmission, work.reason or "", now)
    if work.outcome is ArrivalStatus.DUPLICATE and work.duplicate_of and not work.admissions:
        acknowledge.again(tx, work.duplicate_of, work.transmission, now)
    if work.scan is None:
        return
    findings = [finding.model_dump(mode="json") for finding in work.scan.findings]
    partners = {a.pinned.key: a.pinned.version for a in work.admissions if a.pinned}
    changes: dict[str, Any] = {"findings": findings}
    if len(partners) == 1 and work.transmission.partner in (None, *partners):
        (changes["partner"], changes["profile_version"]) = next(iter(partners.items()))
    work.transmission = transmissions.fenced_update(tx, work.transmission, **changes)
    if work.scan.remnants and work.admissions:
        _raise_item(tx, "remnant", work.transmission, _remnants_in_words(work), now)
    if work.outcome is ArrivalStatus.REJECTED and not work.admissions:
        _raise_item(tx, "unreadable", work.transmission, work.reason or "It cannot be read.", now)
    for position, admission in enumerate(work.admissions):
        _write_interchange(tx, work.transmission, admission, position, now)


def _remnants_in_words(work: Work) -> str:
    assert work.scan is not None
    places = ", ".join(f"{r.length} bytes at offset {r.offset} ({r.code})" for r in work.scan.remnants[:5])
    return f"Bytes that belong to no interchange: {places}. What could be read was processed."


def _write_interchange(tx: Tx, transmission: Transmission, admission: Admission, position: int, now: datetime) -> None:
    source = admission.interchange
    partner = admission.pinned.key if admission.pinned else None
    interchanges.record_interchange(
        tx,
        id=admission.id,
        transmission_id=transmission.id,
        position=position,
        partner=partner,
        sender_qualifier=source.sender.qualifier,
        sender_id=source.sender.id,
        receiver_qualifier=source.receiver.qualifier,
        receiver_id=source.receiver.id,
        control_number=source.control_number,
        sha256=admission.sha256,
        byte_offset=source.offset,
        byte_length=source.length,
        date=source.date,
        time=source.time,
        version=source.version,
        usage_indicator=source.usage_indicator,
        note_code=admission.note_code,
        verdict=QUARANTINED if admission.quarantined else admission.verdict.value,
        reason=admission.reason,
        profile_version=admission.pinned.version if admission.pinned else None,
        duplicate_of=admission.duplicate_of,
        findings=[finding.model_dump(mode="json") for finding in admission.findings],
    )
    for number, (group, group_id) in enumerate(zip(source.groups, admission.group_ids, strict=True)):
        interchanges.record_group(
            tx,
            id=group_id,
            interchange_id=admission.id,
            position=number,
            functional_identifier=group.functional_identifier,
            control_number=group.control_number,
            release=group.release,
            set_count=len(group.sets),
            errors=list(group.errors),
        )
        if admission.processed and not group.sets:
            acknowledge.empty_group(tx, transmission, admission, group, group_id, now)
    if admission.quarantined:
        _raise_item(tx, "quarantine", transmission, admission.reason or "", now, key=f"{admission.sha256}")
    if admission.answered_again and admission.duplicate_of_transmission:
        acknowledge.again(tx, admission.duplicate_of_transmission, transmission, now)
    elif admission.answerable:
        acknowledge.interchange(tx, transmission, admission, now)
        if admission.verdict is Verdict.REJECTED and not acknowledgeable_interchange(source):
            summary = f"An interchange of acknowledgments was refused, and nobody was told: {admission.reason}"
            _raise_item(tx, "unusable-acknowledgment", transmission, summary, now, key=str(position))
    if admission.processed and partner is not None:
        for elements in source.ta1:
            reconcile.interchange_acknowledgment(tx, transmission, admission, elements, now)


def write_document(
    tx: Tx,
    transmission: Transmission,
    piece: Piece,
    outcome: Outcome,
    now: datetime,
    *,
    replaces: StoredDocument | None = None,
) -> StoredDocument:
    """One document with its keys, deliveries and work items. ``replaces`` is the one that a replay made anew: the line
    and, when the payload is unchanged, the revision go on, and with them the idempotency keys (promise 3)."""
    if outcome.identity and outcome.goes_on and replaces is None:
        first = documents.find_identity(tx, outcome.identity)
        outcome = duplicates.recognised(piece, outcome, first) if first else outcome
    stored = documents.record(
        tx,
        keys=outcome.keys,
        transmission_id=transmission.id,
        partner=piece.pinned.key,
        direction=piece.direction,
        type=outcome.kind,
        number=outcome.number,
        usage_indicator=piece.usage_indicator,
        verdict=outcome.verdict.value,
        faults=[list(fault) for fault in outcome.faults],
        findings=[finding.model_dump(mode="json") for finding in outcome.findings],
        changes=list(outcome.changes),
        status=outcome.status,
        reason=outcome.reason,
        canonical=outcome.canonical,
        canonical_hash=outcome.canonical_hash,
        provenance=outcome.provenance,
        envelope=outcome.envelope,
        identity_key=outcome.identity,
        profile_version=piece.pinned.version,
        created_at=now,
        **_place(piece, outcome),
        **_lineage(replaces, outcome.canonical_hash),
    )
    if outcome.answers_us and outcome.goes_on and outcome.canonical is not None:
        reconcile.functional_acknowledgment(tx, transmission, stored, _acknowledgment(outcome.canonical), now)
    elif outcome.answers_us and outcome.status is DocumentStatus.REJECTED:
        reconcile.unusable(tx, stored, now)
    else:
        _write_deliveries(tx, piece, outcome, stored, now)
    _write_work_items(tx, outcome, stored, now)
    events.record(
        tx,
        f"document.{stored.status}",
        stored.id,
        transmission_id=transmission.id,
        partner=stored.partner,
        data={"type": stored.type, "number": stored.number, "verdict": stored.verdict, "reason": stored.reason},
        now=now,
    )
    _advise(tx, transmission, piece, outcome, stored, now)
    return stored


def _acknowledgment(canonical: str) -> FunctionalAcknowledgment:
    return FunctionalAcknowledgment.model_validate_json(canonical)


def _lineage(replaces: StoredDocument | None, digest: str | None) -> dict[str, Any]:
    if replaces is None:
        return {}
    changed = replaces.canonical_hash not in (None, digest)
    revision = replaces.revision + (1 if changed else 0)
    return {"origin_id": replaces.origin_id, "revision": revision, "replay_of": replaces.id}


def _advise(
    tx: Tx, transmission: Transmission, piece: Piece, outcome: Outcome, stored: StoredDocument, now: datetime
) -> None:
    """Tells the partner why its document was rejected, once, however often that is replayed. Raises StaleStatus when
    another replay has told it at the same moment."""
    scope = f"document:{stored.origin_id}"
    if outcome.advised is None or acknowledgments.of_scope(tx, scope) is not None:
        return
    advice = advise.advice(piece, outcome.advised, stored.id, now)
    answer = write_document(tx, transmission, advice, outcome_of(advice), now)
    if not acknowledgments.record(
        tx,
        scope=scope,
        document_id=answer.id,
        interchange_id=stored.interchange_id or "",
        kind=SET_OF[DocumentType.APPLICATION_ADVICE],
        verdict=AcknowledgmentVerdict.REJECTED,
        now=now,
    ):
        raise StaleStatus(f"{stored.id} was answered meanwhile")


def _place(piece: Piece, outcome: Outcome) -> dict[str, Any]:
    if piece.place is None:
        return {} if piece.answers else {"set_ordinal": piece.ordinal}
    place = piece.place
    return {
        "interchange_id": place.interchange_id,
        "group_id": place.group_id,
        "set_ordinal": piece.ordinal,
        "set_type": place.span.type[:8],
        "release": place.group.release[:20],
        "set_control_number": place.span.control_number[:20],
        "byte_offset": place.span.offset,
        "byte_length": place.span.length,
        "segment_count": outcome.segment_count,
    }


def _write_deliveries(tx: Tx, piece: Piece, outcome: Outcome, stored: StoredDocument, now: datetime) -> None:
    if not outcome.goes_on or outcome.type is None:
        return
    keys = [f"{stored.partner}/{key}"[:200] for key in outcome.order_keys]
    for target in outcome.targets:
        batch = gathering(piece.pinned, outcome.type, target, piece.usage_indicator)
        deliveries.record(
            tx,
            document_id=stored.id,
            partner=stored.partner,
            target=target,
            idempotency_key=f"{stored.origin_id}.{stored.revision}.{target}",
            order_keys=keys,
            now=now,
            batch=batch.name if batch else None,
            reason=batch.explanation(now) if batch else None,
        )
        if batch is not None:
            join(tx, batch, now)


def _write_work_items(tx: Tx, outcome: Outcome, stored: StoredDocument, now: datetime) -> None:
    for key, summary in outcome.missing:
        work_items.raise_item(tx, "crosswalk", key, stored.partner, summary, [stored.id], now)
    if outcome.missing:
        return
    if stored.status in (DocumentStatus.HELD, DocumentStatus.QUARANTINED):
        kind = str(stored.status)
        work_items.raise_item(tx, kind, f"{kind}:{stored.id}", stored.partner, stored.reason or "", [stored.id], now)
    elif stored.status == DocumentStatus.UNROUTED and outcome.only_kept:
        key = f"kept:{stored.partner}:{stored.type}"
        work_items.raise_item(tx, "kept", key, stored.partner, stored.reason or "", [stored.id], now)
    elif stored.status == DocumentStatus.UNROUTED:
        key = f"route:{stored.partner}:{stored.type}"
        work_items.raise_item(tx, "route", key, stored.partner, stored.reason or "", [stored.id], now)


def _raise_item(tx: Tx, kind: str, transmission: Transmission, summary: str, now: datetime, key: str = "") -> None:
    key = f"{kind}:{transmission.id}:{key}" if key else f"{kind}:{transmission.id}"
    work_items.raise_item(tx, kind, key, transmission.partner, summary, [transmission.id], now)


def _tell(tx: Tx, work: Work, now: datetime) -> None:
    events.record(
        tx,
        f"transmission.{work.outcome}",
        work.transmission.id,
        transmission_id=work.transmission.id,
        partner=work.transmission.partner,
        data={"channel": work.transmission.channel, "reason": work.reason, "duplicate_of": work.duplicate_of},
        now=now,
    )
