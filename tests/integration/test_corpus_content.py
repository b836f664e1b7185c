"""Real files against their own bytes: what a file holds, its canonical document holds, no more and no less.

The checker here splits and reads the raw file by itself, naively, and knows nothing of our splitter, judge or bindings.
It recounts lines, quantities, prices, product identifiers, parties, dates and SSCCs, then compares every single value
as a bag: one that was lost and one that was invented both fail.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from canonical.document import to_json
from canonical.finding import Severity, Verdict
from channels.x12.acknowledging.acknowledgment import read_ta1
from channels.x12.envelope import scan
from channels.x12.envelope.segments import set_segments
from channels.x12.judging.grammar import grammar
from channels.x12.judging.judge import Judgement, judge
from channels.x12.judging.policy import LENIENT
from channels.x12.sets import DOCUMENT_OF, Decoded, decode

TYPES = ("850", "855", "856", "810", "820", "824", "860", "865", "846", "180")
RELEASES = ("004010", "005010", "00501")
RARE = ("860", "180")
"""Sets of which the corpus holds no whole file of these releases: others are read by the nearest tables."""

Segment = list[str]
Facts = dict[str, Any]


# --- the naive reader ------------------------------------------------------------------------------------------------


@dataclass
class RawSet:
    """One ST..SE as a plain split gives it; composites are still joined by ``component``."""

    type: str
    control_number: str
    component: str
    segments: list[Segment] = field(default_factory=list)


def naive_sets(text: str) -> Iterator[RawSet]:
    start = text.find("ISA")
    while start >= 0:
        element, place = text[start + 3], start
        for _ in range(16):
            place = text.index(element, place + 1)
        component, terminator = text[place + 1], text[place + 2]
        end = re.compile(re.escape(terminator) + r"\s*IEA" + re.escape(element)).search(text, place + 2)
        assert end, "no IEA"
        current: RawSet | None = None
        for piece in text[place + 2 : end.end()].split(terminator):
            elements = piece.strip().split(element)
            if elements[0] == "ST":
                current = RawSet(elements[1], elements[2], component)
            elif elements[0] == "SE" and current is not None:
                yield current
                current = None
            elif current is not None and elements[0]:
                current.segments.append(elements)
        start = text.find("ISA" + element, end.end())


def value(segment: Segment, position: int) -> str:
    return segment[position].strip() if position < len(segment) else ""


# --- one normal form for values, whichever side they come from -----------------------------------------------------

DATES = {"DTM": {2}, "BEG": {5}, "BAK": {4, 8, 9}, "BIG": {1, 3}, "BSN": {3}, "PRF": {4}, "G62": {2}, "N9": {4}}
DATES |= {"ITD": {4, 6, 9}, "ACK": {5, 25, 26}, "SCH": {6, 9}, "CSH": {5}, "CUR": {8, 11, 14, 17, 20}, "FTH": {2}}
DATES |= {"BPR": {16}, "BGN": {3}, "OTI": {6}, "TXP": {3}, "DED": {3}}
DATES |= {"BCH": {6, 10, 11}, "BCA": {6, 10, 11, 12}, "BIA": {4}, "LDT": {4}}
TIMES = {"DTM": {3}, "BSN": {4}, "G62": {4}, "N9": {5}, "SCH": {7, 10}, "CUR": {9, 12, 15, 18, 21}}
TIMES |= {"BGN": {4}, "OTI": {7}, "BIA": {5}}
IMPLIED = {"TDS": {1, 2, 3, 4}, "SAC": {5}, "ITD": {8, 10}, "CSH": {3}, "TXP": {5, 7, 9}, "DED": {4}}
"""Elements of type N2, by their segment: the last two digits are the fraction."""


def normal(text: str) -> str:
    """Numbers without padding zeros, so that 010, 10 and 10.00 are one; all else as it stands."""
    text = text.strip()
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text, re.ASCII):
        number = format(Decimal(text).normalize(), "f")
        return "0" if number == "-0" else number
    return text


def normal_raw(segment: Segment, position: int) -> str:
    text, name = value(segment, position), segment[0]
    if position in DATES.get(name, ()) and re.fullmatch(r"\d{6}|\d{8}", text):
        text = text if len(text) == 8 else f"{'19' if text >= '70' else '20'}{text}"
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if position in TIMES.get(name, ()) and re.fullmatch(r"\d{4}(\d\d){0,2}", text):
        hundredths = f".{text[6:]}0000" if text[6:].strip("0") else ""
        return f"{text[:2]}:{text[2:4]}:{text[4:6] or '00'}{hundredths}"
    if position in IMPLIED.get(name, ()) and re.fullmatch(r"-?\d+", text):
        return normal(str(Decimal(text).scaleb(-2)))
    return normal(text)


# --- what the raw segments say ---------------------------------------------------------------------------------------

ITEM = {"820": ("RMR", (1, 2, 3, 4, 5, 6, 7, 8)), "824": ("OTI", (1, 2, 3, 8, 9, 10))}
"""What stands in the place of lines where there are none: its segment, and the elements that are compared."""


@dataclass(frozen=True)
class LineShape:
    """Where a line's segment says number, quantity, unit and price (0: nowhere), and where its id pairs begin."""

    segment: str
    places: tuple[int, int, int, int]
    pairs: tuple[int, ...]


