"""How documents come and go: the settings of each kind of channel that a person chooses; the rest is in its YAML."""

from __future__ import annotations

from typing import Any, NamedTuple

from hub.web.profile_form.fields import Entry, Kind, Options, Section, entries, field, holds_more

KINDS: dict[str, str] = {
    "portal": "Portal: its people come in the browser",
    "mailbox": "Mailbox on our SFTP server",
    "api": "Our HTTP API",
    "folder": "Folder that both sides can reach",
    "sftp": "SFTP server of the partner",
    "rest": "API of the partner",
}
CODECS = (("x12", "X12"), ("files", "Tables, XML or JSON, by its mappings"), ("json", "Canonical JSON"))
USES = (("production", "as the partner's"), ("test", "test only"))


class _Asked(NamedTuple):
    name: str
    label: str
    kind: Kind = "text"
    options: Options = ()
    default: str = ""
    required: bool = False
    hint: str = ""


_CODEC = _Asked("codec", "What it carries", "select", CODECS, "x12")
_USE = _Asked("usage", "Use", "select", USES, "production")
_OVERDUE = _Asked("overdue_after_hours", "Overdue after (hours)", "number", default="72")
_FILE_NAME = _Asked("file_name", "Names of our files", default="{partner}_{type}_{id}.{extension}")
_POLL = "Poll every (seconds)"

ASKED: dict[str, tuple[_Asked, ...]] = {
    "portal": (_CODEC, _USE, _OVERDUE),
    "api": (_CODEC, _USE, _OVERDUE),
    "mailbox": (
        _CODEC,
        _USE,
        _OVERDUE,
        _Asked("user", "User name", required=True),
        _Asked("keys", "Public SSH keys, one a line", "lines", hint="As ssh-ed25519 AAAA…"),
        _Asked("networks", "Signs in from", "words", default="anywhere"),
        _FILE_NAME,
    ),
    "folder": (
        _CODEC,
        _USE,
        _Asked("poll_seconds", _POLL, "number", default="10"),
        _Asked("inbound", "Its files come into"),
        _Asked("outbound", "Ours go into"),
        _Asked("archive", "Taken ones go into", default="nowhere: deleted once stored"),
        _Asked("patterns", "Names of files to take", "words", default="*"),
        _FILE_NAME,
    ),
    "sftp": (
        _CODEC,
        _USE,
        _Asked("poll_seconds", _POLL, "number", default="60"),
        _Asked("host", "Host", required=True),
        _Asked("port", "Port", "number", default="22"),
        _Asked("user", "User name", required=True),
        _Asked("private_key", "Our private key", hint="A reference: file:/path or env:NAME"),
        _Asked("password", "or password", hint="A reference, never the password itself"),
        _Asked("host_keys", "Keys of the server, one a line", "lines", hint="hub channel host-key HOST shows them."),
        _Asked("outbound", "Ours go into"),
        _FILE_NAME,
    ),
    "rest": (_CODEC, _USE, _Asked("poll_seconds", _POLL, "number", default="60")),
}


def channels(tree: Any) -> Section:
    known = entries(tree, "channels")
    made = [_channel(tree, index, one) for index, one in enumerate(known)]
    return Section(
        "channels",
        "Channels",
        "The ways by which documents come and go.",
        entries=tuple(made),
        blank=_blank(tree, len(known)),
        none="None yet: a partner needs at least one.",
    )


def _channel(tree: Any, index: int, one: dict[str, Any]) -> Entry:
    path, kind = ("channels", index), str(one.get("kind", ""))
    asked = [setting for setting in ASKED.get(kind, ()) if not holds_more(one.get(setting.name, ""))]
    fields = [
        field(
            tree,
            (*path, setting.name),
            setting.label,
            setting.kind,
            **{"options": setting.options} if setting.options else {},
            default=setting.default,
            required=setting.required,
            hint=setting.hint,
        )
        for setting in asked
    ]
    unseen = sorted(set(one) - {"name", "kind", *(setting.name for setting in asked)})
    return Entry(path, str(one.get("name", "")), tuple(fields), KINDS.get(kind, kind), tuple(unseen))


def _blank(tree: Any, index: int) -> Entry:
    path = ("channels", index)
    kinds = (("", "choose"), *KINDS.items())
    fields = (
        field(tree, (*path, "kind"), "Kind", "select", options=kinds),
        field(tree, (*path, "name"), "Name of the channel", hint="Small letters, digits and hyphens"),
        field(tree, (*path, "codec"), "What it carries", "select", options=CODECS, default="x12"),
    )
    return Entry(path, "Add a channel", fields)
