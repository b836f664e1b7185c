"""A profile at one version: what everything about one transmission follows, whatever is applied meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from canonical.document import Document, DocumentType
from channels.channel import Codec
from channels.x12.judging.policy import LENIENT, STRICT, Policy
from channels.x12.writing.characters import CharacterSet
from channels.x12.writing.composing import Form
from channels.x12.writing.fitting import Rules
from partners.agreement import Direction, DocumentAgreement
from partners.profile import TradingPartner
from partners.x12_settings import BatchSettings


@dataclass(frozen=True)
class Pinned:
    """A profile as it was when a transmission was unpacked; everything about that transmission follows it."""

    partner: TradingPartner
    version: int

    @property
    def key(self) -> str:
        return self.partner.partner

    @property
    def lenient(self) -> bool:
        return self.partner.x12.policy == "lenient"

    @cached_property
    def policy(self) -> Policy:
        if not self.lenient:
            return STRICT
        return Policy(LENIENT.name, LENIENT.forgive | frozenset(self.partner.x12.forgive))

    def sending(self, document: Document) -> DocumentAgreement | None:
        """What is agreed with the partner about sending this document."""
        return self._sent.get(document.type)

    @cached_property
    def _sent(self) -> dict[str, DocumentAgreement]:
        outbound = (self.partner.agreement(kind, Direction.OUTBOUND) for kind in DocumentType)
        return {agreement.type: agreement for agreement in outbound if agreement}

    def batch(self, agreement: DocumentAgreement | None) -> BatchSettings | None:
        """How documents of an agreement gather; None when each leaves on its own."""
        own = agreement.batch if agreement else None
        if own is not None:
            return None if own == "none" else own
        channel = self.partner.channel(agreement.channel) if agreement else None
        return self.partner.x12.batch if channel is None or channel.codec is Codec.X12 else None

    def form(self, agreement: DocumentAgreement | None = None) -> Form:
        """How this partner wants what we write under an agreement. It is judged strictly: what the profile forgives by
        name is forgiven, except slips that only a sender could help; other alphabets are as agreed."""
        x12 = self.partner.x12
        agreed = {"X12-NON-ASCII"} if x12.character_set in (CharacterSet.UTF_8, CharacterSet.LATIN_1) else set()
        return Form(
            release=(agreement.release if agreement else None) or x12.release,
            version=x12.interchange_version or "",
            separators=x12.separators.chosen,
            lines=x12.lines.chosen,
            rules=Rules(x12.character_set, x12.transliterate, x12.unwritable, x12.replacement, x12.too_long),
            guide=agreement.guide if agreement else None,
            policy=Policy(STRICT.name, frozenset(x12.forgive) | agreed).for_sending(),
        )

    @property
    def usage_letter(self) -> str:
        """ISA15 that this partner's interchanges are expected to carry."""
        return self.partner.usage_indicator.indicator
