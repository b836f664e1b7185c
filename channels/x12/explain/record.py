"""The tree for programs: plain objects of JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from canonical.finding import Finding
from channels.x12.explain.tree import Loop, Node, Placing, Segment, SetTree
from channels.x12.explain.values import Element

Json = dict[str, Any]


def tree_record(tree: SetTree) -> Json:
    """``children`` hold loops (``loop``, ``name``, ``label``, ``children``) and segments (``segment``, ``position``,
    ``elements``). A field that would say nothing is absent."""
    return set_record(tree) | {"children": [_node(node) for node in tree.children]}


def set_record(tree: SetTree) -> Json:
    """What the set is, without its children."""
    return {
        "type": tree.type,
        **_present(name=tree.name, number=tree.number),
        "release": tree.release,
        "segment_count": tree.segment_count,
        **_present(findings=_findings(tree.findings), left_out=tree.left_out),
    }


def _node(node: Node) -> Json:
    if isinstance(node, Segment):
        return segment_record(node)
    return loop_record(node) | {"children": [_node(child) for child in node.children]}


def loop_record(loop: Loop) -> Json:
    """The loop without its children."""
    return {"loop": loop.id, "name": loop.name, **_present(label=loop.label)}


def segment_record(segment: Segment) -> Json:
    placing = "" if segment.placing is Placing.HELD else segment.placing.value
    return {
        "segment": segment.id,
        "position": segment.position,
        **_present(name=segment.name, placing=placing, findings=_findings(segment.own_findings)),
        "elements": [_element(element) for element in segment.elements()],
    }


def _element(element: Element) -> Json:
    return {
        "element": element.designator,
        **_present(name=element.name),
        "value": element.text,
        **_present(
            meaning=element.meaning,
            parts=[_element(part) for part in element.parts],
            findings=_findings(element.findings),
        ),
    }


def _findings(findings: Iterable[Finding]) -> list[Json]:
    return [finding.model_dump(mode="json", exclude_defaults=True) for finding in findings]


def _present(**values: Any) -> Json:
    return {name: value for name, value in values.items() if value}
