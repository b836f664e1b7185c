"""What the store has of a file and its documents, as the portal shows it: all that is the partner's own, and nothing of
which ways it goes at the buyer's."""

from __future__ import annotations

from collections.abc import Sequence

from canonical.finding import Finding
from channels.channel import Usage
from channels.portal.desk import Contents, Earlier, SeenDocument, SeenFile
from hub.catalog import CHANNEL_PREFIX
from hub.channel_names import WEBHOOK_PREFIX
from hub.document_kinds import in_words
from hub.pipeline.forms.mapped_files import FORM_SEEN
from hub.pipeline.forms.recognition import label_of
from hub.portal.contents import contents_of
from hub.states import DocumentStatus
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredDocument, Transmission

_OURS = frozenset({DocumentStatus.UNROUTED, DocumentStatus.QUARANTINED})
"""Where the reason is one of the buyer's own, which the sender can do nothing about."""


def seen_file(trace: Trace, *, earlier: Transmission | None, contents: dict[str, str] | None = None) -> SeenFile:
    """An arrival with the documents that came in it. ``contents`` are canonical texts by document id, where the trace
    itself is without."""
    documents = [one for one in trace.documents if one.direction == "inbound"]
    said = contents or {}
    return _file(
        trace.transmission,
        tuple(_of_trace(trace, one, one.canonical or said.get(one.id)) for one in documents),
        findings=[*(trace.transmission.findings or ()), *(row for one in trace.interchanges for row in one.findings)],
        test=any(one.usage_indicator == Usage.TEST.indicator for one in documents),
        earlier=earlier,
    )


def listed_file(transmission: Transmission, documents: Sequence[StoredDocument]) -> SeenFile:
    """As a list has it."""
    return _file(transmission, tuple(seen_document(one) for one in documents))


def seen_document(
    document: StoredDocument,
    canonical: str | None = None,
    deliveries: Sequence[str] = (),
    answers: Sequence[tuple[str, str]] = (),
) -> SeenDocument:
    """``canonical`` when what it says is to be shown."""
    words = in_words(document.type)
    return SeenDocument(
        id=document.id,
        type=document.type,
        kind=words[:1].upper() + words[1:],
        number=document.number,
        verdict=document.verdict,
        status=document.status,
        findings=tuple(Finding.model_validate(row) for row in document.findings if not _is_ours(row)),
        contents=contents_of(canonical) if canonical else Contents(),
        reason="" if document.status in _OURS else document.reason or "",
        deliveries=tuple(deliveries),
        answers=tuple(answers),
    )


def _is_ours(finding: dict[str, object]) -> bool:
    """Whether it is about the buyer's routes and not about what was sent."""
    return str(finding.get("code")).startswith("ROUTE-")


def _of_trace(trace: Trace, document: StoredDocument, canonical: str | None) -> SeenDocument:
    ways = (CHANNEL_PREFIX, WEBHOOK_PREFIX)
    own = [one for one in trace.deliveries if one.document_id == document.id and not one.target.startswith(ways)]
    answers = [(one.kind, one.verdict) for one in trace.acknowledgments if one.concerns(document)]
    return seen_document(document, canonical, [one.status for one in own], answers)


def _file(
    transmission: Transmission,
    documents: tuple[SeenDocument, ...],
    *,
    findings: Sequence[dict[str, object]] = (),
    test: bool = False,
    earlier: Transmission | None = None,
) -> SeenFile:
    recognised = next((str(row.get("message")) for row in findings if row.get("code") == FORM_SEEN), "")
    return SeenFile(
        id=transmission.id,
        name=transmission.transport_id or transmission.file_name or "file without a name",
        size=transmission.size,
        form=recognised.removesuffix(".") or label_of(transmission.content_type),
        status=transmission.status,
        at=transmission.received_at,
        documents=documents,
        findings=tuple(Finding.model_validate(row) for row in findings if row.get("code") != FORM_SEEN),
        reason=transmission.reason or "",
        test=test,
        earlier=Earlier(earlier.id, earlier.received_at) if earlier is not None else None,
    )
