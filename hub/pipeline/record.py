"""What a chunk commits: the envelopes, its documents with their deliveries and work items, and the acknowledgments of
the groups it ends. One transaction, fenced by the claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.document import DocumentType
from canonical.finding import Verdict
from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.acknowledging.acknowledgment import acknowledgeable_interchange
from channels.x12.envelope import Scan
from channels.x12.sets import SET_OF
from hub.pipeline import acknowledge, advise, duplicates, reconcile
from hub.pipeline.admission import QUARANTINED, Admission
from hub.pipeline.batch import gathering, join
from hub.pipeline.forms.scanned import Interchanges
from hub.pipeline.outcome import Outcome, outcome_of
from hub.pipeline.piece import FilePlace, Piece
from hub.pipeline.work import Work
from hub.services import HubServices
from hub.states import KEPT_DELIVERIES, ArrivalStatus, DocumentStatus
from hub.store.errors import StaleStatus
from hub.store.inbound import tries
from hub.store.schema.records import StoredDocument, StoredGroup, StoredInterchange, Transmission
from hub.store.store import Tx
from hub.store.traffic import acknowledgments, deliveries, documents, order, transmissions
from hub.store.traffic.writing import Writing
from hub.store.trail import work_items

Worked = tuple[Piece, Outcome]
"""A document and what it came to."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one arrival has in a chunk; ``last`` when nothing of it is left to do."""

    work: Work
    worked: Sequence[Worked]
    last: bool


def commit(services: HubServices, chunk: Sequence[Part]) -> None:
    """Writes one chunk. Raises StaleLease, and nothing is written, when the claim of one of the arrivals was lost,
    Overtaken when the same content came by another door at the same moment."""
    now = services.clock()
    with services.store.begin() as tx:
        changes = write_chunk(tx, chunk, now)
    for part, (_, values) in zip(chunk, changes, strict=True):
        part.work.committed = True
        if not part.last:
            part.work.transmission = part.work.transmission._replace(**values)
    services.wake()


def write_chunk(tx: Tx, chunk: Sequence[Part], now: datetime) -> list[tuple[Transmission, dict[str, Any]]]:
    """The rows of one chunk; returns the arrivals with what changed of their own rows. Raises as ``commit``.

    Each step is taken for all arrivals before the next: what runs again at once is still in the processor's caches."""
    transmissions.hold_claims(tx, [part.work.transmission for part in chunk])
    with Writing(tx) as writing:
        duplicates.take_turns(tx, [part.work for part in chunk])
        identities = [outcome.identity for part in chunk for _, outcome in part.worked if outcome.identity]
        known = documents.taken_identities(tx, identities)
        new = [part.work for part in chunk if not part.work.committed]
        unpacked = {work.transmission.id: _write_unpacked(writing, work, now) for work in new}
        for work in new:
            _answer_interchanges(writing, work, now)
        for part in chunk:
            _write_documents(writing, part, known, now)
        for part in chunk:
            _answer_groups(writing, part, now)
        changes = [
            (part.work.transmission, unpacked.get(part.work.transmission.id, {}) | _write_progress(writing, part, now))
            for part in chunk
        ]
        transmissions.fenced_updates(tx, changes)
    return changes


def _write_documents(writing: Writing, part: Part, known: frozenset[str], now: datetime) -> None:
    """What answers something of ours is reconciled here, a TA1 as well as a 997, in the order in which it came."""
    transmission = part.work.transmission
    for admission in () if part.work.committed else part.work.admissions:
        if admission.processed and admission.pinned is not None:
            for elements in admission.interchange.ta1:
                reconcile.interchange_acknowledgment(writing.tx, transmission, admission, elements, now)
    for piece, outcome in part.worked:
        write_document(writing, transmission, piece, _recognised(writing, piece, outcome, known), now)


def _answer_groups(writing: Writing, part: Part, now: datetime) -> None:
    for piece, _ in part.worked:
        if piece.x12 and piece.x12.last_in_group:
            acknowledge.group(writing, part.work.transmission, piece.pinned, piece.x12, now)


def _write_progress(writing: Writing, part: Part, now: datetime) -> dict[str, Any]:
    """What changes of an arrival's own row by what was worked of it."""
    work, changes = part.work, dict[str, Any]()
    if part.worked:
        changes["next_chunk"] = part.worked[-1][0].ordinal + 1
    if not part.last:
        return changes | {"status": ArrivalStatus.PROCESSING, "lease_until": now + work.catalog.lease}
    if work.tried or work.transmission.fence > 1:
        tries.forget(writing.aside, work.transmission.id)
    _tell(writing, work, now)
    ended = {"status": work.outcome, "reason": work.reason, "duplicate_of": work.duplicate_of, "finished_at": now}
    return changes | ended


