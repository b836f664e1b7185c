"""A guide's rules in plain words: the same in findings, on the guide's page and in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from channels.x12.guide.rules import Condition, ElementRule, SegmentRule, SetGuide

UNTITLED = "the partner's guide"


def title(guide: SetGuide) -> str:
    """What the guide is called in a sentence."""
    return guide.title or UNTITLED


def condition(asked: Condition, word: str = "when") -> str:
    """``when N103 is 92 or 9``, ``when N103 is not sent``."""
    if asked.present is not None:
        return f"{word} {asked.element} is {'sent' if asked.present else 'not sent'}"
    return f"{word} {asked.element} is {either(asked.codes)}"


def either(codes: Sequence[str]) -> str:
    """``A``, ``A or B``, ``A, B or C``."""
    return " or ".join([", ".join(codes[:-1]), codes[-1]]) if len(codes) > 1 else "".join(codes)


def element_rule(rule: ElementRule) -> str:
    """``required when N103 is 92; one of ST, BY; 1 to 15 characters``. Empty for a rule that is a note only."""
    asked: list[str] = [rule.usage] if rule.usage else []
    if rule.codes:
        asked.append(f"only {either(rule.codes)}")
    if rule.min is not None and rule.max is not None:
        asked.append(f"{rule.min} to {rule.max} characters" if rule.min != rule.max else f"{rule.max} characters")
    elif rule.max is not None:
        asked.append(f"at most {rule.max} characters")
    elif rule.min is not None:
        asked.append(f"at least {rule.min} characters")
    said = ", ".join(asked)
    return f"{said} {condition(rule.when)}" if said and rule.when else said


def segment_rule(rule: SegmentRule) -> str:
    """``required``, ``one with N101 ST is required``, ``at most 3``."""
    those = condition(rule.having, "where") if rule.having else ""
    asked = [f"one {those} is required" if those else "required"] if rule.usage == "required" else []
    if rule.usage == "forbidden":
        asked.append(f"none {those}" if those else "not used")
    if rule.max is not None:
        asked.append(f"at most {rule.max} {those}".rstrip())
    return ", ".join(asked)
