"""Payload: what a target gets of one document, told apart from the envelope that it leaves in.

Control numbers and the instant of writing are of the envelope and differ from one departure to the next. What is left
tells whether a target would get anything else than it got before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from canonical.document import DocumentType, parse_document
from channels.channel import Codec
from channels.errors import PayloadError
from channels.x12.envelope import Interchange, SetSpan, scan
from hub.catalog import CHANNEL_PREFIX, Catalog
from hub.pipeline.compose import Composition
from hub.pipeline.forms.mapped_files import WORKBOOK, sheet_cells
from hub.store.configuration.control_numbers import Drawing
from hub.store.errors import NoBytes
from hub.store.questions import lines
from hub.store.schema.records import StoredDelivery
from hub.store.store import Store, Tx
from hub.store.traffic import deliveries, documents, transmissions


@dataclass(frozen=True, slots=True)
class Payload:
    """``lines`` are for people: a segment each, or JSON set out. ``digest`` is the same for the same content; ``unfit``
    says why the document does not fit its target's form, and then there is nothing else."""

    digest: str = ""
    lines: tuple[str, ...] = field(default=(), repr=False)
    unfit: str | None = None


class _TakenBack(Exception):
    """Ends a savepoint in which something was written only to see what it comes to."""


def would_get(tx: Tx, catalog: Catalog, delivery: StoredDelivery, now: datetime) -> Payload:
    """What the target would get if the delivery left now. Nothing stays written, and no control number is drawn."""
    found = Payload(unfit="It could not be composed.")
    try:
        with tx.begin_nested():
            parcel = Composition(tx, catalog, Drawing(tx), now).parcel_of(delivery)
            (carried,) = parcel.carried
            found = _payload(parcel.body, parcel.content_type, carried.sent, carried.stored.number)
            raise _TakenBack
    except _TakenBack:
        return found
    except PayloadError as error:
        return Payload(unfit=f"It does not fit the target's form: {error.detail}")


def got(tx: Tx, store: Store, delivery: StoredDelivery) -> Payload | None:
    """What was frozen for the target; None when nothing was, its bytes are gone, or it left in one file with others, in
    a form of the partner's own: nobody tells then which part of it is this document."""
    departure = transmissions.get(tx, delivery.departure_id) if delivery.departure_id else None
    if departure is None:
        return None
    sent = lines.sent_set_of(tx, delivery.id)
    numbers = None
    if sent is not None and sent.departure_id == departure.id:
        numbers = {
            "group_control_number": sent.group_control_number,
            "set_control_number": sent.set_control_number,
        }
    document = documents.get(tx, delivery.document_id)
    assert document is not None
    own_form = departure.content_type not in (Codec.X12.content_type, Codec.JSON.content_type)
    if own_form and len(deliveries.of_departure(tx, departure.id)) > 1:
        return None
    try:
        return _payload(transmissions.body(store, departure), departure.content_type, numbers, document.number)
    except NoBytes:
        return None


def differs(tx: Tx, store: Store, catalog: Catalog, delivery: StoredDelivery, now: datetime) -> bool:
    """Whether a partner would get other content now than was frozen for it, of the same document. A system of ours gets
    the document itself."""
    if not delivery.target.startswith(CHANNEL_PREFIX):
        return False
    before = got(tx, store, delivery)
    return before is not None and would_get(tx, catalog, delivery, now).digest != before.digest


def _payload(body: bytes, content_type: str, numbers: dict[str, str] | None, number: str) -> Payload:
    if content_type == Codec.JSON.content_type:
        own = _own_document(json.loads(body), number)
        lines = json.dumps(own, ensure_ascii=False, indent=2).split("\n")
        return Payload(sha256(json.dumps(own).encode()).hexdigest(), tuple(lines))
    if content_type == WORKBOOK:
        return Payload(sha256(body).hexdigest(), tuple("\t".join(cells) for cells in sheet_cells(body)))
    found = next(_own_set(body, numbers), None) if numbers else None
    if found is None:
        return Payload(sha256(body).hexdigest(), tuple(body.decode("utf-8", "replace").split("\n")))
    release, segments = found
    content = json.dumps([release, [segment for segment in segments if segment[0] not in ("ST", "SE")]])
    return Payload(sha256(content.encode()).hexdigest(), tuple("*".join(segment) for segment in segments))


def _own_document(value: Any, number: str) -> Any:
    """The document that is called so, where several left together."""
    if not isinstance(value, list):
        return value
    canonical = (one for one in value if isinstance(one, dict) and one.get("type") in set(DocumentType))
    return next((one for one in canonical if parse_document(one).document_number() == number), value)


def _own_set(body: bytes, numbers: dict[str, str]) -> Iterator[tuple[str, list[list[str]]]]:
    """The release and the segments of the set that left under these numbers."""
    for interchange in scan(body).interchanges:
        for group in interchange.groups:
            for span in group.sets:
                same = span.control_number == numbers["set_control_number"]
                if same and group.control_number.lstrip("0") == numbers["group_control_number"].lstrip("0"):
                    yield group.release, list(_segments(body, interchange, span))


def _segments(body: bytes, interchange: Interchange, span: SetSpan) -> Iterator[list[str]]:
    """Of bytes that we wrote ourselves: no value holds a separator."""
    marks = interchange.separators
    text = body[span.offset : span.offset + span.length].decode("utf-8", "replace")
    for segment in text.split(marks.segment):
        if segment.strip():
            yield segment.strip("\r\n").replace(marks.component, ">").split(marks.element)
