"""What is agreed about each type of document, each way, and by which mapping files carry it."""

from __future__ import annotations

from typing import Any

from canonical.document import DocumentType
from hub.web.profile_form.fields import Entry, Field, Options, Section, entries, field, said, shown
from hub.web.words import DIRECTIONS, DOCUMENT_TYPES
from partners.ready_mappings import ready_for

_FORMS = {"xlsx": "Excel", "csv": "CSV", "cxml": "cXML", "idoc": "SAP IDoc", "ubl": "UBL"}
_SHOWN = frozenset(
    {"type", "direction", "channel", "mapping", "acknowledgment_due_minutes", "currencies", "rounding_tolerance"}
)


def documents(tree: Any) -> Section:
    known = entries(tree, "documents")
    names = [shown(one.get("name")) for one in entries(tree, "channels")]
    channels = tuple((name, name) for name in names if name)
    return Section(
        "documents",
        "Agreed documents",
        "Each type of document, which way it goes, and by which channel.",
        entries=tuple(_agreement(tree, index, one, channels) for index, one in enumerate(known)),
        blank=_blank(tree, len(known), channels),
        none="None yet: at least one has to be agreed.",
    )


def _agreement(tree: Any, index: int, one: dict[str, Any], channels: Options) -> Entry:
    path = ("documents", index)
    kind, direction = shown(one.get("type")), shown(one.get("direction"))
    codec = next((c.get("codec", "x12") for c in entries(tree, "channels") if c.get("name") == one.get("channel")), "")
    fields = [field(tree, (*path, "channel"), "Channel", "select", options=channels, required=True)]
    if codec == "files" or one.get("mapping"):
        fields.append(_mapping(tree, (*path, "mapping"), kind, several=direction == "inbound"))
    if direction == "inbound":
        fields.append(field(tree, (*path, "currencies"), "Currencies", "words", default="any, or as USD, EUR"))
        fields.append(field(tree, (*path, "rounding_tolerance"), "Rounding tolerance", default="0.01"))
    elif codec == "x12":
        fields.append(
            field(
                tree, (*path, "acknowledgment_due_minutes"), "997 due after (minutes)", "number", default="not expected"
            )
        )
    unseen = sorted(name for name in set(one) - _SHOWN if name)
    about = DIRECTIONS.get(direction, direction)
    return Entry(path, DOCUMENT_TYPES.get(kind, kind), tuple(fields), about, tuple(unseen))


def _mapping(tree: Any, path: tuple[str | int, ...], kind: str, *, several: bool) -> Field:
    own = said(tree, ("mappings",))
    named = {name: one for name, one in own.items() if isinstance(one, dict)} if isinstance(own, dict) else {}
    fit = [name for name, one in named.items() if one.get("document") == kind and "ready" not in one]
    ready = ready_for(kind)
    options = [(name, f"{name}, this profile's own") for name in fit]
    options += [
        (name, f"{name}, with changes of this profile's") for name in ready if len(named.get(name, {"ready": ""})) > 1
    ]
    options += [(name, _ready_label(name, kind)) for name in ready if name not in dict(options)]
    both = [name for name in ready if name.startswith(("xlsx-", "csv-"))]
    if several and len(both) > 1:
        options.append((", ".join(sorted(both, reverse=True)), "Excel or CSV, ready-made"))
    return field(tree, path, "Mapping", "select", options=(("", "choose"), *options), several=several, required=True)


def _ready_label(name: str, kind: str) -> str:
    """As it is for its own type of document; one that is for a special case names it."""
    form, _, document = name.partition("-")
    special = "" if document == kind.replace("_", "-") else f", {document.replace('-', ' ')}"
    return f"{_FORMS[form]}{special}, ready-made"


def _blank(tree: Any, index: int, channels: Options) -> Entry:
    path = ("documents", index)
    types = tuple((kind.value, DOCUMENT_TYPES[kind.value]) for kind in DocumentType)
    ways, usual = tuple(DIRECTIONS.items()), channels[0][0] if channels else ""
    fields = (
        field(tree, (*path, "type"), "Document", "select", options=(("", "choose"), *types)),
        field(tree, (*path, "direction"), "Way", "select", options=ways, default="inbound"),
        field(tree, (*path, "channel"), "Channel", "select", options=channels, default=usual),
    )
    return Entry(path, "Agree another document", fields)


def mappings_needed(tree: Any, chosen: Any) -> dict[str, str]:
    """Names of ready mappings that an answer chooses and the profile does not have yet, each with the one it is."""
    own = said(tree, ("mappings",))
    names = [chosen] if isinstance(chosen, str) else chosen if isinstance(chosen, list) else []
    return {name: name for name in names if not (isinstance(own, dict) and name in own)}
