"""Profiles to begin with: a few answers make the text of a sound profile, which a person goes on from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answers:
    """What has to be known of a new partner. ``ship`` and the like choose documents; ``key`` is a public key in
    OpenSSH's form, for a mailbox."""

    partner: str
    name: str
    time_zone: str = "UTC"
    qualifier: str = ""
    id: str = ""
    key: str = ""
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """One way to begin: how it is called, for whom it is, and what its channel needs. ``inbound`` and ``outbound`` are
    the documents that usually come and go, of which some may be chosen; ``always`` go besides. ``tables``: they are
    tables, read and written by the mappings that come with the hub, and no X12 id is needed."""

    label: str
    meaning: str
    role: str
    channel: str
    inbound: tuple[str, ...]
    outbound: tuple[str, ...]
    always: tuple[str, ...] = ("functional_acknowledgment",)
    needs_key: bool = False
    tables: bool = False

    @property
    def documents(self) -> tuple[str, ...]:
        """Those that may be chosen."""
        return (*self.outbound, *self.inbound)


_FROM_SUPPLIERS = ("purchase_order_acknowledgment", "advance_ship_notice", "invoice", "inventory_advice")

STARTS: Mapping[str, Start] = {
    "tables": Start(
        "A supplier in the portal, with tables",
        "Its people send Excel or CSV files in the browser, and fetch their orders there as Excel.",
        "supplier",
        "{name: portal, kind: portal, codec: files}",
        _FROM_SUPPLIERS,
        ("purchase_order",),
        always=(),
        tables=True,
    ),
    "portal": Start(
        "A supplier in the portal, with X12",
        "Its people send X12 files in the browser and fetch their orders there.",
        "supplier",
        "{name: portal, kind: portal}",
        _FROM_SUPPLIERS,
        ("purchase_order",),
        always=(),
    ),
    "mailbox": Start(
        "A supplier with a mailbox",
        "X12 over SFTP: it puts files into our server and fetches its own there.",
        "supplier",
        "{{name: mailbox, kind: mailbox, user: {partner}, keys: [{key}]}}",
        _FROM_SUPPLIERS,
        ("purchase_order",),
        needs_key=True,
    ),
    "api": Start(
        "A supplier with a system of its own",
        "X12 over our HTTP API, with an access key.",
        "supplier",
        "{name: api, kind: api}",
        _FROM_SUPPLIERS,
        ("purchase_order",),
    ),
    "folder": Start(
        "A supplier with a folder",
        "X12 in folders that both sides can reach.",
        "supplier",
        "{{name: files, kind: folder, inbound: {partner}/in, outbound: {partner}/out, archive: {partner}/archive}}",
        _FROM_SUPPLIERS,
        ("purchase_order",),
    ),
    "customer": Start(
        "A customer with a mailbox",
        "X12 over SFTP, the other way round: its purchase orders come in.",
        "customer",
        "{{name: mailbox, kind: mailbox, user: {partner}, keys: [{key}]}}",
        ("purchase_order",),
        ("purchase_order_acknowledgment", "advance_ship_notice", "invoice"),
        needs_key=True,
    ),
}


def profile_text(start: Start, answers: Answers) -> str:
    """The YAML of a profile. What was not answered well shows when it is checked, with its line."""
    channel = start.channel
    if "{{" in channel:
        channel = channel.format(partner=_folder(answers.partner), key=_quoted(answers.key))
    way = channel.partition("name: ")[2].partition(",")[0]
    chosen = [one for one in start.documents if one in answers.documents]
    agreed = [(one, "outbound" if one in start.outbound else "inbound") for one in chosen]
    agreed += [(one, "outbound") for one in start.always]
    identified = [
        "identifiers:",
        f"  - {{qualifier: {_quoted(answers.qualifier)}, id: {_quoted(answers.id)}}}",
        "",
    ]
    lines = [
        f"# {start.label}: {start.meaning}",
        f"partner: {_plain(answers.partner)}",
        f"name: {_quoted(answers.name)}",
        f"role: {start.role}",
        f"time_zone: {_plain(answers.time_zone)}",
        "usage_indicator: test   # production when it is ready: until then nothing reaches a production system",
        "",
        *(_ready_mappings(agreed) if start.tables else identified),
        "channels:",
        f"  - {channel}",
        "",
        "documents:",
        *(_agreement(start, kind, direction, way) for kind, direction in agreed),
    ]
    return "\n".join(lines) + "\n"


def _ready_mappings(agreed: Sequence[tuple[str, str]]) -> list[str]:
    names = dict.fromkeys(name for kind, direction in agreed for name in _tables(kind, direction))
    return ["mappings:", *(f"  {name}: {{ready: {name}}}" for name in names), ""]


def _agreement(start: Start, kind: str, direction: str, way: str) -> str:
    by = f", mapping: [{', '.join(_tables(kind, direction))}]" if start.tables else ""
    return f"  - {{type: {kind}, direction: {direction}, channel: {way}{by}}}"


def _tables(kind: str, direction: str) -> list[str]:
    """The mappings that come with the hub: a document comes in either form and leaves in one."""
    name = kind.replace("_", "-")
    return [f"xlsx-{name}", f"csv-{name}"] if direction == "inbound" else [f"xlsx-{name}"]


def _plain(value: str) -> str:
    """Without quotes where there can be no doubt."""
    return value if re.fullmatch(r"[A-Za-z][A-Za-z0-9/_+-]*", value) else _quoted(value)


def _folder(partner: str) -> str:
    """What its folders and its user are called."""
    return re.sub(r"[^a-z0-9-]", "-", partner)


def _quoted(value: str) -> str:
    """As YAML's double quotes have it, which JSON's are too."""
    return json.dumps(value, ensure_ascii=False)
