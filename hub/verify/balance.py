"""The ledger of every arrival, recomputed from its rows."""

from __future__ import annotations

from collections.abc import Iterator

from hub.store.questions import ledger
from hub.store.traffic import transmissions
from hub.verify.defect import Defect, Subject

_FIX = "Documents were lost, or written twice: look at its trace, compare with a backup, replay the transmission."
_STEP = 5000


def ledger_balances(subject: Subject) -> Iterator[Defect]:
    """In = accepted + rejected + duplicate + quarantined + in flight, of each arrival."""
    with subject.read() as tx:
        last = transmissions.last_seq(tx)
    for after in range(0, last, _STEP):
        with subject.read() as tx:
            lines = ledger.each(tx, after, after + _STEP)
        for id, line in lines:
            for what, sides in (("documents", line.documents), ("bytes", line.bytes)):
                if not sides.balanced:
                    yield Defect(f"LEDGER-{what.upper()}", id, sides.in_words(), "a difference of 0", _FIX)
        subject.progress(len(lines))
