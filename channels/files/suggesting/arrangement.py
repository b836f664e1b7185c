"""One way in which a sample can be looked at: the columns there would be, and what a mapping says to find them."""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.files.form import FileForm
from channels.files.suggesting.meanings import likeness, meaning, weight_of
from channels.files.suggesting.observed import Column


@dataclass
class Arrangement:
    """One way. ``format`` is what a mapping says of the form. ``records`` and ``lines`` are where the documents and, in
    them, the lines are, in a tree; ``depth`` orders trees' ways, of equal ones the deepest is right. ``is_rows``: what
    is said once of a document stands on each of its records. ``is_named``: the columns have names."""

    form: FileForm
    format: dict[str, object]
    columns: list[Column]
    is_rows: bool = True
    records: str | None = None
    lines: str | None = None
    depth: int = 0
    notes: list[str] = field(default_factory=list)
    is_named: bool = True


def said_of(steps: tuple[str, ...]) -> dict[str, float]:
    """The concepts of a place in a tree: its own name counts whole, those around it less the further they are."""
    found: dict[str, float] = {}
    near = 1.0
    for step in reversed(steps):
        for concept in sorted(meaning(step)):
            if near == 1.0 or concept.islower():
                found.setdefault(concept, near)
        if weight_of(c for c in found if c.islower()) > 0.55:  # a place called ID is what is around it
            near = 0.35 if near > 0.5 else near / 2
        elif near == 1.0:
            near = 0.9
    return found


def looks_like_line(name: str) -> float:
    """How well the name of an element says that it is a line."""
    said = {concept: 1.0 for concept in meaning(name) if concept.islower() or concept == "DETAIL"}
    for document in ("invoice", "order", "ship", "deliver", "stock"):
        said.pop(document, None)
    phrases = ("line", "item", "line item", "detail")
    return max(likeness(said, meaning(phrase)) for phrase in phrases)
