"""Plain words for what the hub says: what a supplier reads instead of a status."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """What is shown, the tone that colours it (ok, wait, warn, bad, quiet), and what it means for the supplier."""

    label: str
    tone: str
    meaning: str


FILES: dict[str, Word] = {
    "received": Word("received", "wait", "It is safely stored, and is read in a moment."),
    "processing": Word("being read", "wait", "It is being read and checked just now."),
    "processed": Word("read", "ok", "Each document in it has its own answer below."),
    "rejected": Word("not accepted", "bad", "Nothing of it was taken. Mend it and send it again."),
    "quarantined": Word(
        "put aside", "warn", "Somebody at the buyer has to look at it first. You need not send it again."
    ),
    "duplicate": Word("received before", "quiet", "The same content came before. Nothing was taken a second time."),
    "refused": Word("not accepted", "bad", "Nothing of it was taken. Mend it and send it again."),
}

DOCUMENTS: dict[str, Word] = {
    "routed": Word("accepted", "ok", "It goes to the buyer's systems."),
    "unrouted": Word("accepted, waits", "wait", "The buyer has to say where it goes. You need not do anything."),
    "held": Word(
        "waits for the buyer", "warn", "Somebody at the buyer looks at the points below. Do not send it again."
    ),
    "rejected": Word("not accepted", "bad", "Mend the points below and send this document again."),
    "quarantined": Word("put aside", "warn", "The hub could not finish it. The buyer was told; do not send it again."),
    "reconciled": Word("received", "ok", "It answers something that was sent to you, and was matched with it."),
    "duplicate": Word("received before", "quiet", "The same document came before. Nothing was taken a second time."),
    "orphan": Word("received", "warn", "It answers something that the buyer does not know of. Ask the buyer."),
    "replaced": Word("worked again", "quiet", "The buyer had it worked again; the newer one counts."),
}

VERDICTS: dict[str, Word] = {
    "accepted": Word("no problems", "ok", ""),
    "accepted_with_errors": Word("taken, with remarks", "warn", ""),
    "partially_accepted": Word("partly taken", "warn", ""),
    "rejected": Word("not accepted", "bad", ""),
}

DELIVERIES: dict[str, Word] = {
    "pending": Word("on its way", "wait", "It waits for its turn."),
    "composed": Word("on its way", "wait", "It is being handed over."),
    "awaiting": Word("handed over", "wait", "The buyer's system has it, and says later whether it took it."),
    "delivered": Word("taken by the buyer's system", "ok", ""),
    "acknowledged": Word("taken by the buyer's system", "ok", ""),
    "refused": Word("refused by the buyer's system", "bad", "Ask the buyer why."),
    "dead": Word(
        "not handed over yet", "warn", "The buyer's system did not take it. The buyer knows; do not send it again."
    ),
    "given_up": Word("not handed over", "bad", "The buyer decided not to take it over. Ask the buyer."),
}

SEVERITIES: dict[str, Word] = {
    "error": Word("to be mended", "bad", ""),
    "warning": Word("please look", "warn", ""),
    "info": Word("note", "quiet", ""),
}

WORDS: dict[str, dict[str, Word]] = {
    "file": FILES,
    "document": DOCUMENTS,
    "verdict": VERDICTS,
    "delivery": DELIVERIES,
    "severity": SEVERITIES,
}


def word(kind: str, value: str) -> Word:
    """The word for a status; what has none yet is shown as it is, so that nothing is hidden."""
    return WORDS[kind].get(value) or Word(value.replace("_", " "), "quiet", "")
