"""``hub.yaml``: our own identities, the ERP and WMS targets, our locations and the routes between them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, StringConstraints, model_validator

from canonical.base import Code, Text
from canonical.document import DocumentType
from channels.channel import Key, Located, Remote, SettingsModel, Usage, refuse_inconsistent, repeated
from channels.jetstream.settings import NatsSettings
from channels.networks import PUBLIC, AllowedNetworks
from channels.offered import Offered
from channels.rest.access import HttpAccess
from channels.rest.credentials import weakness
from channels.rest.success import Accepting, StatusQuestion, SuccessRule
from channels.rest.url import Url, remote
from channels.secret import SecretReference
from channels.sending import RateLimit, Sending
from channels.sftp.server.settings import SftpDoorSettings
from partners.agreement import Direction
from partners.loader import Known, Loaded, Read, load_profiles, read_file, read_model
from partners.problem import Problem, nearest
from partners.profile import Identifier
from partners.retention import RetentionSettings
from partners.webhook import Webhook, repeated_webhooks

EVERY = "*"
"""In a route: every partner, or every ship-to."""

WMS_OF_SHIP_TO = "wms-of-ship-to"
"""In a route's ``to``: the WMS target of the location that the document ships to."""


def _one_or_more(value: Any) -> Any:
    """``partners: "*"`` is short for ``partners: ["*"]``."""
    return [value] if isinstance(value, str) else value


KeyOrEvery = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,62})$")]
Selection = Annotated[tuple[KeyOrEvery, ...], Field(min_length=1), BeforeValidator(_one_or_more)]
Documents = Annotated[tuple[DocumentType, ...], Field(min_length=1), BeforeValidator(_one_or_more)]


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    AllowedNetworks.parse(value)
    return value


NetworkNames = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_networks)]


class Identity(Identifier):
    """One of our own names in interchange envelopes. Partners' profiles refer to it by ``key``."""

    key: Key
    default: bool = False


class TargetSettings(Sending):
    """What every target has, whichever way documents reach it."""

    key: Key
    usage: Usage = Usage.PRODUCTION
    on_dead_letter: Literal["block", "pass"] = Field(
        default="block", description="Whether later deliveries of the same purchase order wait behind a dead letter"
    )


class Confirmation(SettingsModel):
    """A target that answers at first that it will see, and says later whether it took a document."""

    statuses: tuple[Accepting, ...] = Field(default=(202,), min_length=1, description="Answers that say so")
    system: Key | None = Field(
        default=None, description="The system of hub.yaml whose key confirms or refuses, by the API"
    )
    status: StatusQuestion | None = Field(default=None, description="Where the hub asks instead, or as well")
    within_seconds: float = Field(default=3600.0, gt=0, le=30 * 86_400)
    overdue: Literal["resend", "raise"] = Field(
        default="resend", description="Whether it is sent again under the same key, or a person is asked"
    )

    @model_validator(mode="after")
    def _can_be_confirmed(self) -> Self:
        if self.system is None and self.status is None:
            refuse_inconsistent([((), "nobody could confirm: it needs system, status or both")])
        return self


