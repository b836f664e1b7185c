"""The way of one document as steps that a page draws: what happened, when, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from channels.wording import plural
from hub.pipeline.piece import ANSWERS
from hub.store.schema.records import StoredAcknowledgment, StoredDelivery, StoredDocument, Transmission
from hub.web.pictures import MARKS
from hub.web.templating import target_name
from hub.web.words import word

_GRAVITY = ("bad", "warn", "wait", "ok", "quiet")
"""Of several deliveries the gravest tells the step's colour."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    tone: str
    outcome: str
    at: datetime | None = None
    detail: str = ""

    @property
    def picture(self) -> Markup:
        return MARKS[self.tone]


def way_of(
    transmission: Transmission,
    document: StoredDocument,
    acknowledgments: Sequence[StoredAcknowledgment],
    deliveries: Sequence[StoredDelivery],
) -> list[Step]:
    """Received → judged → answered → understood → checked → routed → delivered; an acknowledgment of ours is made and
    sent."""
    received = Step("Received", "ok", "stored", transmission.received_at, f"through {transmission.channel}")
    sent = [_routed(document, deliveries), _delivered(deliveries)]
    if is_our_acknowledgment(document):
        return [received, Step("Made", "ok", "as the answer to it", document.created_at), *sent]
    steps = [received, _judged(document)]
    if document.set_type and document.direction == "inbound":
        steps.append(_acknowledged(document, acknowledgments))
    return [*steps, _translated(document), _checked(document), *sent]


def is_our_acknowledgment(document: StoredDocument) -> bool:
    """Made by the hub in answer to the transmission it is stored with; nobody sent it to us."""
    made = document.type == "functional_acknowledgment" or ANSWERS in document.envelope
    return document.direction == "outbound" and made


def _judged(document: StoredDocument) -> Step:
    verdict = word("verdict", document.verdict)
    count = len(document.findings)
    return Step(
        "Judged",
        verdict.tone,
        verdict.label,
        document.created_at,
        plural(count, "finding") if count else "",
    )


def _acknowledged(document: StoredDocument, acknowledgments: Sequence[StoredAcknowledgment]) -> Step:
    answer = next((a for a in acknowledgments if a.group_id and a.group_id == document.group_id), None)
    if answer is None and document.type == "functional_acknowledgment":
        return Step("Answered", "quiet", "not needed", detail="an acknowledgment is never acknowledged")
    if answer is None:
        return Step("Answered", "quiet", "no answer")
    told = f"says {word('verdict', answer.verdict).label}"
    return Step("Answered", "ok", f"{answer.kind} made", answer.created_at, told)


def _translated(document: StoredDocument) -> Step:
    if document.canonical:
        changed = len(document.changes)
        return Step(
            "Understood",
            "ok",
            "translated",
            document.created_at,
            f"{plural(changed, 'value')} exchanged" if changed else "",
        )
    return Step("Understood", "quiet", "not translated")


_CHECKED: dict[str, tuple[str, str]] = {
    "held": ("warn", "held for a person"),
    "rejected": ("bad", "rejected"),
    "quarantined": ("bad", "the hub failed on it"),
}


def _checked(document: StoredDocument) -> Step:
    if not document.canonical or document.verdict == "rejected":
        return Step("Checked", "quiet", "not reached")
    tone, outcome = _CHECKED.get(document.status, ("ok", "passed"))
    return Step("Checked", tone, outcome, document.created_at)


def _routed(document: StoredDocument, deliveries: Sequence[StoredDelivery]) -> Step:
    if deliveries:
        return Step(
            "Routed", "ok", ", ".join(target_name(delivery.target) for delivery in deliveries), deliveries[0].created_at
        )
    state = word("document", document.status)
    if document.status in ("unrouted", "orphan", "reconciled"):
        return Step("Routed", state.tone, state.label)
    return Step("Routed", "quiet", "not reached")


def _delivered(deliveries: Sequence[StoredDelivery]) -> Step:
    if not deliveries:
        return Step("Delivered", "quiet", "nothing to deliver")
    words = [word("delivery", delivery.status) for delivery in deliveries]
    gravest = min(words, key=lambda w: _GRAVITY.index(w.tone))
    settled = [delivery.settled_at for delivery in deliveries if delivery.settled_at]
    done = sum(w.tone == "ok" for w in words)
    outcome = gravest.label if len(words) == 1 or gravest.tone != "ok" else "all delivered"
    return Step(
        "Delivered",
        gravest.tone,
        outcome,
        max(settled, default=None),
        f"{done} of {len(words)} done" if len(words) > 1 else "",
    )
