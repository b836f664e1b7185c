"""A transaction set as a person reads it: a tree of loops and levels, names, meanings, findings in place."""

from __future__ import annotations

from channels.x12.explain.reading import ReadSet, explain, explain_bytes
from channels.x12.explain.record import loop_record, segment_record, set_record, tree_record
from channels.x12.explain.tree import Loop, Node, Placing, Segment, SetTree
from channels.x12.explain.values import Element, element_name

__all__ = [
    "Element",
    "Loop",
    "Node",
    "Placing",
    "ReadSet",
    "Segment",
    "SetTree",
    "element_name",
    "explain",
    "explain_bytes",
    "loop_record",
    "segment_record",
    "set_record",
    "tree_record",
]
