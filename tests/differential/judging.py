"""Sets in bytes, as partners send them, and what both judges make of them."""

from __future__ import annotations

from collections.abc import Iterator

from channels.x12.envelope import SetSpan, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.second_judge.comparison import Difference, TwoJudgements, judge_twice
from channels.x12.standards import tables
from channels.x12.standards.tables import UnsupportedSetError

Segments = list[list[str]]


def interchange(release: str, set_type: str, segments: Segments) -> bytes:
    """One interchange of one set, its segments separated by ``* > ~``, and ``^`` from 005010 on."""
    mark, version = ("^", "00501") if release >= "005010" else ("U", "00401")
    header = f"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260307*0830*{mark}*{version}"
    group = tables.functional_identifiers()[set_type]
    body = [
        f"{header}*000000001*0*P*>",
        f"GS*{group}*SENDER*RECEIVER*20260307*0830*1*X*{release}",
        *("*".join(segment) for segment in segments),
        "GE*1*1",
        "IEA*1*000000001",
    ]
    return "".join(f"{segment}~" for segment in body).encode()


def judged_twice(data: bytes) -> Iterator[tuple[SetSpan, TwoJudgements]]:
    """Every set of a file of a type that the tables hold."""
    for found in scan(data).interchanges:
        for group in found.groups:
            for span in group.sets:
                segments = set_segments(data, span, found.separators)
                try:
                    yield span, judge_twice(segments, group.release, span.type, None, found.separators, span.errors)
                except UnsupportedSetError:
                    continue


def unlisted(twice: TwoJudgements) -> str:
    """What one judge alone says for no listed reason, in words; empty where there is nothing."""
    found = twice.comparison
    if not isinstance(found, Difference) or not found.unlisted:
        return ""
    theirs = twice.theirs.reason or twice.theirs.verdict.value
    return f"{found.alone} alone: {found.unlisted[0]} (ours {twice.ours.verdict.value}, pyx12 {theirs})"
