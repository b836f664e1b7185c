"""The configuration in force: the applied version of every profile and of hub.yaml, read from the store.

The store's applied version is the truth. A catalog is a value: it never changes; a change in the store makes a new one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from channels.channel import ChannelSettings, Usage
from channels.offered import Offered
from channels.sending import Sending
from hub.channel_names import CHANNEL_PREFIX as CHANNEL_PREFIX
from hub.channel_names import channel_id as channel_id
from hub.settings import (
    GatewaySettings,
    HubSettings,
    Identity,
    OutboxTarget,
    SystemSettings,
    confirming_system,
    load_settings_text,
)
from hub.store.configuration import configurations, crosswalks
from hub.store.schema.records import CrosswalkRow
from hub.store.store import Tx
from hub.webhooks import Endpoint, endpoints
from partners.crosswalk import Crosswalk
from partners.identifiers import Directory
from partners.loader import load_profile_text
from partners.pinned import Pinned
from partners.profile import TradingPartner

log = logging.getLogger(__name__)

INGEST_CHANNEL = "ingest"
"""The operator's own door, shared by all partners: each interchange's ISA names the partner."""

_DEFAULTS = Sending()

SYSTEM_DOOR = "system"
"""Channels of our own ERP and WMS are called ``system/<key>``."""

GATEWAY_DOOR = "gateway"
"""Channels of gateways are called ``gateway/<key>``."""


UNCONFIGURED = HubSettings(identities=(Identity(key="hub", qualifier="ZZ", id="SUPPLIERHUB", default=True),))
"""In force until a hub.yaml is applied: no targets, no routes."""


@dataclass(frozen=True)
class Entries:
    """The rows of a partner's crosswalk, and the revision that they are."""

    rows: tuple[CrosswalkRow, ...]
    revision: int
    _crosswalks: dict[int, Crosswalk] = field(default_factory=dict, repr=False, compare=False)

    def crosswalk(self, pinned: Pinned) -> Crosswalk:
        """As a version of the profile uses them."""
        made = self._crosswalks.get(pinned.version)
        if made is None:
            made = self._crosswalks[pinned.version] = Crosswalk(self.rows, pinned.partner, revision=self.revision)
        return made


CROSSWALKS = 64
"""Partners whose rows are kept in memory."""


