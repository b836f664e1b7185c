"""Files of any shape: a declarative mapping says which place of a partner's file each value of a document comes from.

    from channels.files import FileMapping, read_all, scan, write

    found = scan(body, mapping)                 # the form that was detected, and where each document lies
    for result in read_all(body, mapping, found.documents):
        print(result.document, *result.findings)
    body = write([order], mapping).body         # the other way

No store, no server, no file: bytes (or an mmap of them) in, values out. What is bad in the bytes is a ``Finding``,
never an exception; what cannot be written is a ``PayloadError`` whose ``findings`` name all of it.

Inside: ``rules`` and ``formats`` are what a profile writes, ``mapping`` joins them; ``paths`` and ``plan`` bind it to
the canonical model, ``places`` says what cannot work; ``styles`` and ``values`` turn texts into values. ``objects``
builds documents from records, whatever they are; ``flat`` does so for rows, which ``separated`` reads from CSV.
"""

from __future__ import annotations

from channels.files.comparison import differences
from channels.files.form import Body, FileForm
from channels.files.mapping import FileMapping
from channels.files.reading import read, read_all, scan
from channels.files.recognise import recognise
from channels.files.records import Arrival, FileScan, FileSpan, ReadDocument, Run
from channels.files.writing import WrittenFile, write

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
