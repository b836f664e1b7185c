"""A mapping for a partner's own sample: one that comes with the hub where the sample follows its standard, else one
that is suggested from names and values. Both are put into a profile's text, which a person confirms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from canonical.document import DocumentType
from channels.files import FileMapping, read_all, scan
from channels.files.form import Body
from channels.files.recognition import recognise
from channels.files.suggesting import Known, Suggestion, suggest
from channels.files.suggesting.proposing import Reading
from partners.amending import with_agreed_mapping
from partners.ready_mappings import READY, ready_fields, ready_mapping

STANDARDS = ("cxml-", "idoc-", "ubl-")
"""How the names of mappings for standards begin; the others are plain tables."""

DOCUMENTS = tuple(sorted(name[4:].replace("-", "_") for name in READY if name.startswith("csv-")))
"""Document types that mappings can be suggested for."""


def suggestion_for(
    body: Body, document: DocumentType | str, known: Known | None = None, *, day_first: bool | None = None
) -> Suggestion:
    """The mapping for a sample of documents of one of ``DOCUMENTS``. Raises Unreadable where no mapping can read it."""
    ready = standard_of(body, document)
    if ready is not None:
        said = {"ready": ready}
        return Suggestion(str(document), recognise(body), said, ready=ready)
    return suggest(body, _plain(str(document)), known, day_first=day_first)


@cache
def _plain(document: str) -> Mapping[str, Any]:
    """The mapping for plain tables of the type, read once: nobody changes it."""
    return ready_fields(f"csv-{document.replace('_', '-')}")


def standard_of(body: Body, document: DocumentType | str) -> str | None:
    """The mapping that comes with the hub for the standard that the sample follows, if there is one."""
    if recognise(body).kind != "xml":
        return None
    for name in READY:
        if name.startswith(STANDARDS) and (mapping := ready_mapping(name)).document == document:
            found = scan(body, mapping)
            if found.is_readable and any(one.document for one in read_all(body, mapping, found.documents[:20])):
                return name
    return None


def mapping_of(suggestion: Suggestion) -> FileMapping:
    """The suggestion as a mapping that reads. Raises ValidationError for one that lacks what documents must have."""
    if suggestion.ready is not None:
        return ready_mapping(suggestion.ready)
    return FileMapping.model_validate(_as_yaml_has_it(dict(suggestion.mapping)))


def _as_yaml_has_it(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_yaml_has_it(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_yaml_has_it(inner) for inner in value]
    return value if value is None else _scalar(value)


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def profile_with(text: str, suggestion: Suggestion, name: str) -> str:
    """The profile's text with the suggested mapping under a name, agreed for its document."""
    agreed = with_agreed_mapping(text, suggestion.document, name)
    lines = agreed.splitlines()
    at = next((i for i, line in enumerate(lines) if line.rstrip() == "mappings:"), None)
    own = [f"  {line}" if line else "" for line in mapping_text(suggestion, name)]
    if at is None:
        at = next(i for i, line in enumerate(lines) if line.startswith("channels:"))
        return "\n".join([*lines[:at], "mappings:", *own, "", *lines[at:]]) + "\n"
    return "\n".join([*lines[: at + 1], *own, *lines[at + 1 :]]) + "\n"


def mapping_text(suggestion: Suggestion, name: str) -> list[str]:
    """The lines of the mapping's YAML, with the confidence, and the values that it would read, beside each field."""
    if suggestion.ready is not None:
        return [f"{name}: {_flow(suggestion.mapping)}   # the sample follows this standard"]
    lines = [f"{name}:"]
    lines += [f"  # {_comment(note)}" for note in suggestion.notes]
    lines += [f"  # not found: {one.path}. {one.fix}" for one in suggestion.missing]
    told = {reading.path: reading for reading in suggestion.readings}
    return lines + [f"  {line}" for line in _entries(suggestion.mapping, told, "")]


def _entries(said: Mapping[str, Any], told: Mapping[str, Reading], prefix: str) -> Iterator[str]:
    for key, value in said.items():
        if key == "fields" and value:
            yield "fields:"
            for path, rule in value.items():
                reading = told.get(prefix + path)
                line = f"  {_text(path)}: {_flow(rule)}"
                yield f"{line}   # {_beside(reading)}" if reading else line
        elif key == "lists":
            yield "lists:"
            for name, inner in value.items():
                yield f"  {name}:"
                yield from (f"    {line}" for line in _entries(inner, told, f"{prefix}{name}[]."))
        else:
            yield f"{key}: {_flow(value)}"


def _beside(reading: Reading) -> str:
    values = ", ".join(_comment(value)[:24] for value in reading.values[:2])
    return f"{reading.in_words} {reading.confidence:.2f}: {values}"


def _comment(text: str) -> str:
    """On one line, with nothing that YAML would not take in a comment."""
    return "".join(c if c.isprintable() else " " for c in text)


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(str(key))}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    return _word(_scalar(value))


def _text(value: str) -> str:
    """A key on a line of its own, without quotes where there can be no doubt."""
    is_path = re.fullmatch(r"[a-z_]+\[[A-Za-z0-9_]+\][a-z_.\[\]0-9A-Z]*", value)
    return value if is_path else _word(value)


def _word(value: str) -> str:
    """The same inside brackets, where a path's own would end them."""
    is_word = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_]|[A-Za-z0-9]", value)
    return value if is_word and value.lower() != "null" else json.dumps(value, ensure_ascii=False)
