"""The ledger: everything that came in is accepted, rejected, a duplicate, quarantined or in flight, each once.

    in = accepted + rejected + duplicate + quarantined + in flight

It is kept for documents and for bytes, of each arrival and of all together. What came in is what the unpack scan
counted, what became of it is what was written: the two are told apart here, and a difference is a defect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, Select, Subquery, bindparam, case, func, select

from hub.states import ArrivalStatus, DocumentStatus
from hub.store.engine import dialects
from hub.store.schema.tables import documents, groups, interchanges, transmissions
from hub.store.store import Tx

SIDES = ("accepted", "rejected", "duplicate", "quarantined", "in_flight")

DOCUMENTS: Mapping[DocumentStatus, str] = {
    DocumentStatus.ROUTED: "accepted",
    DocumentStatus.UNROUTED: "accepted",
    DocumentStatus.HELD: "accepted",  # its sender has its answer; it waits for a person of ours
    DocumentStatus.RECONCILED: "accepted",
    DocumentStatus.ORPHAN: "accepted",
    DocumentStatus.REJECTED: "rejected",
    DocumentStatus.DUPLICATE: "duplicate",
    DocumentStatus.QUARANTINED: "quarantined",
}
"""On which side a document stands. A replaced one stands nowhere: what replaced it does."""

ARRIVALS: Mapping[ArrivalStatus, str] = {
    ArrivalStatus.RECEIVED: "in_flight",
    ArrivalStatus.PROCESSING: "in_flight",
    ArrivalStatus.PROCESSED: "accepted",
    ArrivalStatus.REJECTED: "rejected",
    ArrivalStatus.QUARANTINED: "quarantined",
    ArrivalStatus.DUPLICATE: "duplicate",
}
"""On which side an arrival stands, and with it what of it has no side of its own. Documents of a processed one all
have: one that has not is missing."""

UNWORKED = ("rejected", "duplicate", "quarantined")
"""What an interchange can be as a whole; otherwise its sets are worked one by one."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One equation. ``arrived`` is its left side."""

    arrived: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    quarantined: int = 0
    in_flight: int = 0

    @property
    def difference(self) -> int:
        """0, or how much more came in than is accounted for."""
        return self.arrived - sum(self.by_side.values())

    @property
    def balanced(self) -> bool:
        return self.difference == 0 and all(count >= 0 for count in self.by_side.values())

    @property
    def by_side(self) -> dict[str, int]:
        """The right side of the equation."""
        return {side: getattr(self, side) for side in SIDES}

    def in_words(self) -> str:
        """As ``3 = 2 accepted + 1 rejected``; sides that nothing stands on are left out."""
        terms = [f"{count:,} {side.replace('_', ' ')}" for side, count in self.by_side.items() if count]
        words = f"{self.arrived:,} = {' + '.join(terms) or '0'}"
        return words if self.balanced else f"{words}, which leaves a difference of {self.difference:,}"

    def __add__(self, other: Sides) -> Sides:
        return Sides(*(getattr(self, name) + getattr(other, name) for name in ("arrived", *SIDES)))


@dataclass(frozen=True, slots=True)
class Line:
    """What came from one partner in a period, or as one arrival. ``uncounted`` arrivals hold an unknown number of
    documents: they were not read yet, or could not be."""

    partner: str | None = None
    arrivals: int = 0
    uncounted: int = 0
    replays: int = 0
    documents: Sides = field(default_factory=Sides)
    bytes: Sides = field(default_factory=Sides)

    def __add__(self, other: Line) -> Line:
        """Both together, under the partner of the first."""
        return Line(
            self.partner,
            self.arrivals + other.arrivals,
            self.uncounted + other.uncounted,
            self.replays + other.replays,
            self.documents + other.documents,
            self.bytes + other.bytes,
        )


def total(lines: Iterable[Line]) -> Line:
    return sum(lines, Line())


_t, _d, _i, _g = transmissions, documents, interchanges, groups
_WORKED = SIDES[:-1]


def _sum(amount: Any, where: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(case((where, amount), else_=0)), 0)


def _worked(arrivals: CTE) -> Subquery:
    """The documents that were made of each arrival, by side."""
    sides = {side: [s.value for s, of in DOCUMENTS.items() if of == side] for side in _WORKED}
    return (
        select(_d.c.transmission_id, *(_sum(1, _d.c.status.in_(names)).label(side) for side, names in sides.items()))
        .where(_d.c.transmission_id.in_(select(arrivals.c.id)), _d.c.set_ordinal.is_not(None))
        .group_by(_d.c.transmission_id)
        .subquery()
    )


