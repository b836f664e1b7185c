"""Run as a process of its own: prints how many MB of anonymous memory translating a file took above the idle process."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

from canonical.document import to_json
from channels.x12.envelope import scan, set_segments
from channels.x12.grammar import grammar
from channels.x12.judge import LENIENT, judge
from channels.x12.sets import decode
from tests.benchmarks.interchanges import TYPES, interchange
from tests.benchmarks.x12 import translate_all


def anonymous_megabytes() -> float:
    """Memory of this process without pages of mapped files, which the system may drop at any time (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def main(path: str) -> None:
    for set_type in TYPES:
        translate_all(interchange(set_type, 1))
    idle = peak = anonymous_megabytes()
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for found in scan(data).interchanges:
            peak = max(peak, anonymous_megabytes())
            for group in found.groups:
                for span in group.sets:
                    rules = grammar(group.release, span.type)
                    segments = set_segments(data, span, found.separators)
                    judgement = judge(segments, rules, LENIENT, found.separators, span.errors)
                    document = decode(span.type, rules, judgement, found.separators).document
                    text = to_json(document) if document is not None else ""
                    peak = max(peak, anonymous_megabytes())
                    del judgement, document, text
    print(f"{peak - idle:.1f}")


main(sys.argv[1])
