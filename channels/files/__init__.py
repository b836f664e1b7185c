"""Files of any shape: a declarative mapping says which place of a partner's file each value of a document comes from.

    from channels.files import FileMapping, read_all, scan, write

    found = scan(body, mapping)                 # the form that was detected, and where each document lies
    for result in read_all(body, mapping, found.documents):
        print(result.document, *result.findings)
    body = write([order], mapping).body         # the other way

No store, no server, no file: bytes (or an mmap of them) in, values out. What is bad in the bytes is a ``Finding``,
never an exception; what cannot be written is a ``PayloadError`` whose ``findings`` name all of it.

Inside: ``rules`` and ``formats`` are what a profile writes, ``mapping`` joins them; ``paths`` and ``plan`` bind it to
the canonical model, ``places`` says what cannot work; ``styles`` and ``values`` turn texts into values. ``sources``
fetches texts from records, whatever they are, ``objects`` builds documents of them, ``spans`` tells which records are
which document. Rows are read by ``flat`` from ``separated`` (CSV), ``sheets`` and ``fixed_width``, trees by ``tree``
from ``xml_tree`` and ``json_tree``; ``flat_writing``, ``sheet_writing``, ``tree_writing`` and ``xml_writing`` go the
other way, and
``read_back`` judges what was written. ``ready/`` has the mappings that come with the hub. ``docs/mappings.md`` lists
all that a mapping can say.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from channels.files.comparison import differences
    from channels.files.form import Body, FileForm
    from channels.files.model.mapping import FileMapping
    from channels.files.reading import read, read_all, scan
    from channels.files.recognition import recognise
    from channels.files.records import Arrival, FileScan, FileSpan, ReadDocument, Run
    from channels.files.writing import WrittenFile, write

_HOMES = {
    "comparison": ("differences",),
    "form": ("Body", "FileForm"),
    "model.mapping": ("FileMapping",),
    "reading": ("read", "read_all", "scan"),
    "recognition": ("recognise",),
    "records": ("Arrival", "FileScan", "FileSpan", "ReadDocument", "Run"),
    "writing": ("WrittenFile", "write"),
}
"""Loaded when first asked for: whoever only has a profile with a mapping does without readers and writers."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Arrival",
    "Body",
    "FileForm",
    "FileMapping",
    "FileScan",
    "FileSpan",
    "ReadDocument",
    "Run",
    "WrittenFile",
    "differences",
    "read",
    "read_all",
    "recognise",
    "scan",
    "write",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
