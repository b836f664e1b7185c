"""``hub explain --html``: files as one page that needs nothing else, written as the values come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources

from channels.x12.envelope import Scan
from hub.inspection.file import Inspected, InspectedSet, InterchangeOpened
from hub.web.templating import render


def page(files: Iterable[tuple[str, Iterable[Inspected]]]) -> Iterator[str]:
    """The page in pieces, a set at a time, so that no file is held whole."""
    style = (resources.files("hub.web") / "static" / "console.css").read_text(encoding="utf-8")
    head, _, foot = render("explanation.html", style=style, mark=_MARK).partition(_MARK)
    yield head
    for file, values in files:
        for value in values:
            match value:
                case Scan():
                    yield render("explanation_file.html", file=file, scanned=value)
                case InterchangeOpened():
                    yield render("explanation_interchange.html", source=value.source, findings=value.findings)
                case InspectedSet():
                    yield render("explanation_set.html", found=value, tree=value.tree())
    yield foot


_MARK = "<!-- files -->"
