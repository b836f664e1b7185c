"""``hub guide show --html``: a guide as one page that needs nothing else, to send to a partner, to print, to read on a
phone."""

from __future__ import annotations

from importlib import resources

from hub.guides.description import Description
from hub.guides.places import Loop, how_often, unshown, what_kind
from hub.guides.text import receiver_name, sender_name
from hub.web.templating import render

_TONES = {"required": "wait", "conditional": "warn", "optional": "quiet", "not used": "bad"}


def page(guide: Description) -> str:
    """The whole page; its look is the console's, its style sheets are inside it."""
    static = resources.files("hub.web") / "static"
    style = "\n".join((static / name).read_text(encoding="utf-8") for name in ("console.css", "guide.css"))
    return render(
        "guide.html",
        guide=guide,
        style=style,
        sender=sender_name(guide),
        receiver=receiver_name(guide),
        tones=_TONES,
        how_often=how_often,
        what_kind=what_kind,
        unshown=unshown,
        is_loop=lambda item: isinstance(item, Loop),
    )