class CalledByUs(HttpAccess):
    """Something of our own house that the hub calls: it may lie in networks that no partner's may."""

    url: Url
    allow_networks: NetworkNames = Field(
        default=(PUBLIC,),
        description="The only networks that the URL's host may be in: public, private, loopback or such as 10.1.0.0/16",
    )

    @property
    def networks(self) -> AllowedNetworks:
        return AllowedNetworks.parse(self.allow_networks)

    def called(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield ("url",), self.url
        yield from HttpAccess.called(self)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        servers = ((path, remote(url)) for path, url in self.called())
        found = ((path, self.networks.objection(one.host, encrypted=one.encrypted)) for path, one in servers)
        refuse_inconsistent((path, why) for path, why in found if why is not None)
        return self


class HttpTarget(TargetSettings, CalledByUs):
    """An ERP or WMS that takes canonical JSON by POST. A 2xx that meets ``success`` takes it; redirects are refused."""

    kind: Literal["http"]
    success: SuccessRule = SuccessRule()
    confirmation: Confirmation | None = None

    def called(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if self.confirmation is not None and self.confirmation.status is not None:
            yield ("confirmation", "status", "url"), self.confirmation.status.url
        yield from CalledByUs.called(self)


class SystemWebhook(CalledByUs, Webhook):
    """A webhook of a system: told of the partners that the system works with."""


class FileTarget(TargetSettings):
    """A folder that an ERP or WMS reads canonical JSON files from."""

    kind: Literal["file"]
    path: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class OutboxTarget(TargetSettings, Offered):
    """An ERP or WMS that comes for its documents: canonical JSON lies in its outbox, delivered once it confirms."""

    kind: Literal["outbox"]
    system: Key = Field(description="The system of hub.yaml whose key fetches and confirms, by the API")
    overdue_after_hours: float | None = Field(
        default=1.0, gt=0, le=8760, description="After so long without a confirmation a person is told; null: never"
    )


Target = Annotated[HttpTarget | FileTarget | OutboxTarget, Field(discriminator="kind")]


class LocationIdentifier(SettingsModel):
    """How documents name the location: N103 and N104 (``92`` our own number, ``9`` D-U-N-S+4, ``UL`` GLN)."""

    qualifier: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{0,3}$")] = ""
    id: Code


class Location(SettingsModel):
    """A place of ours that goods are shipped to, and the WMS that runs it."""

    key: Key
    name: Text | None = None
    identifiers: tuple[LocationIdentifier, ...] = Field(min_length=1)
    wms: Key | None = Field(default=None, description="The target that is told of shipments to this location")


class Route(SettingsModel):
    """Documents that match every condition go to every target in ``to``. Outbound documents go to the partner's own
    channel besides, as agreed in its profile."""

    documents: Documents
    direction: Direction = Direction.INBOUND
    partners: Selection = (EVERY,)
    ship_to: Selection = (EVERY,)
    to: Annotated[tuple[Key, ...], Field(min_length=1), BeforeValidator(_one_or_more)]


class WebSettings(SettingsModel):
    host: Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[0-9A-Za-z.:-]+$")] = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535, description="0 takes a free port")
    public_url: Url | None = Field(
        default=None, description="How browsers reach the console where a proxy ends their TLS"
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="Networks whose X-Forwarded-For is believed, such as 10.1.0.0/16; nobody else's is"
    )
    api_rate: RateLimit = Field(
        default=RateLimit(requests=6000, per="minute"),
        description="Requests of one partner, system or gateway to the API, unless its own entry says otherwise",
    )
    connections: int = Field(
        default=600, ge=10, le=100_000, description="Connections at one time on which nobody has signed in"
    )
    connections_per_address: int = Field(default=200, ge=1, le=100_000, description="The same, of one address")
    metrics_token: SecretReference | None = Field(
        default=None, description="Bearer token that lets other machines read /metrics; this one reads it without"
    )


class IntakeSettings(SettingsModel):
    """How much the doors take in. Above it the API answers 429, 503 or 507 with Retry-After, and files stay with their
    senders."""

    in_flight: int = Field(default=256, ge=1, le=100_000, description="Arrivals on their way in at one time")
    in_flight_bytes: int = Field(default=1_000_000_000, ge=1, description="Their bytes together")
    partner_in_flight: int = Field(default=64, ge=1, le=100_000, description="The same, of one partner")
    partner_in_flight_bytes: int = Field(default=400_000_000, ge=1, description="The same, of one partner")
    partner_backlog: int = Field(default=10_000, ge=1, description="Stored arrivals of one partner that are not worked")
    disk_floor_bytes: int = Field(default=256_000_000, ge=0, description="Bytes of the data directory's disk left free")


class SystemSettings(SettingsModel):
    """An ERP or WMS with a key to our API: which documents it posts, none unless said, and for which partners."""

    key: Key
    usage: Usage = Usage.PRODUCTION
    documents: Annotated[tuple[DocumentType, ...], BeforeValidator(_one_or_more)] = ()
    partners: Selection = (EVERY,)
    api_rate: RateLimit | None = None
    webhooks: tuple[SystemWebhook, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _webhooks_differ(self) -> Self:
        refuse_inconsistent(repeated_webhooks(self.webhooks))
        return self


class GatewaySettings(SettingsModel):
    """A VAN or a service provider that sends for several partners with credentials of its own. Whose an interchange is,
    its envelope says, within ``partners``; a canonical document names its partner."""

    key: Key
    usage: Usage = Usage.PRODUCTION
    partners: Annotated[tuple[Key, ...], Field(min_length=1)]
    api_rate: RateLimit | None = None


class ComputingSettings(SettingsModel):
    """The child processes of a node, as they are from its next start on."""

    children: int | None = Field(default=None, ge=1, le=64, description="One a processor, at most 4, unless said")
    seconds: float = Field(
        default=10.0, gt=0, le=600, description="Processor time for one document; each 100 kB of it add a second"
    )
    memory_megabytes: int = Field(default=1024, ge=256, le=65_536, description="Of one child")


class NodesSettings(SettingsModel):
    """What the nodes on one store agree on."""

    lease_seconds: float = Field(
        default=30.0, ge=2, le=600, description="Work of a node that shows no sign of life for so long is another's"
    )


class HubSettings(SettingsModel):
    """All of ``hub.yaml``. Partners' folders lie below ``folder_root``, itself relative to the data directory."""

    identities: tuple[Identity, ...] = ()
    targets: tuple[Target, ...] = ()
    locations: tuple[Location, ...] = ()
    routes: tuple[Route, ...] = ()
    systems: tuple[SystemSettings, ...] = ()
    gateways: tuple[GatewaySettings, ...] = ()
    web: WebSettings = WebSettings()
    sftp: SftpDoorSettings = SftpDoorSettings()
    retention: RetentionSettings = Field(
        default=RetentionSettings(), description="How many days what is stored is kept; nothing said, for ever"
    )
    intake: IntakeSettings = IntakeSettings()
    nats: NatsSettings | None = Field(default=None, description="Where events are relayed to, and documents come from")
    computing: ComputingSettings = ComputingSettings()
    nodes: NodesSettings = NodesSettings()
    partner_networks: NetworkNames = Field(
        default=(PUBLIC,),
        description="The only networks that partners' servers may be in, as in a target's allow_networks",
    )
    folder_root: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")] = (
        "folders"
    )

    @property
    def networks_of_partners(self) -> AllowedNetworks:
        return AllowedNetworks.parse(self.partner_networks, "hub.yaml's partner_networks")

    def objection_to_remote(self, server: Remote) -> str | None:
        """Why a partner's server must not be connected to, as far as the way its host is written tells."""
        return self.networks_of_partners.objection(server.host, encrypted=server.encrypted)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_inconsistent(
            [*self._repeated_names(), *self._identity_problems(), *self._unknown_names(), *self._unknown_senders()]
        )
        return self

    def _repeated_names(self) -> Iterable[Located]:
        named = {
            "identities": self.identities,
            "targets": self.targets,
            "locations": self.locations,
            "systems": self.systems,
            "gateways": self.gateways,
        }
        for field, entries in named.items():
            for index, key in repeated(entry.key for entry in entries):
                yield (field, index, "key"), f"{key} stands above already"
        owners: dict[tuple[str, str], str] = {}
        for index, location in enumerate(self.locations):
            for position, identifier in enumerate(location.identifiers):
                name = (identifier.qualifier, identifier.id)
                if name in owners:
                    place = ("locations", index, "identifiers", position)
                    yield place, f"{' '.join(name).strip()} belongs to location {owners[name]} already"
                owners.setdefault(name, location.key)

    def _identity_problems(self) -> Iterable[Located]:
        defaults = [index for index, identity in enumerate(self.identities) if identity.default]
        if len(self.identities) > 1 and not defaults:
            yield ("identities",), "of several identities one must say default: true"
        for index in defaults[1:]:
            yield ("identities", index, "default"), "only one identity can be the default"
        for index, name in repeated((i.qualifier, i.id.upper()) for i in self.identities):
            yield ("identities", index, "id"), f"{' '.join(name)} stands above already"

    def _unknown_names(self) -> Iterable[Located]:
        targets = {target.key for target in self.targets}
        locations = {location.key for location in self.locations}
        systems = {system.key for system in self.systems}
        for index, target in enumerate(self.targets):
            if target.key == WMS_OF_SHIP_TO:
                yield ("targets", index, "key"), f"{WMS_OF_SHIP_TO} has a meaning of its own in routes"
            confirmed_by = confirming_system(target)
            if confirmed_by is not None and confirmed_by not in systems:
                place = ("system",) if isinstance(target, OutboxTarget) else ("confirmation", "system")
                yield ("targets", index, *place), _no_such("system", confirmed_by, systems)
        for index, location in enumerate(self.locations):
            if location.wms is not None and location.wms not in targets:
                yield ("locations", index, "wms"), _no_such("target", location.wms, targets)
        for index, route in enumerate(self.routes):
            for position, name in enumerate(route.to):
                if name not in targets | {WMS_OF_SHIP_TO}:
                    yield ("routes", index, "to", position), _no_such("target", name, targets | {WMS_OF_SHIP_TO})
            for position, name in enumerate(route.ship_to):
                if name not in locations | {EVERY}:
                    yield ("routes", index, "ship_to", position), _no_such("location", name, locations)

    def _unknown_senders(self) -> Iterable[Located]:
        systems, gateways = {one.key for one in self.systems}, {one.key for one in self.gateways}
        for index, consumer in enumerate(self.nats.consumers if self.nats else ()):
            if consumer.system is not None and consumer.system not in systems:
                yield ("nats", "consumers", index, "system"), _no_such("system", consumer.system, systems)
            if consumer.gateway is not None and consumer.gateway not in gateways:
                yield ("nats", "consumers", index, "gateway"), _no_such("gateway", consumer.gateway, gateways)

    def identity(self, key: str | None = None) -> Identity:
        """The identity of that key, or the default one. Raises LookupError when there is none."""
        if key is None and len(self.identities) == 1:
            return self.identities[0]
        for identity in self.identities:
            if identity.default if key is None else identity.key == key:
                return identity
        raise LookupError(f"hub.yaml has no identity {key}" if key else "hub.yaml has no default identity")

    def target(self, key: str) -> Target | None:
        return next((target for target in self.targets if target.key == key), None)

    def location(self, qualifier: str, id: str) -> Location | None:
        """The location that a document names by this N103 and N104, or None."""
        wanted = LocationIdentifier.model_construct(qualifier=qualifier, id=id)
        return next((location for location in self.locations if wanted in location.identifiers), None)


def confirming_system(target: Target) -> str | None:
    """The system that says by the API what became of the target's documents."""
    if isinstance(target, OutboxTarget):
        return target.system
    return target.confirmation.system if isinstance(target, HttpTarget) and target.confirmation else None


def _no_such(kind: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {kind} {name}; there are: {', '.join(sorted(known)) or 'none'}"


def weak_keys(settings: HubSettings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Place and problem of every key that must not be used to sign, of those that can be read here."""
    for place, access in _signed(settings):
        for field, reference in access.signing_keys():
            if (why := weakness(reference)) is not None:
                yield (*place, field), f"must not be used to sign: {why}"


def _signed(settings: HubSettings) -> Iterator[tuple[tuple[str | int, ...], HttpAccess]]:
    for index, target in enumerate(settings.targets):
        if isinstance(target, HttpTarget):
            yield ("targets", index), target
    for index, system in enumerate(settings.systems):
        yield from ((("systems", index, "webhooks", place), hook) for place, hook in enumerate(system.webhooks))


def load_settings_text(content: bytes | str, source: str) -> Read[HubSettings]:
    """``hub.yaml``; every problem with its line. Never raises."""
    return read_model(HubSettings, content, source)


@dataclass(frozen=True)
class Configuration:
    """``hub.yaml`` and the profiles, read together; ``problems`` holds those of every file."""

    settings: Read[HubSettings] | None
    profiles: Loaded
    problems: tuple[Problem, ...]


def load_configuration(
    settings_path: Path | None, profile_paths: Iterable[Path], checks: Collection[str]
) -> Configuration:
    """Everything that ``hub partner check`` looks at: each file alone, then names that one file takes from another.
    ``checks`` are the names of the business checks. Without ``hub.yaml`` identities are not looked up."""
    settings, problems = _read_settings(settings_path) if settings_path else (None, [])
    hub = settings.value if settings else None
    identities = [identity.key for identity in hub.identities] if hub else None
    objection = hub.objection_to_remote if hub else None
    profiles = load_profiles(profile_paths, Known(checks, identities, objection, weakness))
    if settings and hub:
        for path, message in weak_keys(hub):
            settings.tree.report(path, message)
    if settings and hub and not profiles.problems:
        partners = [profile.partner for profile in profiles.profiles]
        for path, name in _partners_named(hub):
            if name not in partners:
                settings.tree.report(path, _no_such("partner", name, partners), fix=nearest(name, partners))
    problems += settings.problems if settings else ()
    return Configuration(settings, profiles, (*problems, *profiles.problems))


def _read_settings(path: Path) -> tuple[Read[HubSettings] | None, list[Problem]]:
    content = read_file(path)
    return (None, [content]) if isinstance(content, Problem) else (load_settings_text(content, str(path)), [])


def _partners_named(settings: HubSettings) -> Iterable[tuple[tuple[str | int, ...], str]]:
    places = {
        "routes": [route.partners for route in settings.routes],
        "systems": [system.partners for system in settings.systems],
        "gateways": [gateway.partners for gateway in settings.gateways],
    }
    for field, selections in places.items():
        for index, names in enumerate(selections):
            for position, name in enumerate(names):
                if name != EVERY:
                    yield (field, index, "partners", position), name