def _write_unpacked(writing: Writing, work: Work, now: datetime) -> dict[str, Any]:
    """Writes what unpack found, and returns what changes of the arrival's own row by it."""
    assert work.scanned is not None
    scanned = work.scanned
    if work.outcome is ArrivalStatus.QUARANTINED and not work.admissions:
        _raise_item(writing, "quarantine", work.transmission, work.reason or "", now)
    if work.outcome is ArrivalStatus.DUPLICATE and work.duplicate_of and not work.admissions:
        acknowledge.again(writing.tx, work.duplicate_of, work.transmission, now)
    partners = {pinned.key: pinned.version for pinned in work.profiles()}
    changes: dict[str, Any] = {"findings": [finding.model_dump(mode="json") for finding in scanned.findings]}
    if len(partners) == 1 and work.transmission.partner in (None, *partners):
        (partner, changes["profile_version"]) = next(iter(partners.items()))
        if work.transmission.partner is None:  # what three indexes have is written anew only where it is new
            changes["partner"] = partner
            work.transmission = work.transmission._replace(partner=partner)
    if isinstance(scanned, Interchanges) and scanned.scan.remnants and work.admissions:
        _raise_item(writing, "remnant", work.transmission, _remnants_in_words(scanned.scan), now)
    if work.outcome is ArrivalStatus.REJECTED and not work.admissions and not work.duplicate_of:
        _raise_item(writing, "unreadable", work.transmission, work.reason or "It cannot be read.", now)
    for position, admission in enumerate(work.admissions):
        _write_interchange(writing, work.transmission, admission, position, now)
    return changes | {"sets": scanned.documents}


def _remnants_in_words(scan: Scan) -> str:
    places = ", ".join(f"{r.length} bytes at offset {r.offset} ({r.code})" for r in scan.remnants[:5])
    return f"Bytes that belong to no interchange: {places}. What could be read was processed."


