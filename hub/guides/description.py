"""A guide as values: every loop, segment and element in order, with what the standard and the partner's guide say of
each. Terminal, page and JSON show the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from channels.x12.judging.grammar import Grammar, grammar
from channels.x12.judging.judge import judge
from channels.x12.judging.policy import STRICT
from channels.x12.standards import tables
from hub.guides.places import Builder, Filled, Loop, Segment
from hub.guides.subject import Subject, interchange, samples
from partners.agreement import Direction
from partners.x12_settings import FunctionalPolicy, InterchangePolicy


@dataclass(frozen=True, slots=True)
class Description:
    """The whole guide. ``direction`` is seen from us; ``sample`` is an interchange that keeps it."""

    set_type: str
    set_name: str
    title: str
    note: str
    partner: str
    our_name: str
    direction: str
    release: str
    functional_identifier: str
    sender: dict[str, str]
    receiver: dict[str, str]
    separators: dict[str, str]
    acknowledgments: tuple[str, ...]
    items: tuple[Segment | Loop, ...]
    sample: str


def describe(about: Subject, seed: int = 0, lines: int = 2) -> Description:
    """Raises PayloadError when the profile's identifiers do not fit an envelope."""
    documents = samples(about, seed=seed, lines=lines)
    compiled = grammar(about.release, about.set_type, about.guide)
    table = tables.set_table(compiled.release, about.set_type)
    filled = _filled(compiled, about, documents[0].body)
    builder = Builder(about.set_type, compiled.release, compiled.guide, filled)
    return Description(
        set_type=about.set_type,
        set_name=table.name,
        title=compiled.guide.title,
        note=compiled.guide.note,
        partner=about.partner.name,
        our_name=about.our_name,
        direction=about.direction.value,
        release=about.release,
        functional_identifier=table.group,
        sender=_identity(about.sender.qualifier, about.sender.id, about.sender.application_code),
        receiver=_identity(about.receiver.qualifier, about.receiver.id, about.receiver.application_code),
        separators={
            "element": about.separators.element,
            "component": about.separators.component,
            "repetition": (about.separators.repetition or "") if about.release >= "004020" else "",
            "segment": about.separators.segment,
        },
        acknowledgments=tuple(_acknowledgments(about)),
        items=builder.whole(),
        sample=interchange(about, documents, seed).decode(),
    )


def _identity(qualifier: str, identifier: str, application_code: str) -> dict[str, str]:
    return {"qualifier": qualifier, "id": identifier, "application_code": application_code}


_FUNCTIONAL = {
    FunctionalPolicy.ALWAYS: "A 997 functional acknowledgment for every functional group.",
    FunctionalPolicy.ON_ERROR: "A 997 functional acknowledgment only when something is wrong.",
    FunctionalPolicy.NEVER: "No 997 functional acknowledgment.",
}
_INTERCHANGE = {
    InterchangePolicy.ALWAYS: "A TA1 for every interchange.",
    InterchangePolicy.ON_REQUEST: "A TA1 when ISA14 asks for one, or when the interchange is refused.",
    InterchangePolicy.ON_ERROR: "A TA1 only when the interchange is refused.",
    InterchangePolicy.NEVER: "No TA1.",
}


def _acknowledgments(about: Subject) -> Iterator[str]:
    """What the sender gets back."""
    if about.direction is Direction.OUTBOUND:
        minutes = about.agreement.acknowledgment_due_minutes if about.agreement else None
        yield "We expect a 997 functional acknowledgment" + (f" within {minutes} minutes." if minutes else ".")
        return
    chosen = about.partner.x12.acknowledgments
    yield _FUNCTIONAL[chosen.functional]
    yield _INTERCHANGE[chosen.interchange]


def _filled(compiled: Grammar, about: Subject, body: list[list[str]]) -> Filled:
    whole = [["ST", about.set_type, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]
    found: Filled = {}
    for node, elements in judge(whole, compiled, STRICT, about.separators).events:
        place = compiled.nodes[node]
        found.setdefault((place.loop, place.segment), []).append(elements)
    return found
