"""Who the partner is, how far its traffic may go, whom one asks, and by which ids and numbers it is known."""

from __future__ import annotations

from typing import Any

from hub.web.profile_form.fields import Entry, Section, entries, field

ROLES = (("supplier", "Supplier: it delivers to us"), ("customer", "Customer: it orders from us"))
USES = (
    ("test", "Test: nothing of it reaches a production system"),
    ("production", "Production: its traffic is real"),
)
DOORS = (("false", "Open"), ("true", "Suspended: none of its credentials opens a door"))
QUALIFIERS = "Usual are ZZ (agreed), 01 (D-U-N-S), 12 (telephone), 14 (D-U-N-S with suffix)."


def who(tree: Any, *, new: bool) -> Section:
    key = field(tree, ("partner",), "Short name, in small letters", required=True, hint="Cannot be changed later.")
    fields = (
        field(tree, ("name",), "Name of the company", required=True),
        *([key] if new else []),
        field(tree, ("role",), "Role", "select", options=ROLES, required=True),
        field(tree, ("time_zone",), "Time zone", default="UTC", hint="As America/Chicago"),
    )
    return Section("who", "Who it is", fields=fields)


def use(tree: Any) -> Section:
    fields = (
        field(tree, ("usage_indicator",), "Use", "select", options=USES, default="test"),
        field(tree, ("suspended",), "Doors", "select", options=DOORS, default="false"),
    )
    return Section("use", "Test or production", fields=fields)


def contacts(tree: Any) -> Section:
    known = entries(tree, "contacts")
    made = [_contact(tree, index, str(one.get("name", ""))) for index, one in enumerate(known)]
    return Section(
        "contacts",
        "Contacts",
        "Whom one asks. The hub itself writes to nobody.",
        entries=tuple(made),
        blank=_contact(tree, len(known), "Add a contact"),
        none="Nobody is named yet.",
    )


def _contact(tree: Any, index: int, title: str) -> Entry:
    path = ("contacts", index)
    fields = (
        field(tree, (*path, "name"), "Name", required=True),
        field(tree, (*path, "about"), "Asked about"),
        field(tree, (*path, "email"), "E-mail", "email"),
        field(tree, (*path, "phone"), "Telephone", "tel"),
    )
    return Entry(path, title, fields)


def identifiers(tree: Any) -> Section:
    known = entries(tree, "identifiers")
    made = [_identifier(tree, index, "The one we address" if not index else "") for index in range(len(known))]
    return Section(
        "identifiers",
        "X12 ids",
        f"By which its interchanges are known (ISA05 and ISA06). {QUALIFIERS}",
        entries=tuple(made),
        blank=_identifier(tree, len(known), "Add an id"),
        none="None: only files in X12 need one.",
    )


def _identifier(tree: Any, index: int, title: str) -> Entry:
    path = ("identifiers", index)
    fields = (
        field(tree, (*path, "qualifier"), "Qualifier", required=True),
        field(tree, (*path, "id"), "Id", required=True),
        field(tree, (*path, "gs"), "Application codes (GS)", "words", default="the id itself"),
    )
    return Entry(path, title or f"Also {index + 1}", fields)


def aliases(tree: Any) -> Section:
    known = entries(tree, "aliases")
    made = [_alias(tree, index, str(one.get("id", ""))) for index, one in enumerate(known)]
    return Section(
        "aliases",
        "Other numbers",
        "Further ISA ids, with their qualifier, and numbers that our systems or its documents have for it: a vendor "
        "number has the qualifier 92 where N1 names it, and none in the ERP.",
        entries=tuple(made),
        blank=_alias(tree, len(known), "Add a number"),
        none="None.",
    )


def _alias(tree: Any, index: int, title: str) -> Entry:
    path = ("aliases", index)
    fields = (
        field(tree, (*path, "qualifier"), "Qualifier, if any"),
        field(tree, (*path, "id"), "Number", required=True),
    )
    return Entry(path, title, fields)
