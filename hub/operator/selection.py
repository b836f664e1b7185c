"""Which documents or deliveries somebody means: named one by one, or all that a filter finds. Lists and operations, by
command, page and API, choose by the same words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.errors import OperationRefused
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.questions import search
from hub.store.questions.search import DeliveryFilter, DocumentFilter
from hub.store.schema.records import StoredDelivery, StoredDocument
from hub.store.store import Tx
from hub.store.traffic import deliveries as delivery_rows
from hub.store.traffic import documents as document_rows
from hub.store.traffic import transmissions

PAGE = 500

_REPLAYABLE = frozenset(
    {
        DocumentStatus.ROUTED,
        DocumentStatus.UNROUTED,
        DocumentStatus.HELD,
        DocumentStatus.REJECTED,
        DocumentStatus.QUARANTINED,
    }
)
"""What a filter finds for a replay unless it names a state: no duplicate, nothing replaced."""

_KINDS = ("purchase_order", "invoice", "shipment", "control_number")


class Selection(BaseModel):
    """``ids`` as they are, or else all that the other fields fit; ``number`` is of any kind. ``since`` is included,
    ``until`` is not. ``finding`` is a finding's code, ``target`` one that a delivery is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: tuple[str, ...] = ()
    number: str | None = None
    purchase_order: str | None = None
    invoice: str | None = None
    shipment: str | None = None
    control_number: str | None = None
    partner: str | None = None
    type: str | None = None
    state: str | None = None
    direction: str | None = None
    finding: str | None = None
    target: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @property
    def filter(self) -> dict[str, str]:
        """What is filtered by, in words of JSON."""
        return self.model_dump(mode="json", exclude={"ids"}, exclude_none=True)

    def in_words(self) -> str:
        """For people and for the audit trail."""
        if self.ids:
            return "chosen one by one"
        told = [f"{name.replace('_', ' ')} {_said(getattr(self, name))}" for name in self.filter]
        return ", ".join(told) or "all there are"

    def named(self) -> dict[str, str]:
        """Numbers that must be of their kind."""
        return {kind: value for kind in _KINDS if (value := getattr(self, kind)) is not None}


def _said(value: object) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)


def documents(tx: Tx, wanted: Selection) -> Iterator[StoredDocument]:
    """Newest first, without the parts that may be large. The search finds a number of any kind, here it must be of the
    kind that was asked for."""
    named = wanted.named()
    page_of = DocumentFilter(
        text=wanted.number or next(iter(named.values()), ""),
        partner=wanted.partner,
        type=wanted.type,
        state=wanted.state,
        direction=wanted.direction,
        finding=wanted.finding,
        target=wanted.target,
        since=wanted.since,
        until=wanted.until,
        limit=PAGE,
    )
    while page := search.documents(tx, page_of):
        yield from (row for row in page if not named or _has(document_rows.keys_of(tx, row.seq), named))
        if len(page) < PAGE:
            return
        page_of = replace(page_of, before_seq=page[-1].seq)


def _has(keys: list[tuple[str, str]], named: dict[str, str]) -> bool:
    held = {(kind, value.upper().lstrip("0")) for kind, value in keys}
    return all((kind, number.strip().upper().lstrip("0")) in held for kind, number in named.items())


def to_replay(tx: Tx, wanted: Selection, most: int) -> list[str]:
    """Ids of documents, and of arrivals that were refused or quarantined whole, in the order in which they came. A
    delivery stands for its document, any other arrival for all it brought. Raises OperationRefused for more than
    ``most``."""
    if wanted.ids:
        found = list(dict.fromkeys(id for one in wanted.ids for id in _meant(tx, one)))
    else:
        if not wanted.filter:
            raise OperationRefused("Choose documents, by id or by a filter.")
        fitting = (row for row in documents(tx, wanted) if wanted.state or _is_replayable(row))
        found = [row.id for row in islice(fitting, most + 1)][::-1]
    if not found:
        raise OperationRefused(f"No document fits: {wanted.in_words()}.")
    if len(found) > most:
        raise OperationRefused(f"More than {most} documents fit: {wanted.in_words()}. Take a shorter span of time.")
    return found


def _meant(tx: Tx, one: str) -> list[str]:
    if (delivery := delivery_rows.get(tx, one)) is not None:
        return [delivery.document_id]
    arrival = transmissions.get(tx, one)
    whole = (ArrivalStatus.REJECTED, ArrivalStatus.QUARANTINED)
    if arrival is None or arrival.direction != "in" or arrival.status in whole:
        return [one]
    return [row.id for row in document_rows.of_transmission(tx, one) if _is_replayable(row)] or [one]


def _is_replayable(row: StoredDocument) -> bool:
    """What came as a set or a canonical document of its own; our answers did not, and partners' acknowledgments are
    replayed when somebody names them."""
    came = row.set_ordinal is not None and row.type != "functional_acknowledgment"
    return came and row.status in _REPLAYABLE


def deliveries(tx: Tx, wanted: Selection, most: int) -> list[StoredDelivery]:
    """Deliveries of a state, ``dead`` unless said, in the order in which they were made. Raises OperationRefused for
    more than ``most``, and for a filter that deliveries do not have."""
    unknown = wanted.filter.keys() - {"partner", "target", "state", "type", "since", "until"}
    if unknown:
        raise OperationRefused(f"Deliveries are not chosen by {', '.join(sorted(unknown))}.")
    page_of = DeliveryFilter(
        partner=wanted.partner,
        target=wanted.target,
        state=wanted.state or "dead",
        type=wanted.type,
        since=wanted.since,
        until=wanted.until,
        limit=most + 1,
    )
    found = search.deliveries_like(tx, page_of)
    if len(found) > most:
        raise OperationRefused(f"More than {most} deliveries fit: {wanted.in_words()}. Take a shorter span of time.")
    return found[::-1]
