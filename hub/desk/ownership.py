"""What of the store is a principal's own: all that it sees and touches (promise 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hub.catalog import GATEWAY_DOOR, SYSTEM_DOOR, Catalog
from hub.channel_names import box_of_partner, box_of_target
from hub.pipeline.admission import FOREIGN_SENDER, UNKNOWN_SENDER
from hub.principal import Principal
from hub.store.questions.search import Trace
from hub.store.schema.records import StoredDocument, StoredInterchange, Transmission
from hub.store.store import Tx
from hub.store.traffic import transmissions

NOT_OURS = "The sender is none that this credential sends for. Nobody was answered, and a person looks at it."


@dataclass(frozen=True, slots=True)
class Ownership:
    """A partner owns what has its name, a system what came through its door, and a gateway both: all that has the name
    of a partner that hub.yaml gives it, and what it brought itself."""

    principal: Principal
    catalog: Catalog

    @property
    def partners(self) -> frozenset[str]:
        """Whose documents, deliveries and outboxes it sees; none for a system."""
        if self.principal.kind == "partner":
            return frozenset((self.principal.subject,))
        return self.catalog.partners_of_channel(self.door) if self.principal.kind == "gateway" else frozenset()

    @property
    def boxes(self) -> frozenset[str]:
        """Where lies what it comes for."""
        if self.principal.kind == "system":
            return frozenset(map(box_of_target, self.catalog.fetched_by(self.principal.subject)))
        return frozenset(map(box_of_partner, self.partners))

    @property
    def door(self) -> str:
        """The channel that is its own by name; a partner's doors are in its profile."""
        prefix = {"system": SYSTEM_DOOR, "gateway": GATEWAY_DOOR}.get(self.principal.kind, "")
        return f"{prefix}/{self.principal.subject}" if prefix else ""

    def has_document(self, tx: Tx, document: StoredDocument) -> bool:
        if self.principal.kind != "system":
            return document.partner in self.partners
        arrival = transmissions.get(tx, document.transmission_id)
        return arrival is not None and arrival.channel == self.door

    def has_transmission(self, transmission: Transmission) -> bool:
        return transmission.channel == self.door or transmission.partner in self.partners

    def told(self, trace: Trace) -> Trace:
        """A trace of its own, without what a gateway's arrival holds of partners that are not its any more, and in the
        same words for a sender that nobody knows and one that is another's: who trades here is told to nobody."""
        own = [document for document in trace.documents if self._may_see(document.partner)]
        interchanges = [_worded(one) for one in trace.interchanges if one.partner is None or self._may_see(one.partner)]
        ids = {one.id for one in interchanges}
        answers = [answer for answer in trace.acknowledgments if answer.interchange_id in ids]
        transmission = trace.transmission
        if transmission.reason in {one.reason for one in trace.interchanges if _is_of_sender(one)}:
            transmission = transmission._replace(reason=NOT_OURS)
        return replace(
            trace, transmission=transmission, documents=own, interchanges=interchanges, acknowledgments=answers
        )

    def _may_see(self, partner: str) -> bool:
        return self.principal.kind == "system" or partner in self.partners


def _is_of_sender(interchange: StoredInterchange) -> bool:
    return any(_code(finding) in (UNKNOWN_SENDER, FOREIGN_SENDER) for finding in interchange.findings)


def _worded(interchange: StoredInterchange) -> StoredInterchange:
    if not _is_of_sender(interchange):
        return interchange
    told = [
        _sender_finding(finding) if _code(finding) in (UNKNOWN_SENDER, FOREIGN_SENDER) else finding
        for finding in interchange.findings
    ]
    return interchange._replace(findings=told, reason=NOT_OURS)


def _code(finding: dict[str, Any]) -> object:
    return finding.get("code")


def _sender_finding(finding: dict[str, Any]) -> dict[str, Any]:
    fix = "Send with an interchange id that was agreed, or ask whom this credential sends for."
    return {
        "code": UNKNOWN_SENDER,
        "severity": finding.get("severity"),
        "locator": finding.get("locator"),
        "message": NOT_OURS,
        "value": finding.get("value"),
        "fix": fix,
    }
