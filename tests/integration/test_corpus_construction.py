"""Real sets, well-formed or not, become the same documents by the short way as by the thorough one."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from channels.x12.envelope import Separators, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import LENIENT
from channels.x12.sets import DOCUMENT_OF
from channels.x12.sets.reading import Event
from channels.x12.standards.tables import UnsupportedSetError
from tests.unit.channels.x12.construction import Ways, both_agree, ways


def real_events(shared: Path) -> Iterator[tuple[str, Grammar, list[Event], Separators]]:
    with (shared / "corpus" / "MANIFEST.csv").open(newline="") as rows:
        files = [shared / "corpus" / row["file"] for row in csv.DictReader(rows) if row["kind"] == "x12"]
    for file in files:
        data = file.read_bytes()
        for found in scan(data).interchanges:
            for group in found.groups:
                for span in (span for span in group.sets if span.type in DOCUMENT_OF):
                    try:
                        rules = grammar(group.release, span.type)
                    except UnsupportedSetError:
                        continue
                    segments = set_segments(data, span, found.separators)
                    judgement = judge(segments, rules, LENIENT, found.separators, span.errors)
                    yield span.type, rules, judgement.events, found.separators


def test_both_ways_agree_on_every_real_set(shared_dir: Path) -> None:
    sets, short = Counter[str](), Counter[str]()
    known: dict[Grammar, Ways] = {}
    for set_type, rules, events, separators in real_events(shared_dir):
        if rules not in known:
            known[rules] = ways(rules.release, set_type)
        sets[set_type] += 1
        short[set_type] += both_agree(known[rules], events, separators)
    for set_type in sorted(sets):
        print(f"{set_type}: {short[set_type]} of {sets[set_type]} by the short way")
    assert short.total() > 0.8 * sets.total()
