"""What a guide or a sample is about: one transaction set with one partner, under what is agreed with it."""

from __future__ import annotations

from dataclasses import dataclass

from channels.x12.envelope import PartyId, Separators
from channels.x12.guide import Guide
from channels.x12.sample import Sample, sample
from channels.x12.sets import DOCUMENT_OF
from channels.x12.standards import tables
from channels.x12.standards.tables import functional_identifiers
from channels.x12.writing.writer import (
    CONTROL_NUMBER_LIMIT,
    GroupHeader,
    InterchangeHeader,
    Lines,
    TransactionSet,
    interchange_version,
    write,
)
from partners.agreement import Direction, DocumentAgreement
from partners.profile import Identifier, Role, TradingPartner


@dataclass(frozen=True, slots=True)
class Subject:
    """``ours`` is the identity the partner knows us by. Without an agreement on the set, what the partner's profile
    says of X12 in general holds, and there is no guide."""

    partner: TradingPartner
    ours: Identifier
    our_name: str
    set_type: str
    direction: Direction
    release: str
    agreement: DocumentAgreement | None

    @property
    def guide(self) -> Guide | None:
        return self.agreement.guide if self.agreement else None

    @property
    def theirs(self) -> Identifier:
        return self.partner.identifiers[0] if self.partner.identifiers else Identifier(qualifier="ZZ", id="YOURID")

    @property
    def sender(self) -> Identifier:
        return self.theirs if self.direction is Direction.INBOUND else self.ours

    @property
    def receiver(self) -> Identifier:
        return self.ours if self.direction is Direction.INBOUND else self.theirs

    @property
    def separators(self) -> Separators:
        return self.partner.x12.separators.chosen


def subject(
    partner: TradingPartner, ours: Identifier, set_type: str, release: str | None = None, our_name: str = ""
) -> Subject:
    """``release`` overrides the agreed one. Raises UnsupportedSetError for a set that the release does not have."""
    found = [a for a in partner.documents if a.type == DOCUMENT_OF.get(set_type)]
    agreement = next((a for a in found if a.guide is not None), found[0] if found else None)
    chosen = release or (agreement.release if agreement else None) or partner.x12.release
    tables.set_table(tables.nearest_release(chosen), set_type)
    direction = agreement.direction if agreement else Direction.INBOUND
    return Subject(partner, ours, our_name or ours.id, set_type, direction, chosen, agreement)


def samples(about: Subject, *, seed: int = 0, count: int = 1, lines: int = 2) -> list[Sample]:
    """``count`` different documents, the same for the same seed."""
    supplier = about.partner.role is Role.SUPPLIER
    buyer, seller = (about.our_name, about.partner.name) if supplier else (about.partner.name, about.our_name)
    return [
        sample(
            about.set_type,
            about.release,
            about.guide,
            seed=seed + number,
            lines=lines,
            buyer=buyer,
            seller=seller,
            separators=about.separators,
        )
        for number in range(count)
    ]


def interchange(about: Subject, documents: list[Sample], seed: int = 0, line_wrap: bool = True) -> bytes:
    """One interchange with one group of the documents, marked as test traffic (ISA15 = T). Raises PayloadError when an
    identifier of the profile does not fit the envelope."""
    number, created = seed % CONTROL_NUMBER_LIMIT + 1, documents[0].created
    header = InterchangeHeader(
        sender=PartyId(about.sender.qualifier, about.sender.id),
        receiver=PartyId(about.receiver.qualifier, about.receiver.id),
        control_number=number,
        created=created,
        version=interchange_version(about.release),
        usage_indicator="T",
        separators=about.separators,
        lines=Lines("segment" if line_wrap and about.separators.segment not in "\r\n" else "none"),
    )
    group = GroupHeader(
        functional_identifier=functional_identifiers()[about.set_type],
        sender=about.sender.application_code,
        receiver=about.receiver.application_code,
        control_number=number,
        created=created,
        release=about.release,
    )
    sets = [TransactionSet(about.set_type, at, document.body) for at, document in enumerate(documents, 1)]
    return write(header, [(group, sets)])