LINE = {
    "850": LineShape("PO1", (1, 2, 3, 4), tuple(range(6, 26, 2))),
    "855": LineShape("PO1", (1, 2, 3, 4), tuple(range(6, 26, 2))),
    "810": LineShape("IT1", (1, 2, 3, 4), tuple(range(6, 26, 2))),
    "860": LineShape("POC", (1, 3, 5, 6), tuple(range(8, 28, 2))),
    "865": LineShape("POC", (1, 3, 5, 6), tuple(range(8, 28, 2))),
    "846": LineShape("LIN", (1, 0, 0, 0), tuple(range(2, 32, 2))),
    "180": LineShape("BLI", (0, 3, 4, 6), (1, 8, 10, 12)),
}
NUMBERING = {"HL": {1, 2, 4}}
"""Elements that only number the segments among themselves."""


def pairs(segment: Segment, places: Iterable[int]) -> list[tuple[str, str]]:
    found = ((value(segment, i), value(segment, i + 1)) for i in places)
    return sorted((qualifier, normal(text)) for qualifier, text in found if qualifier and text)


def raw_lines(raw: RawSet) -> list[tuple[Any, ...]]:
    if raw.type in ITEM:
        segment_id, positions = ITEM[raw.type]
        return [tuple(normal(value(s, i)) for i in positions) for s in raw.segments if s[0] == segment_id]
    if raw.type != "856":
        shape = LINE[raw.type]
        found = (segment for segment in raw.segments if segment[0] == shape.segment)
        return [(*(normal(value(s, i)) if i else "" for i in shape.places), pairs(s, shape.pairs)) for s in found]
    items: list[dict[str, Segment]] = []
    within = False
    for segment in raw.segments:
        if segment[0] == "HL":
            within = value(segment, 3) == "I"
            if within:
                items.append({})
        elif within and segment[0] in ("LIN", "SN1"):
            items[-1][segment[0]] = segment
    return [
        (
            normal(value(item.get("LIN", []), 1)),
            *(normal(value(item.get("SN1", []), i)) for i in (2, 3)),
            pairs(item.get("LIN", []), range(2, 32, 2)),
        )
        for item in items
    ]


def raw_bag(raw: RawSet) -> Counter[str]:
    bag: Counter[str] = Counter()
    for segment in raw.segments:
        for position in range(1, len(segment)):
            if position in NUMBERING.get(segment[0], ()):
                continue
            if raw.component in segment[position]:
                bag.update(normal(part) for part in segment[position].split(raw.component) if part.strip())
            elif normal_raw(segment, position):
                bag[normal_raw(segment, position)] += 1
        if segment[0] == "SDQ":  # one unit and one list for every store's quantity
            stores = len(pairs(segment, range(3, 23, 2)))
            for position in (1, 2):
                if value(segment, position):
                    bag[value(segment, position)] += stores - 1
    return bag