@dataclass(frozen=True)
class Catalog:
    """Everything configured, at one moment."""

    settings: HubSettings
    settings_version: int
    profiles: Mapping[str, Pinned]
    fingerprint: tuple[tuple[str, int], ...]
    """The applied versions it was made of: changes whenever any of them does."""
    _entries: dict[str, Entries] = field(default_factory=dict, repr=False, compare=False)

    @property
    def lease(self) -> timedelta:
        """How long a claim lasts that nobody renews."""
        return timedelta(seconds=self.settings.nodes.lease_seconds)

    @cached_property
    def directory(self) -> Directory:
        return Directory([pinned.partner for pinned in self.profiles.values()])

    def identity_of(self, qualifier: str, identifier: str) -> Identity | None:
        """Our identity that an interchange addresses, or None when it is not meant for us."""
        return next((i for i in self.settings.identities if i.answers_to(qualifier, identifier)), None)

    def our_identity(self, partner: TradingPartner) -> Identity:
        """The identity this partner knows us by."""
        return self.settings.identity(partner.x12.identity)

    def system_of(self, channel: str) -> SystemSettings | None:
        """The ERP or WMS that a door belongs to, or None for a partner's channel."""
        prefix, _, key = channel.partition("/")
        return next((s for s in self.settings.systems if s.key == key), None) if prefix == SYSTEM_DOOR else None

    def entries(self, tx: Tx, partner: str) -> Entries:
        """The partner's crosswalk as it is now. Its rows are read when it has changed since they last were: there may
        be many, and every document asks."""
        revision, known = crosswalks.revision(tx, partner), self._entries.get(partner)
        if known is None or known.revision != revision:
            if len(self._entries) >= CROSSWALKS:
                self._entries.clear()
            known = self._entries[partner] = Entries(tuple(crosswalks.rows(tx, partner)), revision)
        return known

    def gateway_of(self, channel: str) -> GatewaySettings | None:
        """The gateway that a door belongs to, or None."""
        prefix, _, key = channel.partition("/")
        return next((g for g in self.settings.gateways if g.key == key), None) if prefix == GATEWAY_DOOR else None

    def system_of_target(self, target: str) -> str | None:
        """The system that a target belongs to: the one that confirms for it, else the one of its own name."""
        settings = self.settings.target(target)
        named = (confirming_system(settings) if settings else None) or target
        return named if any(system.key == named for system in self.settings.systems) else None

    def fetched_by(self, system: str) -> list[str]:
        """The targets of hub.yaml whose documents this system comes for."""
        targets = self.settings.targets
        return [target.key for target in targets if isinstance(target, OutboxTarget) and target.system == system]

    @cached_property
    def offered(self) -> Mapping[str, Offered]:
        """Every target and channel that comes for its documents, as deliveries name them."""
        named: dict[str, object] = {target.key: target for target in self.settings.targets}
        named |= {CHANNEL_PREFIX + channel_id(pinned.partner, channel): channel for pinned, channel in self.channels()}
        return {target: settings for target, settings in named.items() if isinstance(settings, Offered)}

    def channels(self) -> list[tuple[Pinned, ChannelSettings]]:
        """Every channel of every partner, in a stable order."""
        return [(pinned, channel) for _, pinned in sorted(self.profiles.items()) for channel in pinned.partner.channels]

    @cached_property
    def channels_by_id(self) -> Mapping[str, list[tuple[Pinned, ChannelSettings]]]:
        """The same by their ids: a shared channel has several partners. Every arrival asks."""
        named: dict[str, list[tuple[Pinned, ChannelSettings]]] = {}
        for pinned, channel in self.channels():
            named.setdefault(channel_id(pinned.partner, channel), []).append((pinned, channel))
        return named

    def sending(self, target: str) -> Sending:
        """How a delivery's target wants to be sent to; the defaults when it is configured no more."""
        return self.sendings.get(target, _DEFAULTS)

    @cached_property
    def sendings(self) -> Mapping[str, Sending]:
        """Every target of hub.yaml, and every channel that sends by a way of its own, as deliveries name them."""
        named: dict[str, Sending] = {target.key: target for target in self.settings.targets}
        for pinned, channel in self.channels():
            if channel.sends:
                named[CHANNEL_PREFIX + channel_id(pinned.partner, channel)] = _sending(channel)
        return named | {target: endpoint.settings for target, endpoint in self.endpoints.items()}

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Every webhook, by the target that its notifications have."""
        return {endpoint.target: endpoint for endpoint in endpoints(self.settings, self.profiles.values())}

    def partners_of_channel(self, channel: str) -> frozenset[str]:
        """The partners whose documents a channel may carry: all for the operator's door, a gateway's own, those that
        name it for a shared one, else its owner."""
        if channel == INGEST_CHANNEL:
            return frozenset(self.profiles)
        if (gateway := self.gateway_of(channel)) is not None:
            return frozenset(gateway.partners)
        return frozenset(pinned.key for pinned, _ in self.channels_by_id.get(channel, ()))


def _sending(channel: object) -> Sending:
    return channel if isinstance(channel, Sending) else _DEFAULTS


def channel_usage(catalog: Catalog, channel: str) -> Usage:
    """Test when the channel is in test: whatever comes through it is test traffic (promise 10)."""
    if (gateway := catalog.gateway_of(channel)) is not None:
        return gateway.usage
    usages = [settings.usage for _, settings in catalog.channels_by_id.get(channel, ())]
    return Usage.TEST if Usage.TEST in usages else Usage.PRODUCTION


def names_partner(channel: str) -> bool:
    """Whether a canonical document that comes through a door says beside itself whose it is."""
    return channel.partition("/")[0] in (SYSTEM_DOOR, GATEWAY_DOOR)


def names(catalog: Catalog) -> frozenset[str]:
    """Everything that documents come from or go to, by the names that the store has for it."""
    channels = [channel_id(pinned.partner, channel) for pinned, channel in catalog.channels()]
    targets = [
        *(target.key for target in catalog.settings.targets),
        *(CHANNEL_PREFIX + name for name in channels),
        *catalog.endpoints,
    ]
    systems = [f"{SYSTEM_DOOR}/{system.key}" for system in catalog.settings.systems]
    gateways = [f"{GATEWAY_DOOR}/{gateway.key}" for gateway in catalog.settings.gateways]
    return frozenset((*catalog.profiles, *channels, *targets, *systems, *gateways, INGEST_CHANNEL))


def load_catalog(tx: Tx, known: Catalog | None = None) -> Catalog:
    """The catalog in force; ``known`` itself when nothing was applied since.

    What was applied has been validated, so a profile that does not load was applied under other rules: its partner is
    left out, and told of in the log, while all others go on. Raises ConfigurationError for hub.yaml."""
    version = configurations.versions(tx, "hub").get("hub", 0)
    fingerprint = (("", version), *sorted(configurations.versions(tx, "partner").items()))
    if known is not None and known.fingerprint == fingerprint:
        return known
    applied = configurations.current(tx, "hub", "hub")
    rows = configurations.all_current(tx, "partner")
    settings = load_settings_text(applied.text, "hub.yaml").require() if applied else UNCONFIGURED
    profiles: dict[str, Pinned] = {}
    for row in rows:
        read = load_profile_text(row.text, f"{row.key}.yaml")
        if read.value is None:
            log.error("version %s of profile %s does not load: %s", row.version, row.key, read.problems[0].message)
        else:
            profiles[row.key] = Pinned(read.value, row.version)
    return Catalog(settings, version, profiles, fingerprint)


def load_pinned(tx: Tx, partner: str, version: int) -> Pinned | None:
    """A profile as of one version, for work that was pinned to it; None when there is no such version."""
    row = configurations.version(tx, "partner", partner, version)
    return Pinned(load_profile_text(row.text, f"{partner}.yaml").require(), row.version) if row else None
