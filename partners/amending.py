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
