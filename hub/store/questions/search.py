"""The read side for pages, API and commands: lists that page by ``seq``, the whole trace of one thing, and tallies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from itertools import product
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    bindparam,
    func,
    select,
    union,
    union_all,
)

from hub.states import OPEN_DELIVERIES, DeliveryStatus, DocumentStatus
from hub.store.engine import dialects
from hub.store.engine.steps import values_of
from hub.store.outbound import outbox
from hub.store.questions import findings, spans
from hub.store.questions.ledger import Line, line_of
from hub.store.schema.records import (
    StoredAcknowledgment,
    StoredAttempt,
    StoredDelivery,
    StoredDocument,
    StoredEvent,
    StoredGroup,
    StoredInterchange,
    StoredOffer,
    Transmission,
)
from hub.store.schema.tables import attempts as attempt_table
from hub.store.schema.tables import deliveries as delivery_table
from hub.store.schema.tables import document_keys
from hub.store.schema.tables import documents as document_table
from hub.store.schema.tables import events as event_table
from hub.store.schema.tables import transmissions as transmission_table
from hub.store.store import Tx
from hub.store.traffic import acknowledgments, deliveries, interchanges
from hub.store.traffic import documents as document_rows
from hub.store.traffic import transmissions as transmission_rows
from hub.store.traffic.transmissions import BRIEF
from hub.store.trail import events as event_rows

PAGE = 50
TRACE_LIMIT = 200
"""Documents of one transmission that its trace shows; a search by the transmission's id pages through all."""

DIRECTIONS = ("inbound", "outbound")
RANGES = 60
"""Parts of an index whose newest are joined in one statement."""

# ---- lists


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """What is not given does not filter. ``text`` is a purchase order, invoice, shipment or control number, or the id
    of a document or transmission, whole; ``finding`` is a finding's code, ``target`` one that a delivery is for.
    ``since`` is included, ``until`` is not. ``before_seq`` continues a list after the row with that ``seq``."""

    text: str | None = None
    partner: str | None = None
    partners: tuple[str, ...] | None = None
    type: str | None = None
    types: tuple[str, ...] | None = None
    set_type: str | None = None
    state: str | None = None
    direction: str | None = None
    finding: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_seq: int | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """As DocumentFilter; ``type`` is the document's, ``since`` and ``until`` are of the delivery."""

    partner: str | None = None
    target: str | None = None
    state: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_seq: int | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class TransmissionFilter:
    """As DocumentFilter; ``text`` is an id, a file name or the door's own name of the arrival, whole. ``except_doors``
    are channels that are left out: by name, or all that begin with what ends in a slash."""

    text: str | None = None
    partner: str | None = None
    direction: str | None = None
    state: str | None = None
    except_doors: tuple[str, ...] = ()
    before_seq: int | None = None
    limit: int = PAGE


def documents(tx: Tx, wanted: DocumentFilter) -> list[StoredDocument]:
    """Newest first, without canonical, provenance, faults and changes. Of a span of time the order is that of the
    instants, otherwise that of ``seq``."""
    table, rows, text = document_table, document_rows.BRIEF.select, (wanted.text or "").strip()
    conditions = _equal(table, set_type=wanted.set_type)
    if wanted.target is not None:
        conditions.append(_has_delivery_to(tx, wanted.target, aside=bool(text)))
    if text:
        conditions += _of_state(wanted.state, aside=True) + _one_of(wanted, aside=True)
        conditions += _within(table, wanted.since, wanted.until)
        conditions += [] if wanted.finding is None else [findings.has(wanted.finding)]
        return _newest_of(tx, _named(text, conditions, wanted), wanted.limit)
    if wanted.since is not None or wanted.until is not None or wanted.finding is not None:
        return _by_ways(tx, conditions, wanted)
    conditions += _of_state(wanted.state, aside=False)
    ranges = _ranges(wanted)
    if 1 < len(ranges) <= RANGES:
        seq, before, limit = select(table.c.seq), wanted.before_seq, wanted.limit
        return _newest_of(
            tx, [_page(seq, table, conditions + _equal(table, **one), before, limit) for one in ranges], limit
        )
    conditions += _equal(table, **ranges[0]) if len(ranges) == 1 else _one_of(wanted)
    return document_rows.BRIEF.all(tx, _page(rows, table, conditions, wanted.before_seq, wanted.limit))


