"""X12 without a hub: read, judge, write and acknowledge, from bytes to values and back.

    from channels.x12 import Form, PartyId, read, write

    for interchange in read(data):
        for transaction_set in interchange:
            print(transaction_set.type, transaction_set.verdict, *transaction_set.findings)
        replies = interchange.acknowledge()  # TA1, 997, 999 as bytes

    order = write(purchase_order, Form(release="005010"), sender=PartyId("ZZ", "US"), receiver=PartyId("ZZ", "THEM"),
                  control_number=1)

No store, no server, no file and no clock that one does not ask for. What is bad in the bytes is a ``Finding``, never an
exception; what cannot be written is a ``PayloadError`` whose ``findings`` name all of it. ``docs/x12-library.md`` has
more. Each name is imported when it is first used, so that this package itself costs nothing.

Inside, in the order of a file's way: ``envelope`` takes it apart, ``judging`` judges each set by the tables of
``standards`` and the partner's ``guide`` (``second_judge`` is pyx12 beside it), ``sets`` binds segments and canonical
documents both ways, ``acknowledging`` answers; ``received`` joins these. ``writing`` goes the way back. ``explain``,
``sample`` and ``redaction`` show a set, make one up, and make one safe to share.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from canonical.document import Document, parse_document, to_json
    from canonical.finding import Finding, Severity, Verdict
    from channels.errors import PayloadError
    from channels.x12.envelope import PartyId, Separators
    from channels.x12.explain import SetTree, tree_record
    from channels.x12.guide import Guide
    from channels.x12.judging.policy import LENIENT, STRICT, Policy
    from channels.x12.received import ReceivedFile, ReceivedInterchange, ReceivedSet, read
    from channels.x12.writing.characters import CharacterSet
    from channels.x12.writing.composing import Form, Written, write
    from channels.x12.writing.fitting import Rules
    from channels.x12.writing.writer import Lines

_HOMES = {
    "canonical.document": ("Document", "parse_document", "to_json"),
    "canonical.finding": ("Finding", "Severity", "Verdict"),
    "channels.errors": ("PayloadError",),
    "channels.x12.writing.characters": ("CharacterSet",),
    "channels.x12.writing.composing": ("Form", "Written", "write"),
    "channels.x12.envelope": ("PartyId", "Separators"),
    "channels.x12.explain": ("SetTree", "tree_record"),
    "channels.x12.writing.fitting": ("Rules",),
    "channels.x12.guide": ("Guide",),
    "channels.x12.judging.policy": ("LENIENT", "STRICT", "Policy"),
    "channels.x12.received": ("ReceivedFile", "ReceivedInterchange", "ReceivedSet", "read"),
    "channels.x12.writing.writer": ("Lines",),
}

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "LENIENT",
    "STRICT",
    "CharacterSet",
    "Document",
    "Finding",
    "Form",
    "Guide",
    "Lines",
    "PartyId",
    "PayloadError",
    "Policy",
    "ReceivedFile",
    "ReceivedInterchange",
    "ReceivedSet",
    "Rules",
    "Separators",
    "SetTree",
    "Severity",
    "Verdict",
    "Written",
    "parse_document",
    "read",
    "to_json",
    "tree_record",
    "write",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
