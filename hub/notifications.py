"""What the webhooks of one principal were notified of, and asking for it again."""

from __future__ import annotations

from dataclasses import dataclass

from hub.channel_names import WEBHOOKS
from hub.operator import operations
from hub.pipeline.rehearse import note_dry_run
from hub.pipeline.replay import Decision
from hub.principal import Principal
from hub.services import HubServices
from hub.store.outbound import notifications
from hub.store.schema.records import StoredAttempt, Transmission
from hub.store.traffic import deliveries, transmissions
from hub.webhooks import target_of


@dataclass(frozen=True, slots=True)
class Notification:
    """One departure to a webhook, and each attempt to send it."""

    departure: Transmission
    attempts: tuple[StoredAttempt, ...]
    webhook: str


class OwnNotifications:
    """Bound to one principal: nobody sees, or has sent again, what another was notified of."""

    def __init__(self, services: HubServices, principal: Principal) -> None:
        self._services = services
        self._principal = principal
        self._prefix = target_of(principal, "")

    def recent(self, before: int, limit: int) -> list[Notification]:
        """Newest first, from before a number on; of the webhooks that are configured now."""
        endpoints = self._services.catalog().endpoints.values()
        targets = [endpoint.target for endpoint in endpoints if endpoint.owner == self._principal]
        with self._services.store.read() as tx:
            found = notifications.recent(tx, targets, before, limit) if targets else []
            return [self._told(one, tuple(deliveries.attempts_of(tx, one.id))) for one in found]

    def redeliver(self, id: str, reason: str, *, dry_run: bool = False) -> Notification | None:
        """The same bytes under the same key are due again; None for an id that is none of this principal's. Raises
        OperationRefused for what cannot be sent, with the reason."""
        with self._services.store.read() as tx:
            departure = transmissions.get(tx, id)
        if departure is None or departure.channel != WEBHOOKS or not (departure.target or "").startswith(self._prefix):
            return None
        with self._services.store.begin(keep=not dry_run) as tx:
            operations.resend_one(tx, id, Decision(reason, str(self._principal)), self._services.clock())
            found = transmissions.get(tx, id)
            attempts = tuple(deliveries.attempts_of(tx, id))
        if dry_run:
            looked_at = {"operation": "redeliver", "outcome": found.status if found else ""}
            note_dry_run(self._services, str(self._principal), id, departure.partner, looked_at)
        self._services.wake()
        return self._told(found, attempts) if found is not None else None

    def _told(self, departure: Transmission, attempts: tuple[StoredAttempt, ...]) -> Notification:
        return Notification(departure, attempts, (departure.target or "").removeprefix(self._prefix))