def _enveloped(arrivals: CTE) -> Subquery:
    """The interchanges of each arrival: their bytes, and of those whose sets were not worked the sets and bytes by
    side."""
    of_arrivals = _i.c.transmission_id.in_(select(arrivals.c.id))
    sets = (
        select(_g.c.interchange_id, func.sum(_g.c.set_count).label("sets"))
        .where(_g.c.interchange_id.in_(select(_i.c.id).where(of_arrivals)))
        .group_by(_g.c.interchange_id)
        .subquery()
    )
    side = case(
        (_i.c.verdict == "quarantined", "quarantined"),
        (_i.c.duplicate_of.is_not(None), "duplicate"),
        (_i.c.verdict == "rejected", "rejected"),
        else_="",
    )
    return (
        select(
            _i.c.transmission_id,
            *(_sum(func.coalesce(sets.c.sets, 0), side == name).label(f"sets_{name}") for name in UNWORKED),
            *(_sum(func.coalesce(_i.c.byte_length, 0), side == name).label(f"bytes_{name}") for name in UNWORKED),
            func.sum(_i.c.byte_length).label("bytes"),
        )
        .outerjoin(sets, sets.c.interchange_id == _i.c.id)
        .where(of_arrivals)
        .group_by(_i.c.transmission_id)
        .subquery()
    )


def _counts(key: str, condition: ColumnElement[bool]) -> Select[Any]:
    """What was counted and what was written of the arrivals, by key and by what decides where the rest stands."""
    named = (_t.c.id, _t.c.partner, _t.c.status, _t.c.sets, _t.c.size, _t.c.replay_of)
    # Looked up once, and before all else: however much a store holds, no more is read than what came with them.
    arrivals = select(*named).where(_t.c.direction == dialects.inline("in"), condition).cte("arrivals")
    worked, enveloped = _worked(arrivals), _enveloped(arrivals)
    uncounted = case((arrivals.c.sets.is_(None), 1), else_=0).label("uncounted")
    columns = {
        "replays": case((arrivals.c.replay_of.is_not(None), 1), else_=0),
        "sets": arrivals.c.sets,
        "size": arrivals.c.size,
        "enveloped": enveloped.c.bytes,
        **{f"documents_{side}": worked.c[side] for side in _WORKED},
        **{f"{what}_{side}": enveloped.c[f"{what}_{side}"] for what in ("sets", "bytes") for side in UNWORKED},
    }
    return (
        select(
            arrivals.c[key].label("key"),
            arrivals.c.partner,
            arrivals.c.status,
            uncounted,
            func.count().label("arrivals"),
            *(func.coalesce(func.sum(column), 0).label(name) for name, column in columns.items()),
        )
        .outerjoin(worked, worked.c.transmission_id == arrivals.c.id)
        .outerjoin(enveloped, enveloped.c.transmission_id == arrivals.c.id)
        .group_by(arrivals.c[key], arrivals.c.partner, arrivals.c.status, uncounted)
        .order_by(arrivals.c[key])
    )


_IN_PERIOD = _counts("partner", (_t.c.received_at >= bindparam("since")) & (_t.c.received_at < bindparam("until")))
_ONE = _counts("id", _t.c.id == bindparam("id"))
_EACH = _counts("id", (_t.c.seq > bindparam("after")) & (_t.c.seq <= bindparam("last")))


def lines(tx: Tx, since: datetime, until: datetime) -> list[Line]:
    """Of all that came in a period, ``until`` excluded, a line for each partner; None is nobody that we know."""
    found: dict[str | None, Line] = {}
    for row in tx.execute(_IN_PERIOD, {"since": since, "until": until}):
        found[row.partner] = found.get(row.partner, Line(row.partner)) + _line(row)
    return list(found.values())


def line_of(tx: Tx, transmission_id: str) -> Line | None:
    """Of one arrival; None for a departure."""
    row = tx.execute(_ONE, {"id": transmission_id}).first()
    return _line(row) if row else None


def each(tx: Tx, after_seq: int, last_seq: int) -> list[tuple[str, Line]]:
    """The arrivals numbered above ``after_seq`` and up to ``last_seq``, each by its id."""
    return [(row.key, _line(row)) for row in tx.execute(_EACH, {"after": after_seq, "last": last_seq})]


def _line(row: Row[Any]) -> Line:
    """The equations: what has no side of its own stands where its arrival does."""
    number = {name: int(value) for name, value in row._mapping.items() if name not in ("key", "partner", "status")}
    sets = Counter({side: number[f"documents_{side}"] for side in _WORKED})
    size = Counter({side: number[f"bytes_{side}"] for side in UNWORKED})
    for side in UNWORKED:
        sets[side] += number[f"sets_{side}"]
    arrived = number["sets"] if not number["uncounted"] else sets.total()
    status = ArrivalStatus(row.status)
    if status is not ArrivalStatus.PROCESSED:
        sets[ARRIVALS[status]] += arrived - sets.total()
    size[ARRIVALS[status]] += number["size"] - size.total()
    return Line(
        row.partner,
        number["arrivals"],
        number["uncounted"] and number["arrivals"],
        number["replays"],
        Sides(arrived, *(sets[side] for side in SIDES)),
        Sides(max(number["size"], number["enveloped"]), *(size[side] for side in SIDES)),
    )
