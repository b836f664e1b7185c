"""Real documents: no file makes an exception or loses a byte, and what their keepers call sound is accepted."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from canonical.finding import Severity, Verdict
from channels.x12.envelope import scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge, reject_unsupported
from channels.x12.judging.policy import LENIENT, STRICT
from channels.x12.standards.tables import UnsupportedSetError

SOUND_BUT_REJECTED = {
    "850__BerryWorksSoftware__ContextAwareSaxAdapterTest__d6da0cbb.edi": "BEG05 and SCH05 are empty",
    "850__nick-manasys__850-missing-po1__999ff11c.edi": "the file is made to lack PO1",
}


def judged(path: Path) -> list[tuple[str, str, Judgement]]:
    """(release, set type, judgement) of every set; asserts what must hold of any file."""
    data = path.read_bytes()
    result = scan(data)
    assert result.bytes_accounted == result.size == len(data)
    judgements = []
    for interchange in result.interchanges:
        for group in interchange.groups:
            for span in group.sets:
                try:
                    rules = grammar(group.release, span.type)
                except UnsupportedSetError:
                    found = reject_unsupported(span.type, group.release, span.control_number)
                else:
                    segments = list(set_segments(data, span, interchange.separators))
                    found = judge(segments, rules, LENIENT, interchange.separators, span.errors)
                    strict = judge(segments, rules, STRICT, interchange.separators, span.errors)
                    assert found.segment_count == span.segment_count == len(found.events)
                    assert strict.verdict == Verdict.REJECTED or not strict.faults
                    assert (found.verdict == Verdict.REJECTED) == any(
                        f.severity is Severity.ERROR for f in found.findings
                    )
                judgements.append((group.release, span.type, found))
    return judgements


def test_every_file_of_the_corpus_is_read_and_judged(shared_dir: Path) -> None:
    files = [p for p in sorted((shared_dir / "corpus" / "open").rglob("*")) if p.is_file()]
    assert len(files) > 400
    for path in files:
        judged(path)


@pytest.mark.parametrize("set_type", ["850", "855", "856", "810"])
def test_sound_files_of_both_releases_are_accepted(shared_dir: Path, set_type: str) -> None:
    accepted = 0
    with (shared_dir / "corpus" / "MANIFEST.csv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest):
            path = shared_dir / "corpus" / row["file"]
            if row["kind"] != "x12" or row["doc_type"] != set_type or "BROKEN" in row["notes"]:
                continue
            if row["version"][:6] not in ("004010", "005010") or path.name in SOUND_BUT_REJECTED:
                continue
            for _, _, judgement in judged(path):
                assert judgement.verdict != Verdict.REJECTED, (path.name, judgement.findings)
                accepted += 1
    assert accepted


def test_odd_files_are_judged_as_their_names_say(shared_dir: Path) -> None:
    refused = {"21_trunc_mid": 1, "23_bad_se_count": 1, "24_dup_st": 1}
    for path in sorted((shared_dir / "odd").glob("*.edi")):
        judgements = judged(path)
        interchanges = 2 if "two_isa" in path.name else 1
        assert len(judgements) == (2 if path.stem == "21_trunc_mid" else 3 * interchanges)
        rejected = [j for _, _, j in judgements if j.verdict == Verdict.REJECTED]
        assert len(rejected) == refused.get(path.stem, 0), path.name
