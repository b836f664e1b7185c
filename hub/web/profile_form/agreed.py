"""The main switches of what is agreed: how X12 is judged and answered, duplicates, crosswalks, business checks."""

from __future__ import annotations

from typing import Any

from hub.rules import all_rules
from hub.web.profile_form.fields import Field, Section, entries, field
from partners.agreement import CheckSetting

_X12: tuple[tuple[tuple[str, ...], str, str, tuple[tuple[str, str], ...]], ...] = (
    (("x12", "release"), "Release", "004010", (("004010", "004010"), ("005010", "005010"))),
    (
        ("x12", "policy"),
        "Judge its files",
        "lenient",
        (("lenient", "leniently: what stays readable is taken"), ("strict", "strictly: nothing is forgiven")),
    ),
    (
        ("x12", "acknowledgments", "functional"),
        "Answer by 997 or 999",
        "always",
        (("always", "always"), ("on_error", "only errors"), ("never", "never")),
    ),
    (
        ("x12", "acknowledgments", "form"),
        "From 005010 on the answer is a",
        "997",
        (("997", "997"), ("999", "999")),
    ),
    (
        ("x12", "acknowledgments", "interchange"),
        "Answer by TA1",
        "on_request",
        (
            ("on_request", "where it asks"),
            ("always", "always"),
            ("on_error", "only errors"),
            ("never", "never"),
        ),
    ),
    (
        ("x12", "acknowledgments", "request"),
        "Ask it for a TA1",
        "false",
        (("false", "no"), ("true", "yes")),
    ),
)
_AGAIN = (
    ("accept_and_answer_again", "taken for the first"),
    ("hold", "held for a person"),
    ("reject", "refused, its sender told"),
)
_DUPLICATES = (
    ("content", "The same file again", _AGAIN),
    ("interchange", "The same interchange again", _AGAIN),
    ("document", "The same document again", _AGAIN),
    ("identity", "The same number, other content", (("hold", "held for a person"), ("reject", "refused"))),
)
_USES = (("off", "not used"), ("on", "where it has an entry"), ("required", "without an entry it waits for a person"))
_CROSSWALKS = (("item", "Items"), ("unit", "Units"), ("location", "Locations"), ("code", "Codes"))
_GRADES = {
    CheckSetting.OFF: "nothing",
    CheckSetting.INFO: "a note",
    CheckSetting.WARNING: "a warning",
    CheckSetting.HOLD: "it is held for a person",
    CheckSetting.ERROR: "it is rejected",
}


def x12(tree: Any) -> Section | None:
    """None for a partner with no X12 channel."""
    if not any(one.get("codec", "x12") == "x12" for one in entries(tree, "channels")):
        return None
    fields = [
        field(tree, path, label, "select", options=options, default=default) for path, label, default, options in _X12
    ]
    return Section("x12", "How we speak X12", fields=tuple(fields), folded=True)


def duplicates(tree: Any) -> Section:
    fields = [
        field(tree, ("duplicates", name), label, "select", options=options, default=options[0][0])
        for name, label, options in _DUPLICATES
    ]
    lead = "What becomes of what came before. Nothing is ever shipped or billed twice."
    return Section("duplicates", "What comes again", lead, fields=tuple(fields), folded=True)


def crosswalk(tree: Any) -> Section:
    fields = [
        field(tree, ("crosswalk", name), label, "select", options=_USES, default="on") for name, label in _CROSSWALKS
    ]
    lead = "Whether its words for things are exchanged for ours, by the lists of hub crosswalk import."
    return Section("crosswalk", "Crosswalks", lead, fields=tuple(fields), folded=True)


def checks(tree: Any) -> Section:
    fields = [_check(tree, name, rule.meaning, rule.default) for name, rule in sorted(all_rules().items())]
    lead = "What a document comes to that breaks one of these. A document may have its own in the YAML."
    return Section("checks", "Business checks", lead, fields=tuple(fields), folded=True)


def _check(tree: Any, name: str, meaning: str, default: CheckSetting) -> Field:
    options = (("", f"as usual: {_GRADES[default]}"), *((grade.value, told) for grade, told in _GRADES.items()))
    return field(tree, ("checks", name), meaning, "select", options=options, hint=name)
