"""Real documents survive X12 → canonical → X12: the same segments but for notation without meaning."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from canonical.document import parse_document, to_json
from channels.x12.envelope import Separators, SetSpan, scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import LENIENT
from channels.x12.sets import decode, encode
from channels.x12.standards import tables

SETS = ("850", "855", "856", "810", "820", "824", "860", "865", "846", "180")
RARE = ("860", "180")
"""Sets of which the corpus holds no whole file of our releases: others are read by the nearest tables."""
FLOWING = {"N2": 2, "N3": 2}
"""Segments whose elements run on into the next one, and how many each holds."""


@dataclass(frozen=True)
class RealSet:
    file: str
    release: str
    span: SetSpan
    separators: Separators
    judgement: Judgement


def real_sets(shared: Path) -> Iterator[RealSet]:
    with (shared / "corpus" / "MANIFEST.csv").open(newline="") as rows:
        manifest = list(csv.DictReader(rows))
    for row in manifest:
        if row["kind"] != "x12" or row["doc_type"] not in SETS or "BROKEN?" in row["notes"]:
            continue
        if not row["version"].startswith(("004010", "005010")) and row["doc_type"] not in RARE:
            continue
        data = (shared / "corpus" / row["file"]).read_bytes()
        for interchange in scan(data).interchanges:
            for group in interchange.groups:
                for span in group.sets:
                    if span.type in SETS:
                        compiled = grammar(group.release, span.type)
                        segments = set_segments(data, span, interchange.separators)
                        judgement = judge(segments, compiled, LENIENT, interchange.separators, span.errors)
                        yield RealSet(row["file"], group.release, span, interchange.separators, judgement)


def number(text: str) -> str:
    """12.50, +12.5 and 012.5 are one number."""
    try:
        return format(Decimal(text).normalize(), "f") if re.fullmatch(r"[+-]?[\d.]+", text) else text
    except InvalidOperation:
        return text


def normalised(segments: list[list[str]], release: str, separators: Separators) -> list[list[str]]:
    """Without empty elements at the end; numbers and times in their shortest form, dates in the longer; id pairs and
    flowing lines closed up; HL renumbered."""
    result: list[list[str]] = []
    levels: dict[str, str] = {}
    for segment in segments:
        elements = _plain(segment, release, separators)
        if elements[0] in ("PO1", "IT1", "POC", "LIN", "SLN", "ACK", "PER"):
            elements = _pairs_closed(elements)
        if elements[0] == "HL":
            levels[elements[1]] = str(len(levels) + 1)
            elements[1:3] = [levels[elements[1]], levels.get(elements[2], "")] if len(elements) > 2 else elements[1:3]
        if elements[0] in FLOWING and result and result[-1][0] == elements[0]:
            lines = [e for e in result.pop()[1:] + elements[1:] if e]
            room = FLOWING[elements[0]]
            result += [[elements[0], *lines[i : i + room]] for i in range(0, len(lines), room)]
        else:
            result.append(elements)
    return [_trimmed(segment) for segment in result]


def _plain(segment: list[str], release: str, separators: Separators) -> list[str]:
    if not tables.has_segment(release, segment[0]):
        return segment
    plain = [segment[0]]
    for text, use in zip(segment[1:], tables.segment_table(release, segment[0]).elements, strict=False):
        kind = "" if use.components else tables.element_table(release, use.number).type
        if kind and kind[0] in "RN":
            text = number(text)
        if kind == "DT" and len(text) == 6:
            text = ("19" if text >= "70" else "20") + text
        if kind == "TM" and len(text) > 4:
            text = re.sub(r"(?<=^\d{6})0+$|(?<=^\d{4})0000$|(?<=^\d{4})00$", "", text)
        plain.append(text.rstrip(separators.component) if use.components else text)
    return plain + segment[len(plain) :]


def _pairs_closed(elements: list[str]) -> list[str]:
    first = {"PO1": 6, "IT1": 6, "POC": 8, "LIN": 2, "SLN": 9, "ACK": 7, "PER": 3}[elements[0]]
    last = {"PO1": 26, "IT1": 26, "POC": 28, "LIN": 32, "SLN": 29, "ACK": 27, "PER": 9}[elements[0]]
    padded = elements + [""] * (last - len(elements))
    pairs = [padded[i : i + 2] for i in range(first, last, 2)]
    present = [text for pair in pairs if any(pair) for text in pair]
    return padded[:first] + present + [""] * (last - first - len(present)) + padded[last:]


def _trimmed(segment: list[str]) -> list[str]:
    while len(segment) > 1 and not segment[-1]:
        segment = segment[:-1]
    return segment


@pytest.fixture(scope="module")
def corpus(shared_dir: Path) -> list[RealSet]:
    return list(real_sets(shared_dir))


@pytest.mark.parametrize("set_type", SETS)
def test_every_real_document_comes_back_as_it_was(corpus: list[RealSet], set_type: str) -> None:
    differences: list[str] = []
    translated = 0
    for real in (real for real in corpus if real.span.type == set_type):
        compiled = grammar(real.release, set_type)
        decoded = decode(set_type, compiled, real.judgement, real.separators)
        if decoded.document is None:
            print(real.file, real.judgement.verdict, decoded.findings)
            continue
        translated += 1
        assert parse_document(to_json(decoded.document)) == decoded.document
        assert (
            decode(set_type, compiled, real.judgement, real.separators, provenance=False).document == decoded.document
        )
        body = [elements for _, elements in real.judgement.events if elements[0] not in ("ST", "SE")]
        sent = normalised(body, compiled.release, real.separators)
        back = normalised(encode(decoded.document, real.release, real.separators), compiled.release, real.separators)
        if any(f.segment_code in ("1", "2", "6", "7") for f in real.judgement.faults):
            # what stood in another order is put in order: nothing lost is what we promise then
            sent, back = sorted(sent), sorted(back)
        if sent != back:
            lost = [s for s in sent if s not in back]
            new = [s for s in back if s not in sent]
            differences.append(f"{real.file} {real.span.control_number}: lost {lost[:4]} new {new[:4]}")
    print(set_type, "translated", translated, "different", len(differences))
    assert not differences, "\n".join(differences)
    assert translated
