"""Jinja2 for pages: everything is escaped, a missing name is an error, and no template runs code of a sender."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from channels.wording import ago, instant, plural, size


def environment(package: str) -> Environment:
    """Reads the templates of a package, and those that all pages share: ``frame.html``, which says what a page's own
    frame has to set, and ``pieces.html``."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("channels.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"instant": instant, "ago": ago, "size": size}
    made.globals["plural"] = plural
    return made
