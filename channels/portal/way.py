"""The way of one document in five steps, as its sender follows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from channels.portal.desk import SeenDocument, SeenFile
from channels.portal.words import DELIVERIES, Word, word

_GRAVITY = ("bad", "warn", "wait", "quiet", "ok")
"""Of several deliveries the gravest tells the step's colour."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    tone: str
    outcome: str


def way_of(file: SeenFile, document: SeenDocument) -> list[Step]:
    """Received → read → checked → answered → taken over by the buyer's systems."""
    state, verdict = word("document", document.status), word("verdict", document.verdict)
    unreadable = document.verdict == "rejected"
    checked = Step("Checked", "quiet", "not reached") if unreadable else Step("Checked", state.tone, state.label)
    return [
        Step("Received", "ok", "safely stored"),
        Step("Read", verdict.tone, verdict.label),
        checked,
        _answered(document),
        _taken(document),
    ]


def state_of(file: SeenFile) -> Word:
    """How a file stands in a list: as the gravest of its documents, where it has been read."""
    states = [word("document", one.status) for one in file.documents]
    refused = sum(state.tone == "bad" for state in states)
    if file.status != "processed" or not states:
        return word("file", file.status)
    if refused:
        return Word("not accepted" if refused == len(states) else "not all accepted", "bad", "Mend and send again.")
    return min(states, key=lambda one: _GRAVITY.index(one.tone))


def worst_first(documents: Iterable[SeenDocument]) -> list[SeenDocument]:
    """What has to be mended before what has not; else as the file has them."""
    return sorted(documents, key=lambda one: _GRAVITY.index(word("document", one.status).tone))


def _answered(document: SeenDocument) -> Step:
    if not document.answers:
        return Step("Answered", "quiet", "shown here")
    kind, verdict = document.answers[-1]
    partly = verdict == "partially_accepted"  # of several documents together: this one has its own part in it
    told = word("verdict", document.verdict if partly else verdict)
    return Step("Answered", told.tone, f"{kind}: {told.label}")


def _taken(document: SeenDocument) -> Step:
    words: list[Word] = [word("delivery", status) for status in document.deliveries]
    if not words:
        waits = document.status in ("held", "unrouted", "quarantined")
        return Step("Taken over", "wait", "waits") if waits else Step("Taken over", "quiet", "not reached")
    gravest = min(words, key=lambda one: _GRAVITY.index(one.tone))
    done = sum(one.tone == "ok" for one in words)
    several = f"{done} of {len(words)} systems" if len(words) > 1 and 0 < done < len(words) else gravest.label
    return Step("Taken over", gravest.tone, several)


SETTLED = frozenset(status for status, told in DELIVERIES.items() if told.tone != "wait")
"""Statuses of deliveries after which nothing changes by itself."""


def settled(file: SeenFile) -> bool:
    """Whether its page shows all that will come by itself."""
    if file.status in ("received", "processing"):
        return False
    return all(status in SETTLED for one in file.documents for status in one.deliveries)
