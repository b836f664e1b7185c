"""Plain words for the codes of the store: what a partner manager reads on a page instead of an enum's value."""

from __future__ import annotations

from dataclasses import dataclass

from hub.document_kinds import in_words, judged_only, kinds


@dataclass(frozen=True, slots=True)
class Word:
    """What is shown, the tone that colours it (ok, wait, warn, bad, quiet) and what it means."""

    label: str
    tone: str
    meaning: str


_SHORTER = {
    "purchase_order_acknowledgment": "Order acknowledgment",
    "purchase_order_change": "Order change",
    "purchase_order_change_acknowledgment": "Order change acknowledgment",
    "advance_ship_notice": "Ship notice",
}

DOCUMENT_TYPES: dict[str, str] = {
    kind: _SHORTER.get(kind) or judged_only().get(kind) or in_words(kind).capitalize() for kind in kinds()
}

DIRECTIONS: dict[str, str] = {"inbound": "from the partner", "outbound": "to the partner"}

VERDICTS: dict[str, Word] = {
    "accepted": Word("accepted", "ok", "The data follows the standard and the agreement."),
    "accepted_with_errors": Word(
        "accepted with errors", "warn", "The data was taken; the partner is told what to mend."
    ),
    "partially_accepted": Word(
        "partially accepted", "warn", "Some of it was taken; the partner is told which was not."
    ),
    "rejected": Word("rejected", "bad", "The data cannot be used; the partner is told why."),
}

DOCUMENT_STATES: dict[str, Word] = {
    "routed": Word("routed", "ok", "Deliveries to the systems that need it exist."),
    "unrouted": Word("no route", "warn", "No route takes this kind of document: add one and replay."),
    "held": Word("held", "warn", "A check holds it for a person; replay releases it."),
    "rejected": Word("rejected", "bad", "It was refused and the sender is told why."),
    "quarantined": Word("quarantined", "bad", "The hub itself failed on it; nothing was answered for it yet."),
    "reconciled": Word("reconciled", "ok", "An acknowledgment that closed the deliveries it names."),
    "orphan": Word("unmatched", "warn", "An acknowledgment of something the hub never sent."),
    "replaced": Word("replaced", "quiet", "A replay made a newer document from the same data."),
}

ARRIVAL_STATES: dict[str, Word] = {
    "received": Word("waiting", "wait", "Safely stored; processing has not begun."),
    "processing": Word("in work", "wait", "Being read and judged now."),
    "processed": Word("processed", "ok", "Every document in it has an outcome."),
    "rejected": Word("rejected", "bad", "It could not be read, or was refused as a whole."),
    "quarantined": Word("quarantined", "bad", "A person must look before it is processed."),
    "duplicate": Word("duplicate", "quiet", "The same content came before; it was not processed twice."),
    "due": Word("to be sent", "wait", "Waits for its next attempt."),
    "awaiting": Word("to be confirmed", "wait", "The target has it, and says later whether it took it."),
    "sent": Word("sent", "ok", "The other side took it."),
    "dead": Word("dead letter", "bad", "It could not be sent; later ones of the same order wait behind it."),
    "given_up": Word("given up", "quiet", "A person decided against sending it."),
}

DELIVERY_STATES: dict[str, Word] = {
    "pending": Word(
        "waiting its turn", "wait", "Earlier documents of the same order go first, or others leave along with it."
    ),
    "composed": Word("ready to send", "wait", "Its bytes are fixed and on their way."),
    "awaiting": Word("to be confirmed", "wait", "The target has it, and says later whether it took it."),
    "delivered": Word("delivered", "ok", "The other side took it."),
    "acknowledged": Word("acknowledged", "ok", "The partner's acknowledgment accepted it."),
    "refused": Word("refused by partner", "bad", "The partner's acknowledgment rejected it."),
    "dead": Word("dead letter", "bad", "It could not be delivered; later ones of the same order wait behind it."),
    "given_up": Word("given up", "quiet", "A person decided against delivering it."),
}

ATTEMPT_OUTCOMES: dict[str, Word] = {
    "delivered": Word("taken", "ok", "The other side took it."),
    "awaiting": Word("handed over", "wait", "The target says later whether it took it."),
    "transient": Word("try again", "wait", "A passing failure; the hub tries again by itself."),
    "permanent": Word("refused", "bad", "The same bytes would fail again; a person has to look."),
    "credential": Word("not let in", "bad", "The other side did not accept our credentials."),
}

SEVERITIES: dict[str, Word] = {
    "error": Word("error", "bad", ""),
    "warning": Word("warning", "warn", ""),
    "info": Word("note", "quiet", ""),
}

