"""Paths and names as clients say them. The tree has three folders, whose files are rows: no path is one of the host."""

from __future__ import annotations

from channels.sftp.server.wire import Refused, Status

NAME_BYTES = 254
"""Of a file's name: what is longer fits no usual file system."""

UNFINISHED = (".part", ".tmp", ".filepart")
"""Endings of files that are not complete before they are renamed, as is whatever begins with a dot."""

_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
)
_SERVED = frozenset({".htaccess", ".htpasswd"})


class Hostile(Refused):
    """A path or name that no honest client says."""


def is_unfinished(name: str) -> bool:
    """Whether a file of this name is yet to be renamed."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


def resolve(raw: bytes) -> tuple[str, ...]:
    """The folders and the name, seen from the root, which nothing lies above. Raises Hostile for what is no path."""
    parts: list[str] = []
    for part in _decoded(raw).split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return tuple(parts)


def resolve_plainly(raw: bytes) -> tuple[str, ...]:
    """As ``resolve``, for a request that changes something: no honest client goes up and down for it."""
    if b".." in raw.split(b"/"):
        raise Hostile(Status.PERMISSION_DENIED, 'A file is written without ".." in its path.')
    return resolve(raw)


def check_name(name: str) -> None:
    """Whether a file may be called so. Raises Hostile."""
    problem = _problem(name)
    if problem is not None:
        raise Hostile(Status.PERMISSION_DENIED, f"No file is taken under this name: {problem}.")


def _problem(name: str) -> str | None:
    if len(name.encode()) > NAME_BYTES:
        return f"it has more than {NAME_BYTES} bytes"
    if "\\" in name:
        return "it holds a backslash"
    if name.partition(".")[0].lower() in _RESERVED or name.lower() in _SERVED:
        return "some systems give it a meaning"
    if name != name.strip() or name.endswith("."):
        return "it begins or ends with a blank, or ends with a dot"
    return None


def _decoded(raw: bytes) -> str:
    """Control characters, line ends and marks that turn the direction of text have no place in a path."""
    try:
        path = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Hostile(Status.PERMISSION_DENIED, "Names are UTF-8 here.") from error
    if not path.isprintable():
        raise Hostile(Status.PERMISSION_DENIED, "Names hold printable characters only.")
    if len(raw) > 4 * NAME_BYTES:
        raise Hostile(Status.PERMISSION_DENIED, "The path is too long.")
    return path
