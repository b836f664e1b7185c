"""A partner's guide: what it asks beyond the standard. ``rules`` is what stands in a profile, ``problems`` holds it
against the tables, ``check`` judges by it, ``wording`` says each rule in plain words."""

from __future__ import annotations

from channels.x12.guide.guide import Guide
from channels.x12.guide.rules import Condition, ElementRule, Meaning, SegmentRule, SetGuide, designator

__all__ = ["Condition", "ElementRule", "Guide", "Meaning", "SegmentRule", "SetGuide", "designator"]
