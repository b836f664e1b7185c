"""The checks, by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from hub.store.errors import BlobsAway, StoreError
from hub.verify.answers import acknowledgments_fit
from hub.verify.audit import audit_chain
from hub.verify.balance import ledger_balances
from hub.verify.content import canonical_documents, stored_bytes
from hub.verify.database import database_whole
from hub.verify.defect import Defect, Subject
from hub.verify.files import no_strays
from hub.verify.numbers import numbers_unique
from hub.verify.references import rows_agree

CHECKS: Mapping[str, Callable[[Subject], Iterator[Defect]]] = {
    "database": database_whole,
    "bytes": stored_bytes,
    "documents": canonical_documents,
    "ledger": ledger_balances,
    "references": rows_agree,
    "acknowledgments": acknowledgments_fit,
    "control-numbers": numbers_unique,
    "audit": audit_chain,
    "files": no_strays,
}

_UNREADABLE = "The database is damaged: restore a backup, or have the reason found before the hub goes on."


def verify(subject: Subject, only: Collection[str] = CHECKS) -> Iterator[tuple[str, Defect]]:
    """Every defect, with the name of the check that found it. What is so damaged that a check cannot read on ends this
    check and is a defect. Raises BlobsAway while the storage of larger bytes cannot be asked."""
    for name, check in CHECKS.items():
        if name in only:
            try:
                yield from ((name, defect) for defect in check(subject))
            except BlobsAway:
                raise  # which says nothing of what is stored
            except (StoreError, ValueError, LookupError) as error:
                got = f"{type(error).__name__}: {error}"
                yield name, Defect("UNREADABLE", name, got, "rows that can be read", _UNREADABLE)