WORK_ITEMS: dict[str, Word] = {
    "certificate": Word(
        "certificate not trusted", "bad", "Ask for a new one, or trust its authority. It is tried again."
    ),
    "channel": Word("channel out of order", "bad", "Nothing is read from it until this is mended."),
    "credentials": Word("credentials refused", "bad", "Mend the target's secret. Nothing is lost meanwhile."),
    "crosswalk": Word("crosswalk entry missing", "warn", "Import the missing row, then replay what waits."),
    "dead-letter": Word("dead letter", "bad", "Mend the cause, then resend it, or give it up."),
    "kept": Word("kept, goes nowhere yet", "quiet", "It is judged and answered. Close this when you have taken note."),
    "held": Word("held by a check", "warn", "Look at the findings. A replay releases it."),
    "expiring": Word("ends soon", "warn", "Renew it, hand it over, then take the old one away. This closes by itself."),
    "relay": Word("relay stands still", "bad", "Does NATS run, and let the hub in? What happened is kept."),
    "consumer": Word("stream not read", "bad", "Does NATS run, and let the hub in? What it has waits there."),
    "orphan-acknowledgment": Word("unmatched acknowledgment", "warn", "It names nothing we sent. Ask the partner."),
    "acknowledgment-unclear": Word(
        "unclear acknowledgment", "warn", "It does not say what became of these sets. Ask the partner."
    ),
    "unusable-acknowledgment": Word(
        "unusable acknowledgment", "bad", "Ask the partner for it in the agreed form; ours are not answered meanwhile."
    ),
    "acknowledgment-conflict": Word(
        "second thoughts of a partner", "warn", "It acknowledged the same twice, differently. Ask which one holds."
    ),
    "overdue": Word("acknowledgment overdue", "warn", "Ask the partner whether it arrived; resend it when it did not."),
    "quarantine": Word("quarantined", "bad", "Find out whose it is, mend the profile or the sender, then replay it."),
    "quarantined": Word("quarantined", "bad", "The hub itself failed on it. Report it; replay it after the update."),
    "refused": Word("refused by the partner", "bad", "The partner's acknowledgment says why. Send a mended document."),
    "refused-file": Word("file not taken", "warn", "The file was left where it is. Its sender must mend it."),
    "remnant": Word("stray bytes", "warn", "What could be read was processed. Ask the sender what the rest was."),
    "restored": Word("restored from a backup", "warn", "Ask those it names. Close this when it is done."),
    "route": Word("no route", "warn", "Add a route to hub.yaml, then replay what waits."),
    "scheduled-profile": Word(
        "profile not in force",
        "warn",
        "Look at the profile, mend it, and put it in force. The old one holds meanwhile.",
    ),
    "target": Word("takes nothing", "bad", "It is probed by itself, and closes this when it answers. Nothing is lost."),
    "unconfirmed": Word("not confirmed in time", "warn", "Ask the target's team, then resend it or give it up."),
    "uncollected": Word(
        "waits in the outbox", "warn", "Does the system that comes for it run? This closes when it confirms."
    ),
    "unfetched": Word("waits in the outbox", "warn", "Ask the partner whether it still looks; this closes by itself."),
    "unfit": Word("does not fit the partner's form", "warn", "Mend the document or the profile, then replay it."),
    "unreadable": Word("unreadable file", "bad", "Ask the sender for the file in the agreed form."),
}

GATES: dict[str, Word] = {
    "paused": Word("paused", "warn", "By an operator, until an operator resumes it."),
    "maintenance": Word("in maintenance", "quiet", "In hours that its configuration names; it goes on by itself."),
    "breaker": Word("takes nothing", "bad", "It failed too often or does not let us in; one departure probes it."),
    "held": Word("asked for patience", "warn", "By Retry-After; it goes on by itself."),
    "rate": Word("paced", "wait", "Its rate allows the next one in a moment."),
    "open": Word("sending", "ok", "Nothing holds its deliveries back."),
}

BREAKERS: dict[str, Word] = {
    "closed": Word("breaker closed", "ok", "Departures leave."),
    "open": Word("breaker open", "bad", "Nothing leaves until the next probe."),
    "half_open": Word("probing", "warn", "One departure is under way; its outcome decides."),
}

REPLAY_ACTS: dict[str, Word] = {
    "made": Word("to be sent", "ok", "Nothing of this document went there before."),
    "replaced": Word("sent anew", "wait", "It names the delivery that went before."),
    "kept": Word("unchanged, not sent", "quiet", "The same payload under the same key: nothing is sent."),
    "ended": Word("not sent any more", "warn", "It has not left yet, and is not routed there any more."),
    "left": Word("left as it is", "warn", "It has left, and is not routed there any more; the target is not told."),
    "arrives once more": Word("arrive once more", "wait", "The whole arrival is judged as if it were new."),
    "not replayable": Word("not replayable", "bad", "Each says why."),
}

WORDS: dict[str, dict[str, Word]] = {
    "replay_act": REPLAY_ACTS,
    "gate": GATES,
    "breaker": BREAKERS,
    "document": DOCUMENT_STATES,
    "transmission": ARRIVAL_STATES,
    "delivery": DELIVERY_STATES,
    "attempt": ATTEMPT_OUTCOMES,
    "verdict": VERDICTS,
    "severity": SEVERITIES,
    "work_item": WORK_ITEMS,
}


def word(kind: str, value: str | None) -> Word:
    """The word for a stored value; what has none yet is shown as it is, so that nothing is hidden."""
    if not value:
        return Word("under way", "wait", "No outcome yet.")
    return WORDS[kind].get(value) or Word(value.replace("_", " "), "quiet", "")


def document_type(value: str) -> str:
    return DOCUMENT_TYPES.get(value) or value.replace("_", " ").capitalize()
