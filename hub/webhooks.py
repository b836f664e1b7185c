"""Who is notified, and of whose events: a partner of its own only, a system of those of the partners it works with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from channels.networks import AllowedNetworks
from hub.channel_names import CHANNEL_PREFIX, WEBHOOK_PREFIX
from hub.principal import Principal
from hub.settings import EVERY, HubSettings
from partners.pinned import Pinned
from partners.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One webhook; ``partners`` are those whose events it may be told, all where it is None."""

    owner: Principal
    settings: Webhook
    networks: AllowedNetworks
    partners: frozenset[str] | None

    @property
    def target(self) -> str:
        return target_of(self.owner, self.settings.name)

    def is_told(self, kind: str, partner: str | None, delivered_to: str | None) -> bool:
        """``delivered_to`` is the target, where the event is one of a delivery. What becomes of a document inside of
        our house is not a partner's to know."""
        if partner is None or not self.settings.wants(kind):
            return False
        if self.partners is not None and partner not in self.partners:
            return False
        outside = delivered_to is None or delivered_to.startswith(CHANNEL_PREFIX)
        return self.owner.kind != "partner" or outside


def target_of(owner: Principal, name: str) -> str:
    return f"{WEBHOOK_PREFIX}{owner}/{name}"


def endpoints(settings: HubSettings, profiles: Iterable[Pinned]) -> Iterator[Endpoint]:
    """Every webhook of the configuration."""
    for pinned in profiles:
        for webhook in pinned.partner.webhooks:
            owner = Principal("partner", pinned.key)
            yield Endpoint(owner, webhook, settings.networks_of_partners, frozenset({pinned.key}))
    for system in settings.systems:
        partners = None if EVERY in system.partners else frozenset(system.partners)
        for hook in system.webhooks:
            yield Endpoint(Principal("system", system.key), hook, hook.networks, partners)
