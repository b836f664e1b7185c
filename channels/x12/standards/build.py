"""Makes the committed tables of this folder from a folder of X12 facts; run once per change of the facts.

    python channels/x12/standards/build.py FACTS

FACTS holds, for each release, ``<set>.json``, ``segments.json``, ``elements.json`` and ``codes.json``. What is written
here, and what is left out because of its origin, is told in PROVENANCE.md. The shapes written (compact JSON arrays):

- ``<release>/sets.json``      set -> [name, functional identifier, nodes]; a node is a segment [id, requirement, max]
                               or a loop [xid, loop id, requirement, max, nodes]; max 0 = no limit
- ``<release>/segments.json``  id -> [name, elements, notes]; an element is [number, requirement, repetitions], a
                               composite [number, requirement, repetitions, [[number, requirement]...], notes]
- ``<release>/elements.json``  number -> [name, type, min, max]; max null = no limit
- ``<release>/codes.json``     number -> the codes of its list, joined by blanks; external lists are absent
- ``meanings.json``            number -> code -> meaning, the newest release's wording

``additions.json`` beside this script holds, in the same shapes, what FACTS lack: alike in both releases.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

RELEASES = ("004010", "005010")
HERE = Path(__file__).parent

MEANINGS_FROM = ("libedi", "stupidedi", "libedi+stupidedi")
"""Sources with a permissive licence; a list of any other origin is shipped as bare codes."""


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, table: dict[str, Any]) -> None:
    """One entry a line, so that a change of one entry is one changed line."""
    path.parent.mkdir(exist_ok=True)
    rows = [f"{json.dumps(k)}:{json.dumps(table[k], separators=(',', ':'), ensure_ascii=False)}" for k in sorted(table)]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def limit(value: int | str) -> int:
    return 0 if value == ">1" else int(value)


def node(fact: dict[str, Any]) -> list[Any]:
    if "seg" in fact:
        return [fact["seg"], fact["req"], limit(fact["max"])]
    items = [node(item) for item in fact["items"]]
    if len(items[0]) != 3:
        raise SystemExit(f"loop {fact['xid']} does not start with a segment")
    return [fact["xid"], fact["loop"], fact["req"], limit(fact["repeat"]), items]


def element(fact: dict[str, Any]) -> list[Any]:
    row = [fact["de"], fact["req"], limit(fact["repeat"])]
    if "components" in fact:
        row += [[[c["de"], c["req"]] for c in fact["components"]], fact.get("syntax", [])]
    return row


def segment(name: str, fact: dict[str, Any], other: dict[str, Any]) -> list[Any]:
    """``other`` is the same segment in the other release, or {}.

    Two kinds of facts rest on a table file that may not be copied: they are replaced by what open sources say of the
    other release."""
    title, notes = fact["name"], fact["syntax"]
    if fact["src"]["name"] == "corrected by the check":
        title = other.get("name", name)
    if fact["src"]["syntax"] == "table":
        notes = [n for n in notes if n in other.get("syntax", [])]
    return [title, [element(e) for e in fact["elements"]], notes]


def codes(fact: dict[str, Any]) -> dict[str, str] | None:
    if "parts" in fact:  # 103 is built of two codes; only whole values could be checked
        return None
    listed: dict[str, str] | None = fact["codes"]
    return listed


def build(facts: Path) -> None:
    segments = {release: read(facts / release / "segments.json") for release in RELEASES}
    additions = read(HERE / "additions.json")
    meanings: dict[str, dict[str, str]] = dict(additions["meanings"])
    for release, other in zip(RELEASES, reversed(RELEASES), strict=True):
        folder, target = facts / release, HERE / release
        sets = [read(path) for path in sorted(folder.glob("[0-9][0-9][0-9].json"))]
        tables = {s["set"]: [s["name"], s["group"], [node(n) for n in s["nodes"]]] for s in sets}
        write(target / "sets.json", tables | additions["sets"])
        rows = {k: segment(k, v, segments[other].get(k, {})) for k, v in segments[release].items()}
        write(target / "segments.json", rows | additions["segments"])
        elements = {k: [v["name"], v["type"], v["min"], v["max"]] for k, v in read(folder / "elements.json").items()}
        write(target / "elements.json", elements | additions["elements"])
        lists = read(folder / "codes.json")
        # 480 holds base versions only (an industry suffix may follow), so it is no list to check against
        closed = {k: listed for k, v in lists.items() if k != "480" and (listed := codes(v)) is not None}
        write(target / "codes.json", {k: " ".join(sorted(v)) for k, v in closed.items()} | additions["codes"])
        for number, listed in closed.items():
            if lists[number]["src"] in MEANINGS_FROM:
                meanings.setdefault(number, {}).update({c: text for c, text in listed.items() if text})
    write(HERE / "meanings.json", {k: dict(sorted(v.items())) for k, v in meanings.items()})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    build(Path(sys.argv[1]))
