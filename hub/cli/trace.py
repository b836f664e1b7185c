"""A trace for the terminal and for programs: one thing's whole way through the hub."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from hub.cli.output import TONES, instant, print_table, record, say
from hub.document_kinds import in_words
from hub.states import DepartureStatus
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredDelivery, StoredDocument, StoredOffer


def trace_record(trace: Trace) -> dict[str, Any]:
    """Everything that ``print_trace`` shows, and more, by the store's names."""
    told: dict[str, Any] = {"transmission": record(trace.transmission)}
    for field in fields(trace):
        if field.name not in ("transmission", "ledger"):
            told[field.name] = [record(row) for row in getattr(trace, field.name)]
    return told | ({"ledger": asdict(trace.ledger)} if trace.ledger else {})


def print_trace(trace: Trace) -> None:
    """The bytes, what they held, how each document was judged, where it went, and what happened when."""
    arrival = trace.transmission
    way = "received through" if arrival.direction == "in" else "sent through"
    say(f"{arrival.id}  {way} {arrival.channel}, {arrival.size} bytes, {arrival.status}", style="bold")
    if arrival.reason:
        say(f"  {arrival.reason}")
    say(f"  {instant(arrival.received_at)}  {arrival.transport_id or arrival.file_name}  sha256 {arrival.sha256}")
    if not trace.interchanges:
        _print_findings(arrival.findings or ())
    if trace.ledger is not None and not trace.ledger.uncounted:
        say(f"  documents {trace.ledger.documents.in_words()}; bytes {trace.ledger.bytes.in_words()}")
    for interchange in trace.interchanges:
        sender = f"{interchange.sender_qualifier}/{interchange.sender_id}"
        usage, verdict = interchange.usage_indicator, interchange.verdict.replace("_", " ")
        say(f"interchange {interchange.control_number} from {sender}, usage {usage}: {verdict}")
        _print_findings(interchange.findings)
    for document in trace.documents:
        _print_document(document)
        own = [delivery for delivery in trace.deliveries if delivery.document_id == document.id]
        _print_deliveries(own, trace)
    for answer in trace.acknowledgments:
        say(f"answered with {answer.kind}: {answer.verdict.replace('_', ' ')}", style=TONES.get(answer.verdict, ""))
        own = [one for one in trace.acknowledgment_deliveries if one.document_id == answer.document_id]
        _print_deliveries(own, trace)
    for title, others in (("received again as", trace.duplicates), ("replayed as", trace.replays)):
        for other in others:
            say(f"{title} {other.id} at {instant(other.received_at)}: {other.status}")
    rows = [(event.at, event.kind, event.subject_id, event.actor, _told(event.data)) for event in trace.events]
    print_table(("at", "event", "of", "by", "details"), rows, empty="Nothing has happened yet.")


def _print_document(document: StoredDocument) -> None:
    name = f"{in_words(document.type)} {document.number}".strip()
    say(f"{document.id}  {name} of {document.partner}, {document.direction}", style="bold")
    verdict = document.verdict.replace("_", " ")
    say(
        f"  {verdict}; {document.status}" + (f": {document.reason}" if document.reason else ""),
        TONES.get(document.status, ""),
    )
    _print_findings(document.findings)


def _print_findings(findings: Iterable[dict[str, Any]]) -> None:
    for finding in findings:
        place = f" {finding['locator']}:" if finding.get("locator") else ""
        say(
            f"    {finding['severity']}{place} {finding['message']} [{finding['code']}]",
            TONES.get(finding["severity"], ""),
        )
        if finding.get("fix"):
            say(f"      {finding['fix']}")


def _print_deliveries(deliveries: Iterable[StoredDelivery], trace: Trace) -> None:
    due = {departure.id: departure.due_at for departure in trace.departures if departure.status == DepartureStatus.DUE}
    for delivery in deliveries:
        reason = f": {delivery.reason}" if delivery.reason else ""
        say(f"  {delivery.id}  to {delivery.target}: {delivery.status}{reason}", TONES.get(delivery.status, ""))
        if delivery.departure_id is None:
            continue
        for attempt in trace.attempts:
            if attempt.departure_id == delivery.departure_id:
                outcome = " ".join(part for part in (attempt.outcome, attempt.status, attempt.detail) if part)
                say(f"    attempt {attempt.number} at {instant(attempt.started_at)}: {outcome or 'under way'}")
        for offer in trace.offers:
            if offer.departure_id == delivery.departure_id:
                say(f"    {_lay(offer)}")
        if next_attempt := due.get(delivery.departure_id):
            say(f"    next attempt at {instant(next_attempt)}")


def _lay(offer: StoredOffer) -> str:
    """What became of something in an outbox."""
    told = [f"in the outbox since {instant(offer.available_at)}"]
    told.append(f"fetched at {instant(offer.fetched_at)} by {offer.fetched_by}" if offer.fetched_at else "not fetched")
    if offer.closed_at:
        told.append(f"{offer.outcome} at {instant(offer.closed_at)} by {offer.closed_by}")
    return ", ".join(told)


def _told(data: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in data.items() if value not in (None, ""))
