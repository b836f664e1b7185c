"""The checks, by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from hub.verify.audit import audit_chain
from hub.verify.defect import Defect, Subject

CHECKS: Mapping[str, Callable[[Subject], Iterator[Defect]]] = {
    "audit": audit_chain,
}


def verify(subject: Subject, only: Collection[str] = CHECKS) -> Iterator[tuple[str, Defect]]:
    """Every defect, with the name of the check that found it."""
    for name, check in CHECKS.items():
        if name in only:
            yield from ((name, defect) for defect in check(subject))
