"""``hub inspect --json``: one object a line and file, written as the values come, so that no file is held whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from canonical.document import to_json
from canonical.finding import Finding
from channels.x12.envelope import PartyId, Scan
from channels.x12.explain import Loop, Node, SetTree, loop_record, segment_record, set_record
from hub.cli.second_opinion import Judges, opinion
from hub.inspection.file import (
    HUB_FAULT,
    FileOpened,
    Inspected,
    InspectedDocument,
    InspectedSet,
    InterchangeAnswered,
    InterchangeOpened,
    readable,
)


def print_json(file: str, values: Iterable[Inspected], judges: Judges = Judges.OURS, *, trees: bool = False) -> bool:
    """Writes one line for the file. Returns whether it could be read and judged. Each set comes with its canonical
    document, or with its tree where no document carries it; ``trees``: each with its tree and no document."""
    read = True
    write = sys.stdout.write
    between_interchanges = between_sets = ""
    findings: tuple[Finding, ...] = ()
    for value in values:
        match value:
            case FileOpened():
                read = value.is_readable
                write(_mapped_file(file, value))
            case InspectedDocument():
                read = read and not any(finding.code == HUB_FAULT for finding in value.findings)
                write(between_sets + _document(value))
                between_sets = ","
            case Scan():
                read = readable(value)
                write(_file(file, value))
            case InterchangeOpened():
                write(between_interchanges + _interchange(value))
                between_interchanges, between_sets, findings = ",", "", value.findings
            case InspectedSet():
                read = read and not any(finding.code == HUB_FAULT for finding in value.findings)
                write(between_sets)
                for piece in _set(value, judges, trees):
                    write(piece)
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


def _mapped_file(file: str, opened: FileOpened) -> str:
    facts = {"file": file, "bytes": opened.size, "bytes_accounted": opened.size, "remnants": []}
    return f'{_open(facts)},"findings":{_findings(opened.findings)},"interchanges":[],"documents":['


def _document(inspected: InspectedDocument) -> str:
    facts = {
        "type": inspected.type,
        "number": inspected.number,
        "first": inspected.first,
        "last": inspected.last,
        "verdict": inspected.verdict.value,
    }
    document = to_json(inspected.document) if inspected.document else "null"
    return f'{_open(facts)},"findings":{_findings(inspected.findings)},"document":{document}}}'


def _interchange(opened: InterchangeOpened) -> str:
    source = opened.source
    facts = {
        "sender": _party(source.sender),
        "receiver": _party(source.receiver),
        "control_number": source.control_number,
        "usage_indicator": source.usage_indicator,
    }
    return f'{_open(facts)},"sets":['


def _set(inspected: InspectedSet, judges: Judges, trees: bool) -> Iterator[str]:
    facts = {
        "group_control_number": inspected.group.control_number,
        "release": inspected.group.release,
        "type": inspected.span.type,
        "control_number": inspected.span.control_number,
        "verdict": inspected.verdict.value,
    }
    yield f'{_open(facts)},"findings":{_findings(inspected.findings)}'
    if judges is not Judges.OURS:
        yield f",{_text(opinion(inspected.twice(), judges))[1:-1]}"
    if not trees:
        yield f',"document":{to_json(inspected.document) if inspected.document else "null"}'
    if trees or inspected.only_kept:
        yield ',"tree":'
        yield from _tree(inspected.tree())
    yield "}"


def _tree(tree: SetTree) -> Iterator[str]:
    """The tree as ``tree_record`` has it, a segment at a time."""
    yield f'{_open(set_record(tree))},"children":['
    yield from _children(tree.children)
    yield "]}"


def _children(nodes: Sequence[Node]) -> Iterator[str]:
    for index, node in enumerate(nodes):
        yield "," if index else ""
        if isinstance(node, Loop):
            yield f'{_open(loop_record(node))},"children":['
            yield from _children(node.children)
            yield "]}"
        else:
            yield _text(segment_record(node))


def _party(party: PartyId) -> dict[str, str]:
    return {"qualifier": party.qualifier, "id": party.id}


def _findings(findings: Iterable[Finding]) -> str:
    return f"[{','.join(finding.model_dump_json() for finding in findings)}]"


def _open(facts: Mapping[str, object]) -> str:
    """A JSON object without its closing brace."""
    return _text(facts)[:-1]


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