def raw_facts(raw: RawSet) -> Facts:
    named = {name: [s for s in raw.segments if s[0] == name] for name in ("N1", "DTM", "G62", "MAN")}
    return {
        "lines": raw_lines(raw),
        "parties": Counter(tuple(value(s, i) for i in (1, 2, 3, 4)) for s in named["N1"]),
        "dates": Counter(
            (value(s, 1), normal_raw(s, 2)) for name in ("DTM", "G62") for s in named[name] if value(s, 2)
        ),
        "marks": Counter((value(s, 1), value(s, 2)) for s in named["MAN"]),
        "values": raw_bag(raw),
    }


# --- what the canonical JSON says ------------------------------------------------------------------------------------


def is_word(key: str, entry: dict[str, Any]) -> bool:
    """Our word for a code; the code itself stands beside it and is compared."""
    return key in ("type", "kind") or (f"{key}_code" in entry and key != "agency")


def objects(node: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document with the name of the field it stands in."""
    if isinstance(node, dict):
        yield name, node
        for key, inner in node.items():
            yield from objects(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from objects(inner, name)


def extra_segments(document: dict[str, Any], segment: str) -> Iterator[Segment]:
    """Segments kept whole among the extras."""
    for name, extra in objects(document):
        if name == "extras" and extra["name"].rpartition("/")[2] == segment:
            values = extra.get("values", {})
            yield [segment, *(values.get(f"{segment}{i:02}", "") for i in range(1, 30))]


ITEM_FIELDS = {
    "820": (
        "items",
        "qualifier number action_code amount_paid invoice_amount discount_taken adjustment_reason_code "
        "adjustment_amount",
    ),
    "824": (
        "documents",
        "verdict_code qualifier number group_control_number transaction_set_control_number transaction_set",
    ),
}
"""As ``ITEM``: the list, and the fields of its entries."""


def canonical_lines(kind: str, document: dict[str, Any]) -> list[tuple[Any, ...]]:
    if kind in ITEM_FIELDS:
        holder, names = ITEM_FIELDS[kind]
        found = [entry for name, entry in objects(document) if name == holder]
        return [tuple(normal(entry.get(name, "")) for name in names.split()) for entry in found]

    def identifiers(entry: dict[str, Any]) -> list[tuple[str, str]]:
        return sorted((i["qualifier"], normal(i["value"])) for i in entry.get("identifiers", ()))

    def quantity(amount: dict[str, Any]) -> tuple[str, str]:
        return normal(amount.get("value", "")), amount.get("unit_of_measure", "")

    if kind == "856":
        items = [entry for name, entry in objects(document) if name == "levels" and entry["level_code"] == "I"]
        return [
            (
                normal(item.get("line_number", "")),
                *quantity(item.get("quantity", {}).get("shipped", {})),
                identifiers(item),
            )
            for item in items
        ]
    return [
        (
            normal(line.get("line_number", "")),
            *quantity(line.get("quantity", {})),
            normal(line.get("unit_price", "")),
            identifiers(line),
        )
        for line in document.get("lines", ())
    ]


def canonical_facts(kind: str, document: dict[str, Any]) -> Facts:
    every = list(objects(document))
    parties: Counter[tuple[str, ...]] = Counter()
    for _, entry in every:
        if "role_code" in entry:
            identifier = entry.get("identifier", {})
            named = (
                entry["role_code"],
                entry.get("name", ""),
                identifier.get("qualifier", ""),
                identifier.get("value", ""),
            )
            parties[tuple(text.strip() for text in named)] += 1
    dates = Counter((entry["qualifier"], entry["date"]) for name, entry in every if name == "dates" and "date" in entry)
    marks = Counter((entry["qualifier"], entry["value"]) for name, entry in every if name == "marks")
    for name, into in (("DTM", dates), ("G62", dates), ("MAN", marks)):
        into.update((value(s, 1), normal_raw(s, 2)) for s in extra_segments(document, name) if value(s, 2))
    parties.update(tuple(value(s, i) for i in (1, 2, 3, 4)) for s in extra_segments(document, "N1") if value(s, 1))
    bag = Counter(shown for leaf in document_leaves(document) if (shown := normal(leaf)))
    return {
        "lines": canonical_lines(kind, document),
        "parties": parties,
        "dates": dates,
        "marks": marks,
        "values": bag,
    }


def document_leaves(document: dict[str, Any]) -> Iterator[str]:
    """Every value; extras keep an element as it was written, so theirs are read as the raw file's are."""
    for name, entry in objects(document):
        if name == "extras":
            segment = entry["name"].rpartition("/")[2]
            for designator, text in entry.get("values", {}).items():
                place = designator.removeprefix(segment)
                raw = [segment, *[""] * (int(place[:2]) - 1), text]
                yield text if "-" in place else normal_raw(raw, int(place[:2]))
        elif name != "values":
            for key, held in entry.items():
                values = held if isinstance(held, list) else [held]
                yield from (str(v) for v in values if not isinstance(v, (dict, list)) and not is_word(key, entry))


def differences(raw: RawSet, document: dict[str, Any]) -> list[str]:
    """What the document lost, invented or changed; empty when it says what the segments say."""
    expected, found = raw_facts(raw), canonical_facts(raw.type, document)
    told = []
    if expected["lines"] != found["lines"]:
        odd = [pair for pair in zip(expected["lines"], found["lines"], strict=False) if pair[0] != pair[1]]
        told.append(f"lines {len(expected['lines'])} -> {len(found['lines'])}, first difference {odd[:1]}")
    for name in ("parties", "dates", "marks", "values"):
        lost, invented = expected[name] - found[name], found[name] - expected[name]
        if lost or invented:
            told.append(f"{name}: lost {dict(lost)}, invented {dict(invented)}")
    return told


# --- the corpus ------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What was seen, for the report that is printed and for the assertion."""

    files: int = 0
    sets: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    failed_files: set[str] = field(default_factory=set)

    def fail(self, file: str, reason: str) -> None:
        self.failures.append(f"{file}: {reason}")
        self.failed_files.add(file)

    def report(self) -> str:
        head = f"{self.files} files, {self.files - len(self.failed_files)} pass; sets {dict(self.sets)}"
        return "\n".join([head, f"verdicts {dict(self.verdicts)}", *self.rejected, *self.failures])


def whole_files(shared: Path) -> Iterator[tuple[str, bytes]]:
    """The files of our sets and releases, industry suffixes included, that the manifest does not call broken."""
    with (shared / "corpus" / "MANIFEST.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            release = row["version"].startswith(RELEASES) or row["doc_type"] in RARE
            wanted = row["kind"] == "x12" and row["doc_type"] in TYPES and release
            if wanted and "BROKEN?" not in row["notes"]:
                yield row["file"], (shared / "corpus" / row["file"]).read_bytes()


def read_sets(data: bytes, types: Container[str] = TYPES) -> Iterator[tuple[str, Judgement, Decoded]]:
    """What our own code makes of a file: each set's type, judgement and document, whatever the verdict."""
    for interchange in scan(data).interchanges:
        for group in interchange.groups:
            for span in group.sets:
                if span.type in types:
                    rules = grammar(group.release, span.type)
                    segments = set_segments(data, span, interchange.separators)
                    judgement = judge(segments, rules, LENIENT, interchange.separators, span.errors)
                    yield span.type, judgement, decode(span.type, rules, judgement, interchange.separators)


def check_file(file: str, data: bytes, tally: Tally) -> None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    expected = [raw for raw in naive_sets(text) if raw.type in TYPES]
    found = list(read_sets(data))
    if [raw.type for raw in expected] != [set_type for set_type, _, _ in found]:
        tally.fail(file, f"{len(expected)} sets, our scan found {len(found)}")
        return
    for raw, (_, judgement, decoded) in zip(expected, found, strict=True):
        tally.sets[raw.type] += 1
        tally.verdicts[judgement.verdict] += 1
        if judgement.verdict is Verdict.REJECTED:
            errors = [f"{f.code} {f.locator}: {f.message}" for f in judgement.findings if f.severity is Severity.ERROR]
            tally.rejected.append(f"rejected {file} ST*{raw.control_number}: {errors}")
        if decoded.document is None:
            tally.fail(file, f"ST*{raw.control_number} {judgement.verdict}: no document: {decoded.findings}")
            continue
        for difference in differences(raw, json.loads(to_json(decoded.document))):
            tally.fail(file, f"ST*{raw.control_number}: {difference}")


def test_every_whole_file_of_the_corpus_says_in_json_what_it_says_in_segments(shared_dir: Path) -> None:
    tally = Tally()
    for file, data in whole_files(shared_dir):
        tally.files += 1
        check_file(file, data, tally)
    print(tally.report())
    assert tally.files > 0
    assert not tally.failures, tally.report()


def test_no_file_of_the_corpus_raises_or_loses_a_byte(shared_dir: Path) -> None:
    """Broken files, other sets and other releases included; acknowledgments are read too. In the releases whose tables
    we hold, whatever is not rejected has a document."""
    acknowledgments = 0
    for path in sorted((shared_dir / "corpus" / "open" / "x12").iterdir()):
        data = path.read_bytes()
        found = scan(data)
        assert found.bytes_accounted == found.size == len(data), path.name
        for set_type, judgement, decoded in read_sets(data, DOCUMENT_OF):
            held = all(finding.code != "X12-RELEASE-NEAREST" for finding in judgement.findings)
            if held and judgement.verdict is not Verdict.REJECTED:
                assert decoded.document is not None, f"{path.name}: {decoded.findings}"
            acknowledgments += set_type == "997" and decoded.document is not None
        for interchange in found.interchanges:
            acknowledgments += sum(read_ta1(ta1)[0] is not None for ta1 in interchange.ta1)
    assert acknowledgments > 30


# --- the checker itself ----------------------------------------------------------------------------------------------

SHIPMENT = (
    "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*BUYER          *261121*0905*U*00401*000000001*0*P*>~\n"
    "GS*SH*SUPPLIER*BUYER*20261121*0905*1*X*004010~\nST*856*0001~\nBSN*00*SHIP-1*20261121*0900*0001~\n"
    "HL*1**S~\nDTM*011*20261120~\nN1*ST*DC 4*92*004~\nHL*2*1*O~\nPRF*PO-1~\nHL*3*2*P~\nMAN*GM*00300000000000000017~\n"
    "HL*4*3*I~\nLIN**UP*012345678905*VN*A-1~\nSN1**10*EA~\nCTT*4*10~\nSE*14*0001~\nGE*1*1~\nIEA*1*000000001~\n"
)


def spoilt(document: dict[str, Any], path: str, replacement: Any = None) -> dict[str, Any]:
    """A copy with the value at a path of keys and indexes replaced, or taken out."""
    copy = json.loads(json.dumps(document))
    *before, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    holder = copy
    for step in before:
        holder = holder[step]
    if replacement is None:
        del holder[last]
    else:
        holder[last] = replacement
    return copy


@pytest.mark.parametrize(
    ("path", "replacement", "named"),
    [
        ("levels/0/levels/0/levels/0/levels/0", None, "lines 1 -> 0"),
        ("levels/0/levels/0/levels/0/levels/0/quantity/shipped/value", "100", "lines"),
        ("levels/0/levels/0/levels/0/levels/0/quantity/shipped/unit_of_measure", "CA", "lines"),
        ("levels/0/levels/0/levels/0/levels/0/identifiers/1", None, "lines"),
        ("levels/0/levels/0/levels/0/marks/0/value", "00300000000000000018", "marks"),
        ("levels/0/parties/0/name", "DC 5", "parties"),
        ("levels/0/dates/0/date", "2026-11-21", "dates"),
        ("levels/0/levels/0/purchase_order/purchase_order_number", "PO-2", "values"),
        ("structure_code", None, "values"),
        ("status_reason", "NOR", "values"),
    ],
)
def test_the_checker_sees_what_is_lost_changed_or_invented(path: str, replacement: Any, named: str) -> None:
    (raw,) = naive_sets(SHIPMENT)
    ((_, _, decoded),) = read_sets(SHIPMENT.encode())
    assert decoded.document is not None
    document = json.loads(to_json(decoded.document))
    assert differences(raw, document) == []
    assert any(told.startswith(named) for told in differences(raw, spoilt(document, path, replacement)))
