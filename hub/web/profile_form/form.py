"""The whole form of a profile, and the changes that a person's answers make in its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.web.profile_form import about, agreed
from hub.web.profile_form.channels import channels
from hub.web.profile_form.documents import documents, mappings_needed
from hub.web.profile_form.fields import Entry, Field, Section
from partners import amending
from partners.problem import Path
from partners.splicing import Value
from partners.yaml_text import read_tree

_ASKED = frozenset(
    {
        "partner",
        "name",
        "role",
        "time_zone",
        "usage_indicator",
        "suspended",
        "contacts",
        "identifiers",
        "aliases",
        "channels",
        "documents",
        "duplicates",
        "crosswalk",
        "checks",
    }
)
_ASKED_OF_X12 = frozenset({"release", "policy", "acknowledgments"})
Changes = dict[Path, Value | None]


@dataclass(frozen=True, slots=True)
class Form:
    """``unseen`` names what the profile has besides, which only its YAML shows."""

    sections: tuple[Section, ...]
    unseen: tuple[str, ...]

    def field_of(self, path: Path) -> Field | None:
        """The field in which what is said of a path is to be mended: its own, or the first below or around it."""
        every = [one for section in self.sections for one in section.every_field()]
        for length in range(len(path), 0, -1):
            for one in every:
                if one.path[:length] == path[:length]:
                    return one
        return None


def form_of(text: str, *, new: bool) -> Form | None:
    """The form of a profile; None of a text that cannot be read as fields."""
    tree = _tree(text)
    if tree is None:
        return None
    sections = [
        about.who(tree, new=new),
        about.use(tree),
        about.contacts(tree),
        about.identifiers(tree),
        about.aliases(tree),
        channels(tree),
        documents(tree),
        agreed.x12(tree),
        agreed.duplicates(tree),
        agreed.crosswalk(tree),
        agreed.checks(tree),
    ]
    unseen = sorted(set(tree) - _ASKED - {"x12"})
    unseen += [f"x12.{name}" for name in sorted(_held(tree.get("x12")) - _ASKED_OF_X12)]
    return Form(tuple(section for section in sections if section is not None), tuple(unseen))


def answered(text: str, given: Mapping[str, str], *, new: bool, without: Path = ()) -> str:
    """The profile with a person's answers, by the names of the form's fields, and without one entry. A field that was
    not asked, or is answered as it stood, changes nothing; an entry whose answers are all empty is taken out."""
    form, tree = form_of(text, new=new), _tree(text)
    if form is None:
        return text
    changes: Changes = {}
    for section in form.sections:
        for one in section.fields:
            changes |= _change(one, given)
        for entry in section.entries:
            changes |= _changes_of(entry, given)
        if section.blank is not None:
            changes |= _addition(section.blank, given)
    changes |= dict(_ready_mappings(tree, changes))
    if without:
        changes = {path: value for path, value in changes.items() if path[: len(without)] != without}
        changes[without] = None
    return amending.with_values(text, changes.items())


def _held(value: Any) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _tree(text: str) -> dict[str, Any] | None:
    tree = read_tree(text, "profile")
    return tree.value if not tree.problems and isinstance(tree.value, dict) and tree.value else None


def _given(one: Field, given: Mapping[str, str]) -> str | None:
    """As it was written, without what nobody sees; None where it was not asked."""
    value = given.get(one.name)
    return None if value is None else _plain(one, value)


def _plain(one: Field, value: str) -> str:
    lines = (" ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in value.splitlines())
    return ("\n" if one.kind == "lines" else " ").join(line for line in lines if line)


def _change(one: Field, given: Mapping[str, str]) -> Changes:
    value = _given(one, given)
    return {} if value is None or value == _plain(one, one.value) else {one.path: one.answer(value)}


def _changes_of(entry: Entry, given: Mapping[str, str]) -> Changes:
    written = [one for one in entry.fields if one.kind != "select"]
    answers = [_given(one, given) for one in written]
    emptied = len(written) == len(entry.fields) and not any(answers) and None not in answers
    if emptied:
        return {entry.path: None}
    return {path: value for one in entry.fields for path, value in _change(one, given).items()}


def _addition(blank: Entry, given: Mapping[str, str]) -> Changes:
    """The entry that was filled in, whole."""
    changed = [one for one in blank.fields if (_given(one, given) or one.value) != one.value]
    if not changed:
        return {}
    values = {one.path[-1]: one.answer(_given(one, given) or one.value) for one in blank.fields}
    return {blank.path: {str(name): value for name, value in values.items() if value is not None}}


def _ready_mappings(tree: Any, changes: Changes) -> Iterator[tuple[Path, Value]]:
    for path, value in changes.items():
        if path[0] == "documents" and path[-1] == "mapping":
            for name, ready in mappings_needed(tree, value).items():
                yield ("mappings", name), {"ready": ready}