def _by_ways(tx: Tx, conditions: list[ColumnElement[bool]], wanted: DocumentFilter) -> list[StoredDocument]:
    """Of a span of time, or with a finding: by whatever leads to few, otherwise by the index of that in its order."""
    table, rows, state = document_table, document_rows.BRIEF, wanted.state
    choices = _choices(wanted).items()
    ways = [spans.way(table, name, values, index=name != "direction") for name, values in choices]
    if state is not None:
        few_have_it = state != DocumentStatus.ROUTED
        narrow = [document_rows.NOT_ROUTED] if few_have_it else []
        ways.insert(0, spans.way(table, "status", [state], *narrow, index=few_have_it))
    having, values = [], dict[str, Any]()
    found = None if wanted.finding is None else findings.few(tx, wanted.finding)
    if found is not None:
        said, few, values = [dialects.among(table.c.seq, "found"), *(way.aside for way in ways)], True, {"found": found}
    else:
        said, few = spans.by_index(tx, ways)
        having = [] if wanted.finding is None else [findings.has(wanted.finding)]
    conditions = conditions + said
    if wanted.since is not None or wanted.until is not None:
        span = spans.page(tx, rows.select, table, wanted.since, wanted.until, wanted.before_seq, few=few)
        return rows.all(tx, span.where(*conditions, *having).limit(wanted.limit), values)
    if few or wanted.finding is None:
        page = _page(rows.select, table, conditions + having, wanted.before_seq, wanted.limit)
        return rows.all(tx, page, values)
    return _newest_of(tx, findings.newest(wanted.finding, conditions, wanted.before_seq, wanted.limit), wanted.limit)


def _of_state(state: str | None, *, aside: bool) -> list[ColumnElement[bool]]:
    column = document_table.c.status
    if state is None:
        return []
    if aside:
        return [dialects.aside(column) == state]
    return [column == state] + ([document_rows.NOT_ROUTED] if state != DocumentStatus.ROUTED else [])  # as _FEW_STATES


def _one_of(wanted: DocumentFilter, *, aside: bool = False) -> list[ColumnElement[bool]]:
    columns = document_table.c
    return [
        (dialects.aside(columns[name]) if aside else columns[name]).in_(values)
        for name, values in _choices(wanted).items()
    ]


def _choices(wanted: DocumentFilter) -> dict[str, tuple[str, ...]]:
    """What partner, type and direction may be, where anything is said of them."""
    told = (
        ("partner", wanted.partner, wanted.partners),
        ("type", wanted.type, wanted.types),
        ("direction", wanted.direction, None),
    )
    found: dict[str, tuple[str, ...]] = {}
    for name, one, several in told:
        if one is not None:
            found[name] = (one,) if several is None or one in several else ()
        elif several is not None:
            found[name] = several
    return found


def _ranges(wanted: DocumentFilter) -> list[dict[str, str]]:
    """Partner, type and direction, each one value, which an index has together."""
    choices = _choices(wanted)
    if {"partner", "type"} <= choices.keys():
        choices.setdefault("direction", DIRECTIONS)
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def _newest_of(tx: Tx, parts: Sequence[Select[Any]], limit: int) -> list[StoredDocument]:
    """Put together of the newest of each part, by their ``seq``: all that fit would have to be sorted otherwise."""
    newest = (select(part.subquery()) for part in parts)
    seqs = nlargest(limit, set(tx.execute(union_all(*newest)).scalars()))
    return document_rows.BRIEF.all(tx, _OF_SEQS, {"seqs": seqs})


