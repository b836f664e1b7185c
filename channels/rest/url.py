"""URLs that settings name, looked at when they are saved. What their hosts resolve to is looked at when connecting."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote, urljoin, urlsplit

from pydantic import AfterValidator, StringConstraints

from channels.channel import Remote

_FIELD = re.compile(r"\{([a-z]*)\}")


def plain_url(value: str) -> str:
    """The URL itself. Raises ValueError, without repeating what may hold a secret, unless it is http or https, names a
    host and has neither credentials nor a fragment."""
    if not value.isascii() or any(c.isspace() or not c.isprintable() for c in value) or "\\" in value:
        raise ValueError("a URL holds ASCII characters without blanks and backslashes only; other hosts as xn--...")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from error
    if not usable:
        raise ValueError("a URL starts with http:// or https:// and names a host")
    if "@" in parts.netloc:
        raise ValueError("a URL holds no user name or password: secrets are references, in fields of their own")
    if not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError("the URL's host is neither a name nor an address")
    if parts.fragment:
        raise ValueError("a URL that the hub calls has no #fragment")
    return value


_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]+")


def _template(value: str, *fields: str) -> str:
    """A URL in which ``fields`` may stand in braces, behind its host."""
    named = _FIELD.findall(value)
    if strangers := [name for name in named if name not in fields]:
        raise ValueError(f"there is no {{{strangers[0]}}} here; there is {{{'}, {'.join(fields)}}}")
    if _FIELD.search(urlsplit(value).netloc):
        raise ValueError("what stands in braces is filled in behind the host only")
    plain_url(_FIELD.sub("0", value))
    return value


Template = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(plain_url)]
IdUrl = Annotated[Template, AfterValidator(lambda value: _template(value, "id"))]
"""With ``{id}`` where an item's id stands."""
CursorUrl = Annotated[Template, AfterValidator(lambda value: _template(value, "cursor"))]
"""With ``{cursor}`` where the place in a list stands, which is empty at first."""
KeyUrl = Annotated[Template, AfterValidator(lambda value: _template(value, "key"))]
"""With ``{key}`` where an Idempotency-Key stands."""


def filled(template: str, **fields: str) -> str:
    """Each value is escaped as one part of a path or query, so that it leads nowhere else. Raises ValueError for one of
    dots alone, which no escape keeps from meaning another path."""
    for name, value in fields.items():
        if value and not value.strip("."):
            raise ValueError(f"{value} cannot stand in a URL")
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def on_same_server(base: str, reference: str) -> str | None:
    """The URL that an answer refers to, absolute or relative to where it came from; None when it lies elsewhere."""
    try:
        url = plain_url(urljoin(base, reference).partition("#")[0])
    except ValueError:
        return None
    return url if _origin(url) == _origin(base) else None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def remote(url: str) -> Remote:
    """The server that a URL names."""
    parts = urlsplit(url)
    return Remote(parts.hostname or "", encrypted=parts.scheme == "https")


def shown(url: str) -> str:
    """As errors name it: a path or query may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
