"""A mapping proposed from a supplier's own sample: bytes and a document type in, a mapping with its reasons out.

    from channels.files.suggesting import suggest

    found = suggest(sample, plain_invoice)     # the plain tables' mapping of the type, as its YAML has it
    found.mapping                              # what a profile says under ``mappings``
    for reading in found.readings:
        print(reading.path, reading.source, reading.confidence, reading.values)

Nothing is guessed in silence: each field has a confidence, its reasons and the values that it would read; what was not
found is named. A person confirms it. The way: ``tables`` and ``trees`` lay the sample out as columns, in all ``ways``
there are, ``observed`` looks at their values, ``meanings`` at their names by the words in ``vocabulary`` and
``field_names``; ``scoring`` says how well each column fits each field of the ``outline``, ``assignment`` chooses for
all at once in ``solving``, and ``proposing`` makes the mapping.
"""

from __future__ import annotations

from channels.files.suggesting.proposing import Missing, Reading, Suggestion, suggest
from channels.files.suggesting.scoring import Known

__all__ = ["Known", "Missing", "Reading", "Suggestion", "suggest"]