def deliveries_like(tx: Tx, wanted: DeliveryFilter) -> list[StoredDelivery]:
    """Newest first. Of a span of time the order is that of the instants, otherwise that of ``seq``."""
    table, narrow, rows = delivery_table, _FEW_STATES.get(wanted.state or ""), deliveries.ROWS
    carries = [] if wanted.type is None else [_carries(tx, wanted.type)]
    told = {"status": wanted.state, "partner": wanted.partner, "target": wanted.target}
    ways = {
        name: spans.way(
            table,
            name,
            [value],
            *([narrow] if name == "status" and narrow is not None else []),
            index=name != "status" or narrow is not None,
        )
        for name, value in told.items()
        if value is not None
    }
    if wanted.since is not None or wanted.until is not None:
        said, few = spans.by_index(tx, [*ways.values()])
        span = spans.page(tx, rows.select, table, wanted.since, wanted.until, wanted.before_seq, few=few)
        return rows.all(tx, span.where(*carries, *said).limit(wanted.limit))
    said = [way.leading if narrow is None or name == "status" else way.aside for name, way in ways.items()]
    return rows.all(tx, _page(rows.select, table, said + carries, wanted.before_seq, wanted.limit))


_FEW_STATES: dict[str, ColumnElement[bool]] = {
    **{status.value: deliveries.OPEN for status in OPEN_DELIVERIES},
    **{status.value: deliveries.ENDED for status in (DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP)},
}
"""State → how the index of what has it is written: says nothing new, and lets the planner take it."""


def _within(table: Table, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    bounds = [table.c.created_at >= since] if since is not None else []
    return bounds + ([table.c.created_at < until] if until is not None else [])


def _has_delivery_to(tx: Tx, target: str, *, aside: bool) -> ColumnElement[bool]:
    there, carried = delivery_table.c.target == target, delivery_table.c.document_id
    if not aside and spans.is_few(tx, select(delivery_table.c.seq).where(there)):
        return document_table.c.id.in_(select(carried).where(there))
    return select(carried).where(there, carried == document_table.c.id).exists()


def _carries(tx: Tx, type: str) -> ColumnElement[bool]:
    """Whether a delivery is of a document of this type."""
    fits, carried = document_table.c.type == type, delivery_table.c.document_id
    if spans.is_few(tx, select(document_table.c.seq).where(fits)):
        return carried.in_(select(document_table.c.id).where(fits))
    return select(document_table.c.id).where(fits, document_table.c.id == carried).exists()


def _named(text: str, conditions: list[ColumnElement[bool]], wanted: DocumentFilter) -> list[Select[Any]]:
    """The newest documents by key or id, each part read from an index in its order: a number may be that of very many,
    as a control number is."""
    table, keys, limit = document_table, document_keys, wanted.limit
    spellings = {text, text.upper()} | ({text.zfill(9)} if text.isdecimal() else set())
    behind = [] if wanted.before_seq is None else [keys.c.document_seq < wanted.before_seq]
    by_key = select(keys.c.document_seq).distinct().join(table, table.c.seq == keys.c.document_seq)
    by_key = by_key.where(*conditions, *behind).order_by(keys.c.document_seq.desc()).limit(limit)
    named = (table.c.id == text, table.c.transmission_id == text)
    seq = select(table.c.seq)
    by_id = [_page(seq, table, [*conditions, one], wanted.before_seq, limit) for one in named]
    return [*(by_key.where(keys.c.value == spelling) for spelling in sorted(spellings)), *by_id]


def due_departures(tx: Tx) -> list[str]:
    """What is still to be sent."""
    due = select(transmission_table.c.id).where(transmission_rows.DUE).order_by(transmission_table.c.seq)
    return list(tx.execute(due).scalars())


_arrived = transmission_table.c.direction == dialects.inline("in")
_senders = values_of(transmission_table.c.partner, _arrived)
_LAST_RECEIVED = select(
    _senders.c.value,
    select(func.max(transmission_table.c.received_at))
    .where(_arrived, transmission_table.c.partner == _senders.c.value)
    .correlate(_senders)
    .scalar_subquery(),
)


def last_received(tx: Tx) -> list[tuple[str, datetime]]:
    """Each partner's newest arrival of any kind."""
    return [(partner, at) for partner, at in tx.execute(_LAST_RECEIVED)]


def transmissions(tx: Tx, wanted: TransmissionFilter) -> list[Transmission]:
    """Newest first, without the bytes."""
    table, rows = transmission_table, BRIEF.select
    conditions = _equal(table, partner=wanted.partner, status=wanted.state, direction=wanted.direction)
    conditions += [_BY_STATE[wanted.state]] if wanted.state in _BY_STATE else []
    for door in wanted.except_doors:
        is_it = table.c.channel.startswith(door, autoescape=True) if door.endswith("/") else table.c.channel == door
        conditions.append(~is_it)
    if text := (wanted.text or "").strip():
        named = union(
            select(table.c.seq).where(table.c.id == text),
            *(
                select(table.c.seq).where(column != dialects.inline(""), column == text)
                for column in (table.c.transport_id, table.c.file_name)
            ),
        ).subquery()
        rows = rows.join(named, named.c.seq == table.c.seq)
    return BRIEF.all(tx, _page(rows, table, conditions, wanted.before_seq, wanted.limit))


_seq = transmission_table.c.seq
_UNFINISHED = transmission_rows.UNFINISHED, transmission_table.c.order_scope > dialects.inline("")
_DUE = transmission_rows.DUE, transmission_table.c.target > dialects.inline("")
_BY_STATE: dict[str, ColumnElement[bool]] = {
    **dict.fromkeys(("received", "processing"), _seq.in_(select(_seq).where(*_UNFINISHED))),
    "due": _seq.in_(select(_seq).where(*_DUE)),
    **dict.fromkeys(("rejected", "quarantined", "dead", "duplicate", "given_up"), transmission_rows.ENDED_OTHERWISE),
}
"""As _FEW_STATES."""


def _equal(table: Table, **wanted: str | None) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in wanted.items() if value is not None]


