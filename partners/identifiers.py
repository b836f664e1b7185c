"""Who is it? Finds the partner behind an identifier of an envelope or a number that the ERP uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from partners.profile import TradingPartner, interchange_key


@dataclass(frozen=True, slots=True)
class OwnerConflict:
    """An identifier that more than one partner claims; it finds none of them."""

    qualifier: str
    id: str
    partners: tuple[str, ...]


class Directory:
    """The partners by every name they have. Ids are compared without padding and letter case (see
    ``interchange_key``)."""

    def __init__(self, profiles: Iterable[TradingPartner]) -> None:
        self._by_key: dict[str, TradingPartner] = {}
        claims: dict[tuple[str, str], dict[str, TradingPartner]] = {}
        for profile in profiles:
            self._by_key[profile.partner] = profile
            for name in _names(profile):
                claims.setdefault(name, {})[profile.partner] = profile
        self._by_identifier = {name: next(iter(owners.values())) for name, owners in claims.items() if len(owners) == 1}
        self.owner_conflicts = tuple(
            OwnerConflict(*name, tuple(owners)) for name, owners in claims.items() if len(owners) > 1
        )

    def by_name(self, partner: str) -> TradingPartner | None:
        """By the profile's own key."""
        return self._by_key.get(partner)

    def by_identifier(self, qualifier: str, id: str) -> TradingPartner | None:
        """The only owner of an ISA qualifier and id, alias or not; None when nobody or more than one has it."""
        return self._by_identifier.get(interchange_key(qualifier, id))

    def by_alias(self, id: str, qualifier: str = "") -> TradingPartner | None:
        """By a number that documents or the ERP use: the partner's key, or an alias with that qualifier (none for a
        plain vendor number)."""
        return self._by_identifier.get(interchange_key(qualifier, id)) or self._by_key.get(id.strip().lower())


def _names(profile: TradingPartner) -> Iterable[tuple[str, str]]:
    for identifier in profile.identifiers:
        yield interchange_key(identifier.qualifier, identifier.id)
    for alias in profile.aliases:
        yield interchange_key(alias.qualifier, alias.id)
