"""Who is it? Finds the partner behind an identifier of an envelope."""

from __future__ import annotations

from collections.abc import Iterable

from partners.profile import TradingPartner, interchange_key


class Directory:
    """The partners by their identifiers and aliases. Ids are compared without padding and letter case (see
    ``interchange_key``)."""

    def __init__(self, profiles: Iterable[TradingPartner]) -> None:
        claims: dict[tuple[str, str], dict[str, TradingPartner]] = {}
        for profile in profiles:
            for name in _names(profile):
                claims.setdefault(name, {})[profile.partner] = profile
        self._by_identifier = {name: next(iter(owners.values())) for name, owners in claims.items() if len(owners) == 1}

    def by_identifier(self, qualifier: str, id: str) -> TradingPartner | None:
        """The only owner of an ISA qualifier and id, alias or not; None when nobody or more than one has it."""
        return self._by_identifier.get(interchange_key(qualifier, id))


def _names(profile: TradingPartner) -> Iterable[tuple[str, str]]:
    for identifier in profile.identifiers:
        yield interchange_key(identifier.qualifier, identifier.id)
    for alias in profile.aliases:
        yield interchange_key(alias.qualifier, alias.id)
