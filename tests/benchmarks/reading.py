"""What is measured: the way from bytes to verdicts and to canonical JSON, one set at a time."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap

from canonical.document import to_json
from channels.x12.envelope import Separators, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import LENIENT
from channels.x12.sets import decode
from channels.x12.sets.provenance import stored_form


def judged(data: bytes | mmap) -> Iterator[tuple[str, Grammar, Judgement, Separators]]:
    """Set type, grammar, judgement and separators of each set."""
    for found in scan(data).interchanges:
        for group in found.groups:
            for span in group.sets:
                rules = grammar(group.release, span.type)
                segments = set_segments(data, span, found.separators)
                judgement = judge(segments, rules, LENIENT, found.separators, span.errors)
                yield span.type, rules, judgement, found.separators


def translated(data: bytes | mmap) -> Iterator[str]:
    """The canonical JSON of each set, with the provenance made as it is stored. Raises ValueError when one gives no
    document: then it would be something else that is measured."""
    for set_type, rules, judgement, separators in judged(data):
        decoded = decode(set_type, rules, judgement, separators)
        if decoded.document is None:
            raise ValueError(f"the measured {set_type} gives no document: {decoded.findings}")
        stored_form(decoded.provenance)
        yield to_json(decoded.document)
