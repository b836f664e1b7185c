"""Acknowledgments: each interchange has exactly the answers that its partner's profile wants, and none contradicts what
was judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from canonical.document import parse_document
from canonical.finding import Verdict
from canonical.functional_acknowledgment import FunctionalAcknowledgment
from channels.channel import Codec
from channels.x12.acknowledging.answering import Answer
from channels.x12.envelope import Group, Interchange, scan
from hub.catalog import load_pinned
from hub.pipeline.acknowledge import outcome_of
from hub.pipeline.admission import QUARANTINED
from hub.pipeline.answers import functional_answer, interchange_answer
from hub.states import DocumentStatus
from hub.store.errors import NoBytes
from hub.store.schema.records import SetOutcomeRow, StoredAcknowledgment, StoredInterchange, Transmission
from hub.store.store import Tx
from hub.store.traffic import acknowledgments, documents, interchanges, transmissions
from hub.verify.defect import Defect, Subject
from partners.pinned import Pinned

_MISSING = (
    "The partner waits for it. Find in the trace why it was not made; a replay of a quarantined document answers."
)
_CONTRADICTS = "The partner was told something else than was judged: tell it, and have it send a correction."


def acknowledgments_fit(subject: Subject) -> Iterator[Defect]:
    """Decides every answer anew from what was written of the sets at its time."""
    after, profiles = 0, _Profiles()
    while True:
        with subject.read() as tx:
            page = transmissions.page(tx, after)
            for one in page:
                if one.direction == "in" and one.content_type == Codec.X12.content_type and one.finished_at:
                    yield from _arrival(tx, subject, one, profiles)
        if not page:
            return
        subject.progress(sum(one.direction == "in" for one in page))
        after = page[-1].seq


@dataclass(slots=True)
class _Profiles:
    """Profiles by partner and version, each read once."""

    _known: dict[tuple[str, int], Pinned | None] = field(default_factory=dict)

    def of(self, tx: Tx, row: StoredInterchange) -> Pinned | None:
        if row.partner is None or row.profile_version is None:
            return None
        key = (row.partner, row.profile_version)
        if key not in self._known:
            self._known[key] = load_pinned(tx, *key)
        return self._known[key]


def _arrival(tx: Tx, subject: Subject, one: Transmission, profiles: _Profiles) -> Iterator[Defect]:
    rows = interchanges.of_transmission(tx, one.id)
    if not rows:
        return
    try:
        with transmissions.opened(subject, one) as body:
            found = scan(body).interchanges
    except NoBytes:
        return  # told by the check of the bytes
    for row, source in zip(rows, found, strict=False):
        pinned = profiles.of(tx, row)
        made = {answer.scope: answer for answer in acknowledgments.of_interchange(tx, row.id)}
        if pinned is None or row.duplicate_of is not None:
            yield from (_unwanted(answer) for answer in made.values())
            continue
        verdict = Verdict.REJECTED if row.verdict == QUARANTINED else Verdict(row.verdict)
        wanted = interchange_answer(pinned, source, verdict, row.note_code)
        yield from _compare(tx, f"interchange:{row.id}", wanted, made.get(f"interchange:{row.id}"))
        worked = row.verdict not in (QUARANTINED, Verdict.REJECTED)
        for group, of in zip(interchanges.groups_of_interchange(tx, row.id), source.groups, strict=False):
            yield from _group(tx, pinned, source, of, group.id, made.get(f"group:{group.id}"), worked)


def _group(
    tx: Tx,
    pinned: Pinned,
    source: Interchange,
    of: Group,
    group_id: str,
    made: StoredAcknowledgment | None,
    worked: bool,
) -> Iterator[Defect]:
    rows = _as_of(tx, group_id, made.created_at if made else None)
    unfinished = len(rows) != len(of.sets) or any(row.status == DocumentStatus.QUARANTINED for row in rows)
    if not worked or (made is None and unfinished):
        wanted = None
    else:
        outcomes = [outcome_of(row, span) for row, span in zip(rows, of.sets, strict=False)]
        wanted = functional_answer(pinned, source, of, outcomes)
    yield from _compare(tx, f"group:{group_id}", wanted, made)


def _as_of(tx: Tx, group_id: str, instant: datetime | None) -> list[SetOutcomeRow]:
    """What was known of each set when the answer was made; what a replay made of it later does not count."""
    newest: dict[int, SetOutcomeRow] = {}
    for created_at, row in documents.history_of_group(tx, group_id):
        if instant is None or created_at <= instant:
            newest[row.set_ordinal] = row
    return [newest[ordinal] for ordinal in sorted(newest)]


def _compare(tx: Tx, scope: str, wanted: Answer | None, made: StoredAcknowledgment | None) -> Iterator[Defect]:
    if wanted is None:
        if made is not None:
            yield _unwanted(made)
        return
    if made is None:
        yield Defect("ACKNOWLEDGMENT-MISSING", scope, "no answer", f"a {wanted.set_type}", _MISSING)
        return
    expected, got = _verdicts(wanted.document), [made.verdict]
    stored = documents.get(tx, made.document_id)
    if stored is not None and stored.canonical is not None:
        said = parse_document(stored.canonical)
        assert isinstance(said, FunctionalAcknowledgment)
        got = _verdicts(said)
    else:
        expected = expected[:1]
    if got != expected or made.verdict != expected[0]:
        yield Defect("ACKNOWLEDGMENT-CONTRADICTS", scope, ", ".join(got), ", ".join(expected), _CONTRADICTS)


def _verdicts(said: FunctionalAcknowledgment) -> list[str]:
    return [str(said.verdict), *(f"{one.control_number} {one.verdict}" for one in said.transaction_sets)]


def _unwanted(answer: StoredAcknowledgment) -> Defect:
    got = f"a {answer.kind}, {answer.document_id}"
    return Defect("ACKNOWLEDGMENT-UNWANTED", answer.scope, got, "no answer", _CONTRADICTS)
