"""Rows that name each other: what is named exists, and deliveries and departures agree."""

from __future__ import annotations

from collections.abc import Iterator

from hub.store.questions import references
from hub.verify.defect import Defect, Subject

_LOST = "The row that it names was lost: restore a backup, or find in the audit trail who removed it."
_DISAGREE = "Look at hub show of the delivery; resend it or give it up, so that both say the same."


def rows_agree(subject: Subject) -> Iterator[Defect]:
    """Every reference, what each departure carries, and what each routed document became."""
    with subject.read() as tx:
        for lost in references.dangling(tx):
            place, expected = f"{lost.table}.{lost.column}", f"a row of {lost.parent}"
            yield Defect("REFERENCE-LOST", place, f"{lost.value}, which does not exist", expected, _LOST)
        subject.progress(len(references.REFERENCES))
        for one in references.disagreeing(tx):
            got = f"{one.status}, in {one.departure_id or 'no departure'} that is {one.departure_status or 'missing'}"
            yield Defect("DELIVERY-DISAGREES", one.delivery_id, got, "a departure whose state fits", _DISAGREE)
        for id in references.empty_departures(tx):
            yield Defect("DEPARTURE-EMPTY", id, "a departure that carries nothing", "at least one delivery", _LOST)
        for id in references.undelivered(tx):
            fix = "Replay the document: it is routed anew."
            yield Defect("DOCUMENT-NOT-DELIVERED", id, "routed, without a delivery", "a delivery to each target", fix)
        for id in references.stuck_keys(tx):
            fix = "What is behind it never leaves: tell the makers of the hub, and resend or give up what waits."
            yield Defect("ORDER-KEY-STUCK", id, "settled, and holding others back", "its order keys are free", fix)
