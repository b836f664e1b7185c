"""The scan by which unpack decides: the stored bytes of arrivals → what they hold, read by a child process."""

from __future__ import annotations

from collections.abc import Sequence

from hub.pipeline.partner_rules import Rules
from hub.pipeline.poison import Fault, Scanning
from hub.pipeline.work import Work, step
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store.inbound import tries
from hub.store.schema.records import Transmission
from hub.store.traffic import transmissions
from hub.store.trail import events, work_items


class Reading:
    """Claimed arrivals that are read once it has begun, while the caller goes on; to be closed. ``rules`` are those
    that are known of partners, and become more."""

    def __init__(self, services: HubServices, claimed: Sequence[Transmission], rules: dict[str, Rules]) -> None:
        self._services = services
        self._works = [_opened(services, transmission, rules) for transmission in claimed]
        self._wanted = [work for work in self._works if not work.stands_alone()]
        self._scanning = Scanning(services, self._wanted)

    def begin(self, *, patient: bool = True) -> bool:
        """Whether it has begun; see ``Computation.begin``."""
        return self._scanning.begin(patient=patient)

    def close(self) -> None:
        self._scanning.close()

    def works(self) -> list[Work]:
        """Those that were read, in their order, when all are done. What cannot be read, for a fault of ours, is put
        aside."""
        with step(self._services, "unpack", self._works):
            for work, scanned in zip(self._wanted, self._scanning.results(), strict=True):
                if isinstance(scanned, Fault):
                    quarantine(self._services, work.transmission, scanned.reason)
                else:
                    work.scanned = scanned
        return [work for work in self._works if work.scanned is not None]


def _opened(services: HubServices, transmission: Transmission, rules: dict[str, Rules]) -> Work:
    body = transmissions.located(services.store, transmission)
    begun = transmission.status == ArrivalStatus.PROCESSING
    version = transmission.profile_version if begun else None
    return Work(services, transmission, services.catalog(), body, known_rules=rules, version=version)


def quarantine(services: HubServices, transmission: Transmission, reason: str) -> None:
    """Puts an arrival aside that could not be worked at all, for a fault of ours or of the disk: its neighbours go
    on."""
    now = services.clock()
    with services.store.begin() as tx:
        current = transmissions.get(tx, transmission.id)
        if current is None or current.fence != transmission.fence:
            return
        transmissions.fenced_update(tx, current, status=ArrivalStatus.QUARANTINED, reason=reason, finished_at=now)
        tries.forget(tx, transmission.id)
        key = f"quarantine:{transmission.id}"
        work_items.raise_item(tx, "quarantine", key, transmission.partner, reason, [transmission.id], now)
        events.record(
            tx,
            "transmission.quarantined",
            transmission.id,
            transmission_id=transmission.id,
            partner=transmission.partner,
            data={"channel": transmission.channel, "reason": reason},
            now=now,
        )
