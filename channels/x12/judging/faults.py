"""A fault, the error as X12 reports it, and the finding that says the same in plain words.

Faults are cheap and made for every error; findings are worded only for the faults that are shown.
"""

from __future__ import annotations

from typing import NamedTuple

from canonical.finding import Finding, Severity, clip
from channels.x12.envelope.segments import SEGMENT_SIZE_LIMIT
from channels.x12.guide import SegmentRule, designator, wording
from channels.x12.judging.grammar import Grammar
from channels.x12.standards import tables
from channels.x12.standards.elements import ElementRule

ALLOWED_LIMIT = 12
"""Codes of a list that a finding names; longer lists are not repeated."""


UNREAD = "X12-LIMIT-SEGMENT-SIZE"
"""The code of the finding about a segment that is too long to be read."""


class Fault(NamedTuple):
    """One error in a transaction set. ``position`` counts segments from ST = 1. ``segment_code`` is X12 720 (AK304),
    ``element_code`` X12 723 (AK403); at most one is set. ``element``, ``component``, ``repetition``: 0 = none. ``loop``
    is X12's loop identifier (AK303). ``value`` is what was there; for codes 4 and 5 of a segment the maximum, of one
    too long to be read its bytes. ``rule`` is the number of the guide's rule that asks (``SetGuide.rule``), 0 where
    the standard does."""

    position: int
    segment: str
    loop: str
    segment_code: str
    element: int
    component: int
    repetition: int
    data_element: str
    element_code: str
    value: str
    rule: int = 0


_SEGMENT_TEXT = {
    "1": ("{segment} is no segment of release {release}; it is only kept", "Remove the segment or correct its name."),
    "2": ("{segment} may not stand here: the loop it belongs to is not open", "Send it inside its loop."),
    "3": ("{segment} is mandatory{loop} and missing before this place", "Send the segment."),
    "4": ("the loop {loop_id} starts more often than {limit} times", "Send at most {limit}."),
    "5": ("{segment} stands here more often than {limit} times", "Send at most {limit}."),
    "6": ("{segment} is not part of transaction set {set_type}; it is only kept", "Remove the segment."),
    "7": ("{segment} comes too late: segments that must follow it were already there", "Mind the order of segments."),
    "8": ("{segment} ends with element separators that carry nothing", "End the segment after its last value."),
    UNREAD: (
        "{segment} has {limit} bytes, more than the {bytes} that are read",
        "Send what it holds in several segments.",
    ),
}

_ELEMENT_TEXT = {
    "1": ("{name} is mandatory and empty", "Send {place}."),
    "2": ("{name} is required together with other elements of {segment} (note {notes})", "Send {place}."),
    "3": (
        "{segment} has more elements than the release defines; {value} is only kept",
        "Send at most {count} elements.",
    ),
    "4": ("{name} is too short: {value}", "Send at least {minimum} characters."),
    "5": ("{name} is too long: {value}", "Send at most {maximum} characters."),
    "6": ("{name} holds a character it may not hold: {value}", "Send {expected}."),
    "7": ("{name} has the unknown code {value}", "Send one of the codes that the release lists."),
    "8": ("{name} is not a day of the calendar: {value}", "Send a date as CCYYMMDD."),
    "9": ("{name} is not a time of day: {value}", "Send a time as HHMM, HHMMSS or HHMMSSDD."),
    "10": ("{name} may not be sent here: {value}", "Leave {place} out."),
    "12": ("{name} is repeated too often", "Send at most {repetitions}."),
    "13": ("{name} has more components than the release defines; {value} is only kept", "Leave the surplus out."),
    "NUMBER-FORM": ("{name} is no number as X12 writes it: {value}", "Send digits without blanks or a plus sign."),
    "NON-ASCII": ("{name} holds letters beyond the X12 character sets: {value}", "Send ASCII, or agree on UTF-8."),
    "TRAILING-SPACE": ("{name} ends with blanks: {value}", "Leave trailing blanks out."),
}

_ENVELOPE_TEXT = {
    "1": "the transaction set is not supported",
    "2": "the trailer SE is missing",
    "3": "the control number in SE02 ({se02}) differs from ST02 ({st02})",
    "4": "SE01 says {se01} segments, the set has {count}",
    "4-TRUNCATED": "SE01 says {se01} segments, the set has {count}: the count was cut to its last digits",
    "5": "one or more segments are in error",
    "6": "the set identifier in ST01 is missing or does not belong in this functional group",
    "7": "the control number in ST02 is missing, malformed or used twice in the group",
    "18": "the transaction set does not belong in this functional group",
    "23": "the control number in ST02 is used twice in the functional group",
}