def _page(
    statement: Select[Any], table: Table, conditions: list[ColumnElement[bool]], before_seq: int | None, limit: int
) -> Select[Any]:
    behind = [] if before_seq is None else [table.c.seq < before_seq]
    return statement.where(*conditions, *behind).order_by(table.c.seq.desc()).limit(limit)


# ---- one thing


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that belongs to one arrival, document, delivery or departure, joined by ``transmission``: what came
    in, or for a departure that nothing here set off, what went out.

    Traced by a document or delivery, ``documents`` is that document, complete; traced by a transmission it holds the
    first TRACE_LIMIT of it, without the parts that may be large. ``acknowledgments`` are our answers to it, which leave
    by ``acknowledgment_deliveries``. ``departures``, ``attempts`` and ``offers`` are of both kinds of deliveries.
    ``ledger`` is of an arrival.
    """

    transmission: Transmission
    interchanges: list[StoredInterchange] = field(default_factory=list)
    groups: list[StoredGroup] = field(default_factory=list)
    documents: list[StoredDocument] = field(default_factory=list)
    acknowledgments: list[StoredAcknowledgment] = field(default_factory=list)
    deliveries: list[StoredDelivery] = field(default_factory=list)
    acknowledgment_deliveries: list[StoredDelivery] = field(default_factory=list)
    departures: list[Transmission] = field(default_factory=list)
    attempts: list[StoredAttempt] = field(default_factory=list)
    offers: list[StoredOffer] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    duplicates: list[Transmission] = field(default_factory=list)
    replays: list[Transmission] = field(default_factory=list)
    ledger: Line | None = None


def trace(tx: Tx, wanted: str) -> Trace | None:
    """The trace of a transmission, document, delivery or departure, whichever has the id ``wanted``; None if none."""
    delivery = deliveries.get(tx, wanted)
    document = document_rows.get(tx, delivery.document_id if delivery else wanted)
    if document is not None:
        arrival = transmission_rows.get(tx, document.transmission_id)
        return None if arrival is None else _trace(tx, arrival, [document], deliveries.of_document(tx, document.id))
    transmission = transmission_rows.get(tx, wanted)
    if transmission is None:
        return None
    if transmission.direction == "out":
        carried = deliveries.of_departure(tx, transmission.id)
        found = document_rows.BRIEF.all(tx, _BY_ID, {"ids": [delivery.document_id for delivery in carried]})
        arrival = transmission_rows.get(tx, found[0].transmission_id) if found else None
        return _trace(tx, arrival or transmission, found, carried)
    found = document_rows.BRIEF.all(tx, _OF_TRANSMISSION, {"id": transmission.id})
    return _trace(tx, transmission, found, deliveries.ROWS.all(tx, _DELIVERIES, {"ids": [d.id for d in found]}))


def _trace(tx: Tx, arrival: Transmission, found: list[StoredDocument], carried: list[StoredDelivery]) -> Trace:
    answers = acknowledgments.of_transmission(tx, arrival.id)
    answered = deliveries.ROWS.all(tx, _DELIVERIES, {"ids": [answer.document_id for answer in answers]})
    departing = sorted({d.departure_id for d in (*carried, *answered) if d.departure_id is not None})
    return Trace(
        transmission=arrival,
        interchanges=interchanges.of_transmission(tx, arrival.id),
        groups=interchanges.groups_of(tx, arrival.id),
        documents=found,
        acknowledgments=answers,
        deliveries=carried,
        acknowledgment_deliveries=answered,
        departures=BRIEF.all(tx, _TRANSMISSIONS, {"ids": departing}),
        attempts=deliveries.ATTEMPTS.all(tx, _ATTEMPTS, {"ids": departing}),
        offers=outbox.offers_of(tx, departing),
        events=_events(tx, arrival, found, carried),
        duplicates=BRIEF.all(tx, _DUPLICATES, {"id": arrival.id}),
        replays=BRIEF.all(tx, _REPLAYS, {"id": arrival.id}),
        ledger=line_of(tx, arrival.id),
    )


def _events(
    tx: Tx, arrival: Transmission, found: Sequence[StoredDocument], carried: Sequence[StoredDelivery]
) -> list[StoredEvent]:
    """What happened to the arrival and to what is shown of it; other documents of the arrival tell their own."""
    subjects = [arrival.id, *(d.id for d in found), *(d.id for d in carried), *(d.departure_id for d in carried)]
    return event_rows.ROWS.all(tx, _EVENTS, {"ids": sorted({subject for subject in subjects if subject})})


_OF_SEQS = document_rows.BRIEF.select.where(dialects.among(document_table.c.seq, "seqs")).order_by(
    document_table.c.seq.desc()
)
_ids: BindParameter[list[str]] = bindparam("ids", expanding=True)
_BY_ID = document_rows.BRIEF.select.where(document_table.c.id.in_(_ids)).order_by(document_table.c.seq)
_OF_TRANSMISSION = (
    document_rows.BRIEF.select.where(document_table.c.transmission_id == bindparam("id"))
    .order_by(document_table.c.set_ordinal, document_table.c.seq)
    .limit(TRACE_LIMIT)
)
_DELIVERIES = deliveries.ROWS.select.where(delivery_table.c.document_id.in_(_ids)).order_by(delivery_table.c.seq)
_TRANSMISSIONS = BRIEF.select.where(transmission_table.c.id.in_(_ids)).order_by(transmission_table.c.seq)
_ATTEMPTS = deliveries.ATTEMPTS.select.where(attempt_table.c.departure_id.in_(_ids)).order_by(
    attempt_table.c.departure_id, attempt_table.c.number
)
_EVENTS = event_rows.ROWS.select.where(event_table.c.subject_id.in_(_ids)).order_by(event_table.c.seq)
_DUPLICATES = (
    BRIEF.select.where(transmission_table.c.duplicate_of == bindparam("id"))
    .order_by(transmission_table.c.seq)
    .limit(TRACE_LIMIT)
)
_REPLAYS = (
    BRIEF.select.where(transmission_table.c.replay_of == bindparam("id"))
    .order_by(transmission_table.c.seq)
    .limit(TRACE_LIMIT)
)
