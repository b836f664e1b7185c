"""A profile at one version: what everything about one transmission follows, whatever is applied meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from channels.x12.judge import LENIENT, STRICT, Policy
from partners.profile import TradingPartner


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

    @property
    def usage_letter(self) -> str:
        """ISA15 that this partner's interchanges are expected to carry."""
        return self.partner.usage_indicator.indicator
