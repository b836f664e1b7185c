"""A guide's rules in plain words: the same in findings, on the guide's page and in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

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


class Broken(NamedTuple):
    """A rule that a document breaks: what is wrong, what to do, what the rule asks and the codes it takes."""

    message: str
    fix: str
    expected: str
    allowed: tuple[str, ...] = ()


def element_broken(guide: SetGuide, rule: ElementRule, name: str, code: str, value: str) -> Broken:
    """``name`` is the element's designator and name, ``code`` X12 723."""
    asks, place, when = element_rule(rule), rule.element, f" {condition(rule.when)}" if rule.when else ""
    if code in ("1", "2"):
        message, fix = f"{name} is missing: {title(guide)} requires it{when}", f"Send {place}."
    elif code == "10":
        message, fix = f"{name} is sent ('{value}'): {title(guide)} does not use it{when}", f"Leave {place} out."
    elif code == "7":
        message = f"{name} has '{value}': {title(guide)} takes only {either(rule.codes)}{when}"
        fix = f"Send {either([explained(guide, rule, one) for one in rule.codes])}."
    else:
        message = f"{name} has '{value}': {title(guide)} asks for {asks}"
        fix = f"Send {asks.removesuffix(when)}."
    return Broken(_noted(message, rule.note), fix, asks, rule.codes if code == "7" else ())


def segment_broken(guide: SetGuide, rule: SegmentRule, name: str, code: str) -> Broken:
    """``name`` is the segment's identifier and name, ``code`` X12 720."""
    asks, those = segment_rule(rule), f" {condition(rule.having, 'where')}" if rule.having else ""
    if code == "3":
        message, fix = f"{name}{those} is missing: {title(guide)} requires it", f"Send {rule.segment}{those}."
    elif code in ("4", "5"):
        message = f"{name}{those} stands here more often than {rule.max} times, the most that {title(guide)} takes"
        fix = f"Send at most {rule.max}."
    else:
        message, fix = f"{name}{those} is sent: {title(guide)} does not use it", f"Leave {rule.segment}{those} out."
    return Broken(_noted(message, rule.note), fix, asks)


def explained(guide: SetGuide, rule: ElementRule, code: str) -> str:
    """A code with what it means to the partner, where the guide says so."""
    text = next((m.text for m in guide.meanings if m.segment == rule.segment and m.code == code and m.text), "")
    return f"{code} ({text.rstrip('.')})" if text else code


def _noted(message: str, note: str) -> str:
    return f"{message}. {note}" if note else message
