"""advise: a document that our checks reject → the application advice (824) that tells the partner why.

Its functional acknowledgment has accepted the syntax; this speaks of the content. Decided from the piece alone, as
values: ``record`` writes the advice as a document of its own, once for each rejected document.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from canonical.application_advice import AdvisedDocument, ApplicationAdvice, ApplicationError, ApplicationVerdict
from canonical.document import Document, DocumentType, search_keys
from canonical.error_condition import ErrorCondition
from canonical.finding import Finding, Severity, Verdict, clip
from canonical.order import Purpose
from canonical.reference import Message, Reference, ReferenceKind
from channels.channel import Codec
from channels.x12.sets.values import read_date, read_time
from channels.x12.standards.tables import has_segment, segment_table
from hub.pipeline.check import key_of
from hub.pipeline.piece import Piece, X12Place
from hub.routing import outbound_target
from hub.rules import condition_of
from hub.states import DocumentStatus
from partners.agreement import Direction

MESSAGE_LENGTH, NOTE_LENGTH, VALUE_LENGTH = 60, 80, 99
"""Of TED02, NTE02 and TED07."""

REFERENCE_LIMIT = 12
"""REF segments of one OTI."""

_ANSWERS_THEMSELVES = (DocumentType.APPLICATION_ADVICE, DocumentType.FUNCTIONAL_ACKNOWLEDGMENT)
"""An answer is never answered, or two hubs would do so for ever."""

_PLACE = re.compile(r"(\d+):([A-Z0-9]{2,3})\[\d+\]/\2(\d\d)(?:\[\d+\])?(?:-(\d+))?")
"""Provenance of a value: position of its segment, segment, element, component."""


def advise(piece: Piece) -> None:
    """Fills what is to be told of an inbound document that is rejected, where the profile agrees an outbound
    application advice. What the judge refused of X12 is told by the functional acknowledgment; other forms have none,
    and so what could not be read of them is told here, too."""
    if piece.status is not DocumentStatus.REJECTED or not _is_told(piece, piece.document_type):
        return
    if piece.document is None and piece.x12 is not None:
        return
    errors = tuple(_errors(piece))
    if errors:
        piece.advised = _advised(piece, piece.document, errors)


def of_duplicate(piece: Piece, document: Document, note: Finding) -> AdvisedDocument | None:
    """What is to be told of a document that is refused as it came before, as ``note`` says; None where the profile
    agrees no outbound application advice."""
    if not _is_told(piece, DocumentType(document.type)):
        return None
    return _advised(piece, document, (_worded(ErrorCondition.DUPLICATE, note),))


def _is_told(piece: Piece, kind: DocumentType | None) -> bool:
    if piece.direction != "inbound" or kind in _ANSWERS_THEMSELVES:
        return False
    return piece.pinned.partner.agreement(DocumentType.APPLICATION_ADVICE, Direction.OUTBOUND) is not None


def advice(piece: Piece, advised: AdvisedDocument, document_id: str, now: datetime) -> Piece:
    """The advice as a document of its own on its way to the partner; ``document_id`` is what it answers."""
    local = now.astimezone(ZoneInfo(piece.pinned.partner.time_zone))
    told = ApplicationAdvice(
        purpose=Purpose.RESPONSE,
        advice_number=document_id,
        date=local.date(),
        time=local.time().replace(microsecond=0),
        documents=(advised,),
    )
    routing = outbound_target(told, piece.pinned)
    answer = Piece(piece.pinned, "outbound", piece.usage_indicator, document=told, answers=document_id)
    answer.targets = routing.targets
    if not routing.targets:
        answer.status, answer.reason = DocumentStatus.UNROUTED, f"Nothing was sent: {routing.explanation}."
    return answer


def _advised(piece: Piece, document: Document | None, errors: tuple[ApplicationError, ...]) -> AdvisedDocument:
    kind, number = _number(document) if document else _number_unread(piece)
    orders = [order for order in document.purchase_order_numbers() if order != number] if document else []
    return AdvisedDocument(
        verdict=ApplicationVerdict.REJECTED,
        kind=kind,
        number=number,
        references=tuple(
            Reference(kind=ReferenceKind.PURCHASE_ORDER, value=order) for order in orders[:REFERENCE_LIMIT]
        ),
        errors=errors,
        **(_envelope(piece.x12) if piece.x12 else {}),
    )


def _number(document: Document) -> tuple[ReferenceKind, str]:
    """By which number the partner knows its document, and what number that is."""
    own = document.document_number()
    words = {kind.value: kind for kind in ReferenceKind}
    kinds = (words[kind] for kind, number in search_keys(document) if number == own and kind in words)
    return next(kinds, ReferenceKind.TRANSACTION), own or "NONE"


def _number_unread(piece: Piece) -> tuple[ReferenceKind, str]:
    """The same of a document that could not be made, as far as its file tells."""
    words = {kind.value: kind for kind in ReferenceKind}
    return words.get(piece.kind, ReferenceKind.TRANSACTION), clip(piece.number) or "NONE"


def _envelope(place: X12Place) -> dict[str, Any]:
    """What of the envelope an OTI can repeat; what is malformed there is left out."""
    group, span = place.group, place.span
    day, clock = read_date(group.date), read_time(group.time)
    numbers = {
        "sender_code": _fitting(group.sender, 2, 15),
        "receiver_code": _fitting(group.receiver, 2, 15),
        "date": day if isinstance(day, date) else None,
        "time": clock if isinstance(clock, time) else None,
        "group_control_number": _fitting(group.control_number, 1, 9) if group.control_number.isdecimal() else None,
        "transaction_set": span.type,
        "release": _fitting(group.release, 1, 12),
    }
    if numbers["group_control_number"]:  # X12 wants the one with the other
        numbers["transaction_set_control_number"] = _fitting(span.control_number, 4, 9)
    return numbers


def _fitting(text: str, minimum: int, maximum: int) -> str | None:
    return text if minimum <= len(text) <= maximum and text.isprintable() else None


def _errors(piece: Piece) -> Iterator[ApplicationError]:
    """One for each check that the document fails, but those that a person has let pass, and for what could not be
    read."""
    unread = ErrorCondition.INCORRECT_DATA if piece.x12 is None and piece.verdict is Verdict.REJECTED else None
    for finding in piece.findings:
        condition = condition_of(finding) or unread
        if condition is not None and finding.severity is Severity.ERROR and key_of(finding) not in piece.released:
            yield _error(piece, finding, condition)


def _error(piece: Piece, finding: Finding, condition: ErrorCondition) -> ApplicationError:
    if piece.x12 is None:
        return _error_in_file(piece, finding, condition)
    return _worded(condition, finding, **{"bad_value": finding.value} | _segment(piece, finding.locator))


def _worded(condition: ErrorCondition, finding: Finding, **place: Any) -> ApplicationError:
    short = textwrap.shorten(finding.message, MESSAGE_LENGTH, placeholder=" ...")
    sentences = [] if short == finding.message else [finding.message]
    explained = ". ".join(text[:1].upper() + text[1:] for text in (*sentences, finding.fix or "") if text)
    return ApplicationError(
        condition=condition,
        message=short,
        messages=tuple(Message(text=line) for line in textwrap.wrap(explained, NOTE_LENGTH)),
        **{name: value for name, value in place.items() if value},
    )


def _error_in_file(piece: Piece, finding: Finding, condition: ErrorCondition) -> ApplicationError:
    """Its place is said in words: there are no segments. Only an 824 has no room for all of it in one place."""
    place = piece.provenance.get(finding.locator, finding.locator)
    said = f"{place}: {finding.message}" if place else finding.message
    agreed = piece.pinned.partner.agreement(DocumentType.APPLICATION_ADVICE, Direction.OUTBOUND)
    channel = piece.pinned.partner.channel(agreed.channel) if agreed else None
    if channel is not None and channel.codec is Codec.X12:
        return _worded(condition, finding.model_copy(update={"message": said}), bad_value=finding.value)
    told = f"{said}. {finding.fix}" if finding.fix else said
    return ApplicationError(condition=condition, message=told, bad_value=finding.value)


def _segment(piece: Piece, pointer: str) -> dict[str, Any]:
    """Where in the partner's own set the value stands, and how it wrote it; empty where that is not known. Of a list or
    an object the first segment is named, without an element."""
    exact = piece.provenance.get(pointer)
    within = exact or next((at for name, at in piece.provenance.items() if name.startswith(f"{pointer}/")), None)
    match = _PLACE.fullmatch(within or "")
    if match is None or piece.grammar is None or piece.judgement is None:
        return {}
    position, segment = int(match[1]), match[2]
    found: dict[str, Any] = {"segment": segment, "segment_position": position}
    if exact:
        element, component = int(match[3]), int(match[4] or 0)
        found["element_position"] = element
        found["data_element"] = _data_element(piece.grammar.release, segment, element, component)
        row = piece.judgement.rows[position - 1]
        if row[0] == segment and element < len(row) and not component:
            found["bad_value"] = clip(row[element], VALUE_LENGTH)
    return found


def _data_element(release: str, segment: str, element: int, component: int) -> str | None:
    """The number of an element or component; None for a composite as a whole, which has a letter in it."""
    uses = segment_table(release, segment).elements if has_segment(release, segment) else ()
    if element > len(uses):
        return None
    use = uses[element - 1]
    number = use.components[component - 1].number if 0 < component <= len(use.components) else use.number
    return number if number.isdecimal() else None
