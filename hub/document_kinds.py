"""What a stored document is called: a canonical type, or for a set that has no canonical form the set itself."""

from __future__ import annotations

from functools import cache

from canonical.document import DocumentType
from channels.x12.sets import DOCUMENT_OF
from channels.x12.standards import tables
from channels.x12.standards.identity import set_name

UNKNOWN = "unknown"
"""A set that no table holds."""

_SET = "x12_"


def kind_of_set(set_type: str) -> str:
    """How a set is stored: ``purchase_order`` for 850, ``x12_830`` for one that is only judged and shown."""
    if set_type in DOCUMENT_OF:
        return DOCUMENT_OF[set_type].value
    return _SET + set_type if set_type in tables.functional_identifiers() else UNKNOWN


@cache
def judged_only() -> dict[str, str]:
    """Kind → name of every set that the tables hold and no canonical document carries."""
    held = sorted(set(tables.functional_identifiers()) - set(DOCUMENT_OF))
    return {_SET + set_type: name_of_set(set_type) for set_type in held}


def name_of_set(set_type: str) -> str:
    """The standard's name of a set, the newest release's; empty when no table holds it."""
    return next((name for release in reversed(tables.RELEASES) if (name := set_name(release, set_type))), "")


def in_words(kind: str) -> str:
    """A kind as people say it, in lower case where it is no name."""
    return judged_only().get(kind) or kind.replace("_", " ")


def kinds() -> tuple[str, ...]:
    """Every kind that documents are stored as, canonical ones first."""
    return (*(kind.value for kind in DocumentType), *judged_only())
