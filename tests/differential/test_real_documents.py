"""Real documents, sound and odd: both judges agree on each of their sets, or differ for a listed reason."""

from __future__ import annotations

from pathlib import Path

from tests.differential.judging import judged_twice, unlisted

LARGEST = 2_000_000
"""Bytes of a file that pyx12 is given: it reads some thousand segments a second."""


def test_both_judges_agree_on_real_documents_or_differ_for_a_listed_reason(shared_dir: Path) -> None:
    files = [*(shared_dir / "corpus" / "open" / "x12").rglob("*"), *(shared_dir / "odd").glob("*.edi")]
    judged, strange = 0, []
    for path in sorted(file for file in files if file.is_file() and file.stat().st_size <= LARGEST):
        for span, twice in judged_twice(path.read_bytes()):
            judged += 1
            if told := unlisted(twice):
                strange.append(f"{path.name}, set {span.type} {span.control_number}: {told}")
    assert not strange, "\n".join(strange)
    assert judged > 300
