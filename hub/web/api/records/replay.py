"""What a replay would do, and what has come of it: for the API, and in the same words for commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from canonical.finding import Finding
from hub.operator.operations import Outcome
from hub.operator.replays import Confirmed, DeliveryDetail, Detail, Line, Preview
from hub.pipeline.basis import Basis
from hub.pipeline.effect import Act
from hub.web.api.records.record import Record


class FieldDifference(Record):
    """``path`` is a JSON pointer into the canonical document, or the place in the tree of the set; ``where`` says it in
    words. Without ``old`` or ``new`` the field is not there."""

    path: str
    where: str
    old: str | None = None
    new: str | None = None


class PayloadRow(Record):
    """``kind`` is same, changed, removed, added or skipped; of skipped lines ``left`` says how many."""

    kind: str
    left: str
    right: str


class ReplayedDelivery(Record):
    """One target: what it got under ``replaced_key``, what it would get under ``key``, line beside line."""

    act: Act
    target: str
    key: str
    replaced: str | None = None
    replaced_key: str | None = None
    replaced_status: str | None = None
    rows: tuple[PayloadRow, ...] | None = None
    note: str | None = None

    @classmethod
    def of(cls, one: DeliveryDetail) -> ReplayedDelivery:
        rows = tuple(PayloadRow(**asdict(row)) for row in one.rows)
        return cls(
            act=one.act,
            target=one.target,
            key=one.key,
            replaced=one.replaced,
            replaced_key=one.replaced_key,
            replaced_status=one.replaced_status,
            rows=rows or None,
            note=one.note or None,
        )


class ReplayedDocument(Record):
    """What one document would become; ``refused`` says why it cannot be replayed. The first of them are told in full,
    from ``profile_version`` on."""

    id: str
    label: str
    was: str
    becomes: str
    reason: str | None = None
    fields: int
    gone: int
    come: int
    lifted: int
    acts: dict[str, Act] | None = None
    refused: str | None = None
    fingerprint: str
    profile_version: int | None = None
    crosswalk_revision: int | None = None
    differences: tuple[FieldDifference, ...] | None = None
    findings_gone: tuple[Finding, ...] | None = None
    findings_new: tuple[Finding, ...] | None = None
    deliveries: tuple[ReplayedDelivery, ...] | None = None
    lifted_deliveries: tuple[str, ...] | None = None
    waiting_deliveries: int | None = None
    answers: tuple[str, ...] | None = None

    @classmethod
    def of(cls, line: Line, detail: Detail | None) -> ReplayedDocument:
        return cls(**asdict(line), **(_in_full(detail) if detail is not None else {}))


def _in_full(detail: Detail) -> dict[str, Any]:
    return {
        "profile_version": detail.profile_version,
        "crosswalk_revision": detail.crosswalk_revision,
        "differences": tuple(FieldDifference(**asdict(one)) for one in detail.differences),
        "findings_gone": detail.gone,
        "findings_new": detail.come,
        "deliveries": tuple(map(ReplayedDelivery.of, detail.deliveries)),
        "lifted_deliveries": tuple(one.id for one in detail.lifted),
        "waiting_deliveries": detail.waiting,
        "answers": detail.answers,
    }


class ReplayOutcome(Record):
    """What became of one document."""

    id: str
    done: bool
    message: str

    @classmethod
    def of(cls, outcome: Outcome) -> ReplayOutcome:
        return cls(id=outcome.id, done=outcome.done, message=outcome.message)


class ReplayRecord(Record):
    """What was shown. ``counts`` says how many documents end how, and how many deliveries are made, replaced, kept,
    ended or left; ``outcomes`` what has come of it so far."""

    id: str
    profile: Basis
    chosen_by: str
    count: int
    counts: dict[str, int]
    documents: tuple[ReplayedDocument, ...]
    outcomes: tuple[ReplayOutcome, ...] | None = None
    dry_run: Literal[True] | None = None

    @classmethod
    def of(
        cls,
        shown: Preview,
        details: list[Detail],
        outcomes: Sequence[Outcome] | None = None,
        *,
        dry_run: bool = False,
    ) -> ReplayRecord:
        told = {detail.line.id: detail for detail in details}
        return cls(
            id=shown.id,
            profile=shown.basis,
            chosen_by=shown.selection.in_words(),
            count=len(shown.lines),
            counts=shown.counts(),
            documents=tuple(ReplayedDocument.of(line, told.get(line.id)) for line in shown.lines),
            outcomes=None if outcomes is None else tuple(map(ReplayOutcome.of, outcomes)),
            dry_run=True if dry_run else None,
        )


class ReplayRound(Record):
    """What became of the documents of one round, with ``dry_run`` what would; ``left`` are still to be done."""

    outcomes: tuple[ReplayOutcome, ...]
    left: int
    dry_run: Literal[True] | None = None

    @classmethod
    def of(cls, confirmed: Confirmed, *, dry_run: bool = False) -> ReplayRound:
        outcomes = tuple(ReplayOutcome.of(one) for one in confirmed.outcomes)
        return cls(outcomes=outcomes, left=confirmed.left, dry_run=True if dry_run else None)
