"""What a partner's API lists, read as its channel says. Bytes in, values out."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from channels.expression import find, parsed
from channels.file_names import printable
from channels.rest.settings import Inbound

LONGEST_ID = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class Item:
    """One document that the API has for us. ``content`` is there where the list itself holds it."""

    id: str
    name: str
    size: int | None = None
    version: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the place where the list goes on, as the answer tells it. ``unusable`` entries have no id that could
    name them, or no content."""

    items: list[Item]
    next: str | None
    unusable: int


def read_page(inbound: Inbound, body: bytes) -> Page:
    """Raises ValueError in plain words for an answer that is no list."""
    value = parsed(body)
    entries = find(inbound.items, value)
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise ValueError(f"{inbound.items} is no list in it")
    found = [_item(inbound, entry) for entry in entries]
    items = [item for item in found if item is not None]
    following = find(inbound.next, value) if inbound.next is not None else None
    return Page(items, _text(following) or None, len(found) - len(items))


def content_of(inbound: Inbound, value: Any) -> bytes:
    """The document in a JSON value: a text as ``encoding`` says, anything else as JSON. Raises ValueError."""
    if inbound.content is None:
        raise ValueError("the profile does not say where its content is")
    found = find(inbound.content, value)
    if found is None:
        raise ValueError(f"there is no {inbound.content} in it")
    if not isinstance(found, str):
        return json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if inbound.encoding == "text":
        return found.encode("utf-8", "surrogatepass")
    try:
        return b64decode("".join(found.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{inbound.content} is no base64 text") from error


def _item(inbound: Inbound, entry: Any) -> Item | None:
    try:
        id = _text(find(inbound.id, entry))
        if not id or len(id) > LONGEST_ID or not id.isprintable() or not id.strip("."):
            return None
        name = _text(find(inbound.name, entry)) if inbound.name else ""
        size = find(inbound.size, entry) if inbound.size else None
        version = _text(find(inbound.version, entry)) if inbound.version else ""
        content = content_of(inbound, entry) if inbound.item is None else None
    except ValueError:
        return None
    whole = isinstance(size, int) and not isinstance(size, bool) and size >= 0
    if inbound.size is not None and not whole:
        return None
    return Item(id, printable(name or id), size if whole else None, version[:LONGEST_ID], content)


def _text(value: Any) -> str:
    """An id or a name: text, or a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