def _write_interchange(
    writing: Writing, transmission: Transmission, admission: Admission, position: int, now: datetime
) -> None:
    source = admission.interchange
    partner = admission.pinned.key if admission.pinned else None
    row = StoredInterchange(
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
    writing.interchange(row)
    for number, (group, group_id) in enumerate(zip(source.groups, admission.group_ids, strict=True)):
        row_of_group = StoredGroup(
            id=group_id,
            interchange_id=admission.id,
            position=number,
            functional_identifier=group.functional_identifier,
            control_number=group.control_number,
            release=group.release,
            set_count=len(group.sets),
            errors=list(group.errors),
            partner=partner or "",
            sender_id=source.sender.id,
        )
        writing.group(row_of_group)
    if admission.quarantined:
        _raise_item(writing, "quarantine", transmission, admission.reason or "", now, key=f"{admission.sha256}")


def _answer_interchanges(writing: Writing, work: Work, now: datetime) -> None:
    """What is said of the interchanges themselves, and of groups that hold no set."""
    transmission = work.transmission
    for position, admission in enumerate(work.admissions):
        source = admission.interchange
        if admission.processed:
            for group, group_id in zip(source.groups, admission.group_ids, strict=True):
                if not group.sets:
                    acknowledge.empty_group(writing, transmission, admission, group, group_id, now)
        if admission.answered_again and admission.duplicate_of_transmission:
            acknowledge.again(writing.tx, admission.duplicate_of_transmission, transmission, now)
        elif admission.answerable:
            acknowledge.interchange(writing, transmission, admission, now)
            if admission.verdict is Verdict.REJECTED and not acknowledgeable_interchange(source):
                summary = f"An interchange of acknowledgments was refused, and nobody was told: {admission.reason}"
                _raise_item(writing, "unusable-acknowledgment", transmission, summary, now, key=str(position))


def write_document(
    writing: Writing,
    transmission: Transmission,
    piece: Piece,
    outcome: Outcome,
    now: datetime,
    *,
    replaces: StoredDocument | None = None,
    revised: bool = False,
) -> StoredDocument:
    """One document with its keys, deliveries and work items. ``replaces`` is the one that a replay made anew: the line
    and, when the payload is unchanged, the revision go on, and with them the idempotency keys (promise 3). ``revised``:
    a target gets another payload, although the document is the same."""
    stored = documents.new(
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
        **_lineage(replaces, outcome.canonical_hash, revised=revised),
    )
    writing.document(stored, outcome.keys)
    if outcome.answers_us and outcome.goes_on and outcome.canonical is not None:
        reconcile.functional_acknowledgment(writing.tx, transmission, stored, _acknowledgment(outcome.canonical), now)
    elif outcome.answers_us and outcome.status is DocumentStatus.REJECTED:
        reconcile.unusable(writing.tx, stored, now)
    else:
        _write_deliveries(writing, piece, outcome, stored, now)
    _write_work_items(writing, outcome, stored, now)
    writing.event(
        f"document.{stored.status}",
        stored.id,
        transmission_id=transmission.id,
        partner=stored.partner,
        data={"type": stored.type, "number": stored.number, "verdict": stored.verdict, "reason": stored.reason},
        now=now,
    )
    _advise(writing, transmission, piece, outcome, stored, now)
    return stored


def _acknowledgment(canonical: str) -> FunctionalAcknowledgment:
    return FunctionalAcknowledgment.model_validate_json(canonical)


def _lineage(replaces: StoredDocument | None, digest: str | None, *, revised: bool) -> dict[str, Any]:
    if replaces is None:
        return {}
    changed = revised or replaces.canonical_hash not in (None, digest)
    revision = replaces.revision + (1 if changed else 0)
    return {"origin_id": replaces.origin_id, "revision": revision, "replay_of": replaces.id}


def _advise(
    writing: Writing, transmission: Transmission, piece: Piece, outcome: Outcome, stored: StoredDocument, now: datetime
) -> None:
    """Tells the partner why its document was rejected, once, however often that is replayed. Raises StaleStatus when
    another replay has told it at the same moment."""
    scope = f"document:{stored.origin_id}"
    if outcome.advised is None or writing.is_answered(scope):
        return
    advice = advise.advice(piece, outcome.advised, stored.id, now)
    answer = write_document(writing, transmission, advice, outcome_of(advice), now)
    if not acknowledgments.record(
        writing.tx,
        scope=scope,
        document_id=answer.id,
        interchange_id=stored.interchange_id or "",
        kind=SET_OF[DocumentType.APPLICATION_ADVICE],
        verdict=AcknowledgmentVerdict.REJECTED,
        now=now,
    ):
        raise StaleStatus(f"{stored.id} was answered meanwhile")


def _recognised(writing: Writing, piece: Piece, outcome: Outcome, known: frozenset[str]) -> Outcome:
    """The outcome, or what it comes to where the same business document came before. ``known`` are the identities that
    the store had when the chunk began."""
    if outcome.identity is None or not outcome.goes_on:
        return outcome
    stored = documents.find_identity(writing.aside, outcome.identity) if outcome.identity in known else None
    first = stored or writing.taken(outcome.identity)
    return duplicates.recognised(piece, outcome, first) if first else outcome


def _place(piece: Piece, outcome: Outcome) -> dict[str, Any]:
    place = piece.place
    if place is None:
        return {}
    if isinstance(place, FilePlace):
        return {"set_ordinal": piece.ordinal} | _bytes_of(place)
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


def _bytes_of(place: FilePlace) -> dict[str, Any]:
    """Of a document whose bytes stand together, and by themselves."""
    if len(place.span.runs) > 1 or place.span.offset is None:
        return {}
    return {"byte_offset": place.span.offset, "byte_length": place.span.length}


def _write_deliveries(writing: Writing, piece: Piece, outcome: Outcome, stored: StoredDocument, now: datetime) -> None:
    if not outcome.goes_on or outcome.type is None:
        return
    keys = [f"{stored.partner}/{key}"[:200] for key in outcome.order_keys]
    for target in outcome.targets:
        key = f"{stored.origin_id}.{stored.revision}.{target}"
        if stored.replay_of and (kept := deliveries.of_key(writing.aside, key)) and kept.status in KEPT_DELIVERIES:
            deliveries.move(writing.aside, kept, stored.id)
            continue
        batch = gathering(piece.pinned, outcome.type, target, piece.usage_indicator)
        delivery = deliveries.new(
            document_id=stored.id,
            partner=stored.partner,
            target=target,
            idempotency_key=key,
            now=now,
            batch=batch.name if batch else None,
            reason=batch.explanation(now) if batch else None,
            place=order.place_of(writing.aside, stored.origin_id, target) if stored.replay_of else 0,
        )
        writing.delivery(delivery, keys)
        if batch is not None:
            join(writing.tx, batch, now)


def _write_work_items(writing: Writing, outcome: Outcome, stored: StoredDocument, now: datetime) -> None:
    for key, summary in outcome.missing:
        work_items.raise_item(writing.aside, "crosswalk", key, stored.partner, summary, [stored.id], now)
    if outcome.missing:
        return
    if stored.status in (DocumentStatus.HELD, DocumentStatus.QUARANTINED):
        kind = str(stored.status)
        work_items.raise_item(
            writing.aside, kind, f"{kind}:{stored.id}", stored.partner, stored.reason or "", [stored.id], now
        )
    elif stored.status == DocumentStatus.UNROUTED and outcome.only_kept:
        key = f"kept:{stored.partner}:{stored.type}"
        work_items.raise_item(writing.aside, "kept", key, stored.partner, stored.reason or "", [stored.id], now)
    elif stored.status == DocumentStatus.UNROUTED:
        key = f"route:{stored.partner}:{stored.type}"
        work_items.raise_item(writing.aside, "route", key, stored.partner, stored.reason or "", [stored.id], now)


def _raise_item(
    writing: Writing, kind: str, transmission: Transmission, summary: str, now: datetime, key: str = ""
) -> None:
    key = f"{kind}:{transmission.id}:{key}" if key else f"{kind}:{transmission.id}"
    work_items.raise_item(writing.aside, kind, key, transmission.partner, summary, [transmission.id], now)


def _tell(writing: Writing, work: Work, now: datetime) -> None:
    writing.event(
        f"transmission.{work.outcome}",
        work.transmission.id,
        transmission_id=work.transmission.id,
        partner=work.transmission.partner,
        data={"channel": work.transmission.channel, "reason": work.reason, "duplicate_of": work.duplicate_of},
        now=now,
    )
