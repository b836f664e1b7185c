"""Small changes to a profile's text that leave its comments and its order as they are."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString


def with_alias(text: str, qualifier: str, id: str) -> str:
    """The profile with one more id of the partner, as its interchanges carry it."""
    tree = _tree(text)
    aliases = tree.get("aliases")
    if aliases is None:
        aliases = CommentedSeq()
        place = list(tree).index("identifiers") + 1 if "identifiers" in tree else len(tree)
        tree.insert(place, "aliases", aliases)
    entry = CommentedMap(qualifier=DoubleQuotedScalarString(qualifier), id=DoubleQuotedScalarString(id))
    entry.fa.set_flow_style()
    aliases.insert(0, entry)  # blank lines and comments belong to what they follow: the last one keeps its own
    return _text(tree)


def with_value(text: str, field: str, value: Any) -> str:
    """The profile with one field of its top level set."""
    tree = _tree(text)
    tree[field] = value
    return _text(tree)


def with_channel(text: str, name: str, kind: str) -> str:
    """The profile with one more channel, which needs no settings of its own."""
    tree = _tree(text)
    entry = CommentedMap(name=name, kind=kind)
    entry.fa.set_flow_style()
    tree.setdefault("channels", CommentedSeq()).insert(0, entry)  # as above
    return _text(tree)


def with_agreed_mapping(text: str, document: str, name: str) -> str:
    """The profile with this mapping agreed for a document that comes in, in place of those before; the mapping itself
    is not put in, and one of the same name is taken out. Where no channel carries files, a portal does from now on."""
    tree = _tree(text)
    mappings = tree.get("mappings") or {}
    agreements = tree.setdefault("documents", CommentedSeq())
    own = next((a for a in agreements if (a.get("type"), a.get("direction")) == (document, "inbound")), None)
    before = own.get("mapping", []) if own is not None else []
    channels = {channel["name"]: channel for channel in tree.get("channels") or ()}
    chosen = channels.get(own.get("channel"), {}) if own is not None else {}
    if chosen.get("codec") != "files":
        chosen = next((channel for channel in channels.values() if channel.get("codec") == "files"), {})
    if not chosen:
        chosen = CommentedMap(name="files" if "files" not in channels else "files-portal", kind="portal", codec="files")
        chosen.fa.set_flow_style()
        tree.setdefault("channels", CommentedSeq()).insert(0, chosen)
    if own is None:
        own = CommentedMap(type=document, direction="inbound")
        own.fa.set_flow_style()
        agreements.insert(0, own)
    own["channel"], own["mapping"] = chosen["name"], name
    used = {one for a in agreements for one in _listed(a.get("mapping"))}
    for old in {name, *(one for one in _listed(before) if one not in used)}:
        mappings.pop(old, None)
    if not mappings:
        tree.pop("mappings", None)
    return _text(tree)


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _tree(text: str) -> CommentedMap:
    """Of a text that ``yaml_text.read_tree`` has found sound."""
    tree = _yaml().load(text)
    return tree if isinstance(tree, CommentedMap) else CommentedMap()


def _text(tree: CommentedMap) -> str:
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()
