"""How much of a folder of real files is read without anybody's hand: by a mapping that comes with the hub, or by one
that is suggested.

    python -m tests.corpus.files ../shared/corpus/open

CSV, workbooks, XML and JSON below the folder are looked at. What a file is, its name's first word says
(``Invoice__...``), or its outermost element. A file counts as read when each of its documents is made without an error.
Fields are those of the first document that were given a value.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from channels.files import Arrival, read_all, scan
from channels.files.records import Unreadable
from channels.files.suggesting import Suggestion
from partners.suggestions import mapping_of, suggestion_for

KINDS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "sheet", ".xls": "sheet", ".ods": "sheet"}
KINDS |= {".xml": "xml", ".json": "json"}

DOCUMENTS = {
    r"po|order|orders|orderrequest|ordermessage|purchaseorderrequest|orders05": "purchase_order",
    r"orderresponse|ordrsp|confirmationrequest|orderconfirmation": "purchase_order_acknowledgment",
    r"asn|despatchadvice|desadv|shipnoticerequest|dispatchnotification|delvry\d*|shipment": "advance_ship_notice",
    r"invoice|creditnote|invoicedetailrequest|invoic\d*|crossindustryinvoice|invoicelist": "invoice",
    r"inventory|inventoryreport|productactivitymessage|stock": "inventory_advice",
}
"""What files are called → the document that they carry. What is called otherwise carries none of ours."""


@dataclass(frozen=True)
class Looked:
    """One file. ``way``: ``ready``, ``suggested``, ``not read`` with the reason, or ``no document of ours``."""

    path: Path
    kind: str
    document: str | None
    way: str
    reason: str = ""
    fields: int = 0
    share: float = 0.0
    """Of the columns of a suggestion, those that are read; 1 for a ready mapping."""


def look_at(path: Path, folder: Path) -> Looked:
    """What comes of one file. Never raises."""
    kind = path.relative_to(folder).parts[0] if len(path.relative_to(folder).parts) > 1 else KINDS[path.suffix.lower()]
    document = document_of(path)
    if document is None:
        return Looked(path, kind, None, "no document of ours")
    body = path.read_bytes()
    try:
        found = suggestion_for(body, document)
        way = "ready" if found.ready else "suggested"
        return _tried(path, kind, document, way, found, body)
    except Unreadable as error:
        return Looked(path, kind, document, "not read", error.finding.message)
    except ValidationError as error:
        lacks = str(error.errors(include_url=False)[0]["msg"])
        return Looked(path, kind, document, "not read", lacks)


def _tried(path: Path, kind: str, document: str, way: str, found: Suggestion, body: bytes) -> Looked:
    mapping = mapping_of(found)
    arrival = Arrival(path.name, date(2026, 1, 31))
    seen = scan(body, mapping, arrival=arrival)
    results = list(read_all(body, mapping, seen.documents, arrival)) if seen.is_readable else []
    good = [result for result in results if result.is_good]
    fields = len({re.sub(r"/\d+", "/*", pointer) for pointer in good[0].provenance}) if good else 0
    columns = len(found.readings) + len(found.not_read)
    share = 1.0 if found.ready else len(found.readings) / max(1, columns)
    if good and len(good) == len(results) and not found.missing:
        return Looked(path, kind, document, way, fields=fields, share=share)
    problems = [*(one.path + " not found" for one in found.missing), *(f.message for f in seen.findings)]
    problems += [f"{f.locator}: {f.message}" for result in results for f in result.findings if f.severity == "error"]
    reason = problems[0] if problems else "no document"
    return Looked(path, kind, document, "not read", f"{way}: {reason}", fields, share)


def document_of(path: Path) -> str | None:
    """By the name's first word, else by the outermost element."""
    words = [path.name.split("__")[0] if "__" in path.name else ""]
    if path.suffix.lower() == ".xml":
        start = path.read_bytes()[:4000].decode("utf-8", "replace")
        words += re.findall(r"<(?:[\w.-]+:)?(\w+)[\s>]", start)[:1]
    for word in words:
        plain = re.sub(r"\W|_", "", word.lower())
        for pattern, document in DOCUMENTS.items():
            if re.fullmatch(pattern, plain):
                return document
    return None


def look_through(folder: Path) -> list[Looked]:
    """Every file of these kinds below the folder, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS and path.is_file())
    return [look_at(path, folder) for path in files if path.name.upper() != "MANIFEST.CSV"]


def main(folder: Path) -> None:
    looked = [one for one in look_through(folder) if one.kind not in ("x12", "edifact")]
    ours = [one for one in looked if one.document is not None]
    kinds: dict[str, list[Looked]] = defaultdict(list)
    for one in ours:
        kinds[one.kind].append(one)
    print(f"{'kind':18}{'files':>6}{'ready':>7}{'suggested':>11}{'not read':>10}{'fields':>8}")
    for kind, own in sorted(kinds.items()):
        _row(kind, own)
    _row("all", ours)
    suggested = [one for one in ours if one.way == "suggested"]
    if suggested:
        print(f"columns read where suggested, mean: {sum(one.share for one in suggested) / len(suggested):.0%}")
    print(f"no document of ours: {len(looked) - len(ours)} files")
    for one in ours:
        if one.way == "not read":
            print(f"not read: {one.path.relative_to(folder)}: {one.reason}")


def _row(name: str, own: list[Looked]) -> None:
    ways = [sum(one.way == way for one in own) for way in ("ready", "suggested", "not read")]
    read = [one.fields for one in own if one.way != "not read"]
    mean = sum(read) / len(read) if read else 0
    print(f"{name:18}{len(own):6}{ways[0]:7}{ways[1]:11}{ways[2]:10}{mean:8.1f}   read {1 - ways[2] / len(own):.0%}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        raise SystemExit("usage: python -m tests.corpus.files FOLDER")
    main(Path(sys.argv[1]))
