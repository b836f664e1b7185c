"""Changes to a profile's text that leave its comments and its order as they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from partners import splicing
from partners.problem import Path
from partners.profile import TradingPartner
from partners.splicing import Value
from partners.yaml_text import read_tree

FIELDS = tuple(TradingPartner.model_fields)
"""The order in which a profile's fields are written."""


def with_values(text: str, values: Iterable[tuple[Path, Value | None]]) -> str:
    """The profile with these values set, those that are None taken out. A number behind a list's last adds to it."""
    given = list(values)
    for path, value in given:
        if value is not None:
            text = splicing.with_value(text, path, value, FIELDS)
    for path in sorted((path for path, value in given if value is None), key=_place, reverse=True):
        text = splicing.without(text, path)
    return text


def _place(path: Path) -> list[tuple[bool, int, str]]:
    """By which a list's last entry goes first, so that the others keep their numbers."""
    return [(isinstance(step, int), step if isinstance(step, int) else 0, str(step)) for step in path]


def with_alias(text: str, qualifier: str, id: str) -> str:
    """The profile with one more id of the partner, as its interchanges carry it."""
    known = _said(text).get("aliases") or []
    return with_values(text, [(("aliases", len(known)), {"qualifier": qualifier, "id": id})])


def with_value(text: str, field: str, value: Value) -> str:
    """The profile with one field of its top level set."""
    return with_values(text, [((field,), value)])


def with_channel(text: str, name: str, kind: str, codec: str = "") -> str:
    """The profile with one more channel, which needs no settings of its own."""
    known = _said(text).get("channels") or []
    entry = {"name": name, "kind": kind, "codec": codec}
    return with_values(text, [(("channels", len(known)), {key: value for key, value in entry.items() if value})])


def with_agreed_mapping(text: str, document: str, name: str) -> str:
    """The profile with this mapping agreed for a document that comes in, in place of those before; the mapping itself
    is not put in, and one of the same name is taken out. Where no channel carries files, a portal does from now on."""
    said = _said(text)
    agreements: list[dict[str, Any]] = said.get("documents") or []
    named = [(one.get("type"), one.get("direction")) for one in agreements]
    at = named.index((document, "inbound")) if (document, "inbound") in named else None
    own = agreements[at] if at is not None else {}
    channels = {channel["name"]: channel for channel in said.get("channels") or ()}
    fit = [one for one in channels.values() if one.get("codec") == "files"]
    chosen = next((one["name"] for one in fit if one["name"] == own.get("channel")), fit[0]["name"] if fit else "")
    if not chosen:
        chosen = "files" if "files" not in channels else "files-portal"
        text = with_channel(text, chosen, "portal", "files")
    if at is None:
        agreed = {"type": document, "direction": "inbound", "channel": chosen, "mapping": name}
        text = with_values(text, [(("documents", len(agreements)), agreed)])
    else:
        text = with_values(text, [(("documents", at, "channel"), chosen), (("documents", at, "mapping"), name)])
    used = {one for a in agreements if a is not own for one in _listed(a.get("mapping"))}
    unused = {name, *(one for one in _listed(own.get("mapping")) if one not in used)}
    return with_values(text, [(("mappings", old), None) for old in unused])


def _said(text: str) -> dict[str, Any]:
    """Of a text that ``read_tree`` has found sound."""
    value = read_tree(text, "profile").value
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)
