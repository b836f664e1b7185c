"""``hub inspect --json``: one object a line and file, written as the values come, so that no file is held whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping

from canonical.document import to_json
from canonical.finding import Finding
from channels.x12.envelope import PartyId, Scan
from hub.inspection import HUB_FAULT, Inspected, InspectedSet, InterchangeAnswered, InterchangeOpened, readable


def print_json(file: str, values: Iterable[Inspected]) -> bool:
    """Writes one line for the file. Returns whether it could be read and judged."""
    read = True
    write = sys.stdout.write
    between_interchanges = between_sets = ""
    findings: tuple[Finding, ...] = ()
    for value in values:
        match value:
            case Scan():
                read = readable(value)
                write(_file(file, value))
            case InterchangeOpened():
                write(between_interchanges + _interchange(value))
                between_interchanges, between_sets, findings = ",", "", value.findings
            case InspectedSet():
                read = read and not any(finding.code == HUB_FAULT for finding in value.findings)
                write(between_sets + _set(value))
                between_sets = ","
            case InterchangeAnswered():
                write(f'],"acknowledgments":{_text(value.acknowledgments)}')
                write(f',"findings":{_findings((*findings, *value.findings))}}}')
    write("]}\n")
    sys.stdout.flush()
    return read


def _file(file: str, scanned: Scan) -> str:
    remnants = [
        {"offset": r.offset, "length": r.length, "code": r.code, "preview": r.preview} for r in scanned.remnants
    ]
    facts = {"file": file, "bytes": scanned.size, "bytes_accounted": scanned.bytes_accounted, "remnants": remnants}
    return f'{_open(facts)},"findings":{_findings(scanned.findings)},"interchanges":['


def _interchange(opened: InterchangeOpened) -> str:
    source = opened.source
    facts = {
        "sender": _party(source.sender),
        "receiver": _party(source.receiver),
        "control_number": source.control_number,
        "usage_indicator": source.usage_indicator,
    }
    return f'{_open(facts)},"sets":['


def _set(inspected: InspectedSet) -> str:
    facts = {
        "group_control_number": inspected.group.control_number,
        "release": inspected.group.release,
        "type": inspected.span.type,
        "control_number": inspected.span.control_number,
        "verdict": inspected.verdict.value,
    }
    document = to_json(inspected.document) if inspected.document else "null"
    return f'{_open(facts)},"findings":{_findings(inspected.findings)},"document":{document}}}'


def _party(party: PartyId) -> dict[str, str]:
    return {"qualifier": party.qualifier, "id": party.id}


def _findings(findings: Iterable[Finding]) -> str:
    return f"[{','.join(finding.model_dump_json() for finding in findings)}]"


def _open(facts: Mapping[str, object]) -> str:
    """A JSON object without its closing brace."""
    return _text(facts)[:-1]


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