def describe(grammar: Grammar, node: int, fault: Fault, code: str, severity: Severity, locator: str) -> Finding:
    """The finding for one fault. ``node`` is the place the segment was read at, or that is missing; -1 = none."""
    if fault.rule:
        return _guide_finding(grammar, fault, code, severity, locator)
    if fault.element:
        return _element_finding(grammar, node, fault, code, severity, locator)
    facts = {
        "segment": clip(fault.segment) or "a segment without a name",
        "release": grammar.release,
        "set_type": grammar.type,
        "loop": f" in loop {fault.loop}" if fault.loop else "",
        "loop_id": fault.loop,
        "limit": fault.value,
        "bytes": SEGMENT_SIZE_LIMIT,
    }
    message, fix = _SEGMENT_TEXT[code if code == UNREAD else fault.segment_code]
    if fault.segment_code == "1" and fault.segment.upper() != fault.segment and grammar.has(fault.segment.upper()):
        message, fix = "segment name {segment} is in lower case", "Write segment names in upper case."
    if tables.has_segment(grammar.release, fault.segment):
        facts["segment"] = f"{fault.segment} ({tables.segment_table(grammar.release, fault.segment).name})"
    return Finding(
        code=code,
        severity=severity,
        locator=locator,
        message=message.format(**facts),
        value=None if fault.segment_code == "3" else fault.value if code == UNREAD else fault.segment,
        expected=f"at most {SEGMENT_SIZE_LIMIT} bytes" if code == UNREAD else None,
        fix=fix.format(**facts),
    )


def _element_finding(grammar: Grammar, node: int, fault: Fault, code: str, severity: Severity, locator: str) -> Finding:
    kind = code.removeprefix("X12-") if code.removeprefix("X12-") in _ELEMENT_TEXT else fault.element_code
    place = designator(fault.segment, fault.element, fault.component)
    rule = _rule(grammar, node, fault)
    table = tables.segment_table(grammar.release, fault.segment)
    expected = _expected(rule)
    facts = {
        "segment": fault.segment,
        "place": place,
        "name": f"{place} ({_name(grammar.release, fault.data_element)})" if fault.data_element else place,
        "value": f"'{clip(fault.value)}'",
        "count": len(table.elements),
        "notes": ", ".join(n for n in table.notes if f"{fault.element:02d}" in n[1:]) or "of the composite",
        "minimum": rule.minimum if rule else "",
        "maximum": rule.maximum if rule else "",
        "repetitions": rule.repetitions if rule else "",
        "expected": expected or "printable characters",
    }
    message, fix = _ELEMENT_TEXT[kind]
    codes = rule.codes if rule is not None and rule.codes is not None else frozenset()
    return Finding(
        code=code,
        severity=severity,
        locator=locator,
        message=message.format(**facts),
        value=fault.value or None,
        expected=expected,
        allowed=tuple(sorted(codes)) if kind == "7" and len(codes) <= ALLOWED_LIMIT else (),
        fix=fix.format(**facts),
    )


def _guide_finding(grammar: Grammar, fault: Fault, code: str, severity: Severity, locator: str) -> Finding:
    """What the partner's guide asks beyond the standard, in its own words."""
    rule = grammar.guide.rule(fault.rule)
    if isinstance(rule, SegmentRule):
        name = f"{fault.segment} ({tables.segment_table(grammar.release, fault.segment).name})"
        said = wording.segment_broken(grammar.guide, rule, name, fault.segment_code)
    else:
        place = designator(fault.segment, fault.element, fault.component)
        name = f"{place} ({_name(grammar.release, fault.data_element)})"
        said = wording.element_broken(grammar.guide, rule, name, fault.element_code, clip(fault.value))
    return Finding(
        code=code,
        severity=severity,
        locator=locator,
        message=said.message,
        value=fault.value if fault.element and fault.value else None,
        expected=said.expected or None,
        allowed=said.allowed,
        fix=said.fix,
    )


def _rule(grammar: Grammar, node: int, fault: Fault) -> ElementRule | None:
    rules = grammar.rules(grammar.nodes[node])
    if fault.element > len(rules):
        return None
    rule = rules[fault.element - 1]
    if not fault.component:
        return rule
    return rule.components[fault.component - 1] if fault.component <= len(rule.components) else None


def _name(release: str, number: str) -> str:
    try:
        return tables.element_table(release, number).name
    except KeyError:
        return f"composite {number}"


def _expected(rule: ElementRule | None) -> str | None:
    """What a value must be, e.g. ``a number of 1 to 9 digits``."""
    if rule is None or not rule.type:
        return None
    if rule.type in ("DT", "TM"):
        return "a date CCYYMMDD" if rule.type == "DT" else "a time HHMM[SS[DD]]"
    span = str(rule.minimum) if rule.minimum == rule.maximum else f"{rule.minimum} to {rule.maximum}"
    if rule.type == "R":
        return f"a decimal number of {span} digits"
    if rule.type[0] == "N":
        implied = f", the last {rule.type[1]} of them decimals" if rule.type != "N0" else ""
        return f"a whole number of {span} digits{implied}"
    return f"a code of {span} characters" if rule.type == "ID" else f"text of {span} characters"


def describe_envelope(code: str, locator: str, severity: Severity, facts: dict[str, str]) -> Finding:
    """The finding for an error of the set's envelope, ``code`` X12 718 (AK502) and its variant. ``facts``: se01, se02,
    st02, count."""
    text = _ENVELOPE_TEXT.get(code, f"the set's envelope is in error (X12 718 code {code})")
    fix = "Correct the envelope and send the transaction set again."
    return Finding(code=f"X12-AK502-{code}", severity=severity, locator=locator, message=text.format(**facts), fix=fix)
