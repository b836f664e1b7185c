"""What ends by a date is told of before: API keys, partners' keys to their mailboxes, and the certificates that a
channel, target or webhook trusts alone."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from channels.rest.access import HttpAccess
from channels.secret import SecretReference, SecretUnavailable
from channels.sftp.server.settings import MailboxSettings
from hub.catalog import Catalog, channel_id
from hub.services import HubServices
from hub.store.coordination import timers
from hub.store.people import access
from hub.store.schema.records import Timer
from hub.store.store import Tx
from hub.store.trail import work_items

KIND = "expiring"
DAYS = (30, 7, 1)
"""Before the end. Each is told once, also when a person has closed what was told before."""


@dataclass(frozen=True, slots=True)
class Ending:
    """``name`` is the same for as long as the thing is; ``what`` says in words what it is."""

    name: str
    what: str
    ends_at: datetime
    partner: str | None = None

    def stage(self, now: datetime) -> int | None:
        """The last of DAYS that has come; None before the first, and after the end, when whoever uses it is told."""
        left = self.ends_at - now
        reached = [days for days in DAYS if left <= timedelta(days=days)]
        return min(reached, default=None) if left > timedelta(0) else None


def warn(services: HubServices, timer: Timer) -> None:
    """A work item for each thing that ends within a month, another a week and a day before; closed when it was renewed
    or has ended. The timer knows what was told, so that what a person closed stays so. Raises StaleLease."""
    catalog, now = services.catalog(), services.clock()
    known = set((timer.payload or {}).get("told", ()))
    with services.store.read() as tx:
        ending = {_key(one, days): one for one in endings(tx, catalog) if (days := one.stage(now)) is not None}
        over = work_items.open_keys(tx, [KIND]) - ending.keys()
    if not over and known == ending.keys():
        return
    with services.store.begin() as tx:
        timers.hold(tx, timer)
        for key in sorted(ending.keys() - known):
            one = ending[key]
            summary = f"{one.what} ends {one.ends_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: renew it before."
            work_items.raise_item(tx, KIND, key, one.partner, summary, [], now)
        for key in over:
            work_items.close(tx, key, now)
        timers.note(tx, timer, {"told": sorted(ending)})


def endings(tx: Tx, catalog: Catalog) -> Iterator[Ending]:
    """Everything in use that has a date by which it ends."""
    for key in access.keys(tx):
        if key.expires_at is not None and key.revoked_at is None:
            partner = key.subject if key.kind == "partner" else None
            yield Ending(key.id, f"The access key {key.name} of {key.kind} {key.subject}", key.expires_at, partner)
    for pinned, channel in catalog.channels():
        if isinstance(channel, MailboxSettings):
            for place, signing in enumerate(channel.keys, 1):
                if signing.valid_until is not None:
                    what = f"Key {place} of the mailbox {channel.user} of {pinned.key}"
                    name = f"{channel_id(pinned.partner, channel)}:{signing.key.split()[1][-24:]}"
                    yield Ending(name, what, signing.valid_until, pinned.key)
    for name, partner, reference in _authorities(catalog):
        if (ends_at := _first_end(reference)) is not None:
            yield Ending(f"ca:{name}", f"A certificate that {name} trusts alone", ends_at, partner)


def _authorities(catalog: Catalog) -> Iterator[tuple[str, str | None, SecretReference]]:
    """By whom it is trusted, whose that is, and where it stands."""
    used: list[tuple[str, str | None, object]] = [(target.key, None, target) for target in catalog.settings.targets]
    for pinned, channel in catalog.channels():
        used.append((channel_id(pinned.partner, channel), pinned.key, channel))
    for endpoint in catalog.endpoints.values():
        partner = endpoint.owner.subject if endpoint.owner.kind == "partner" else None
        used.append((endpoint.target, partner, endpoint.settings))
    for name, partner, settings in used:
        if isinstance(settings, HttpAccess) and settings.ca is not None:
            yield name, partner, settings.ca


def _first_end(reference: SecretReference) -> datetime | None:
    """When the first of its certificates ends; None for what cannot be read, which connecting tells of."""
    try:
        trusted = ssl.create_default_context(cadata=reference.read().get_secret_value()).get_ca_certs()
    except (SecretUnavailable, ssl.SSLError, ValueError):
        return None
    ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in trusted if "notAfter" in one]
    return datetime.fromtimestamp(min(ends), UTC) if ends else None


def _key(one: Ending, days: int) -> str:
    return f"{KIND}:{one.name}:{one.ends_at:%Y%m%d}:{days}"[:300]
