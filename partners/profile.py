"""The profile of a trading partner: everything about a partner that is not code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from canonical.base import Code, Text
from canonical.document import DocumentType
from channels.channel import Codec, Key, Located, SettingsModel, TimeZone, Usage, refuse_inconsistent, repeated
from channels.sending import RateLimit
from channels.settings import Channel
from partners.agreement import Checks, Direction, DocumentAgreement
from partners.contact import Contact
from partners.duplicates import DuplicateSettings
from partners.mapping import PartnerMapping
from partners.retention import RetentionSettings
from partners.webhook import Webhook, repeated_webhooks
from partners.x12_settings import BatchSettings, X12Settings

InterchangeId = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{0,14}[\x21-\x7e]$")]
"""ISA06 or ISA08 without its padding: at most 15 printable characters."""
InterchangeQualifier = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}$")]
"""ISA05 or ISA07, e.g. ``01`` (D-U-N-S), ``12`` (telephone), ``ZZ`` (mutually defined)."""
ApplicationCode = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,14}[\x21-\x7e]$")]
"""GS02 or GS03."""


def interchange_key(qualifier: str, id: str) -> tuple[str, str]:
    """What tells one interchange id from another: ISA06 and ISA08 are padded with blanks to 15 characters, and senders
    do not agree on letter case, so neither counts."""
    return qualifier.strip().upper(), id.strip().upper()


class Role(StrEnum):
    SUPPLIER = "supplier"
    CUSTOMER = "customer"


class Identifier(SettingsModel):
    """A name in interchange envelopes. ``gs`` are the application codes; the first is the one we write, none means the
    interchange id itself."""

    qualifier: InterchangeQualifier
    id: InterchangeId
    gs: tuple[ApplicationCode, ...] = ()

    @property
    def application_code(self) -> str:
        """The code to write into GS02 or GS03."""
        return self.gs[0] if self.gs else self.id

    def answers_to(self, qualifier: str, id: str) -> bool:
        """Whether an envelope that says this means us; padding and letter case do not matter."""
        return interchange_key(self.qualifier, self.id) == interchange_key(qualifier, id)


class Alias(SettingsModel):
    """Another id of the partner: with an ISA qualifier one that its interchanges may carry, with an N103 qualifier or
    none a number that the ERP or the documents use for it, such as its vendor number."""

    id: Code
    qualifier: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{0,3}$")] = ""


class CrosswalkUse(StrEnum):
    OFF = "off"  # the list is not applied
    ON = "on"  # applied where it has an entry
    REQUIRED = "required"  # a value without an entry becomes a work item


class CrosswalkSettings(SettingsModel):
    """How each list of the partner's crosswalk is used."""

    item: CrosswalkUse = CrosswalkUse.ON
    unit: CrosswalkUse = CrosswalkUse.ON
    location: CrosswalkUse = CrosswalkUse.ON
    code: CrosswalkUse = CrosswalkUse.ON


def _batch_problem(agreement: DocumentAgreement, channel: Channel) -> str | None:
    if not isinstance(agreement.batch, BatchSettings):
        return None
    if agreement.direction is not Direction.OUTBOUND or agreement.type == DocumentType.FUNCTIONAL_ACKNOWLEDGMENT:
        return "only documents that leave gather in batches, and acknowledgments never wait"
    if agreement.batch.mixed and channel.codec is not Codec.X12:
        return "only X12 carries documents of several types in one file: leave mixed out"
    return None


RESERVED = frozenset({"gateway", "ingest", "shared", "system"})
"""What doors that are no partner's own are called: ``system/erp`` is never the channel ``erp`` of a partner."""


class TradingPartner(SettingsModel):
    """One partner. ``usage_indicator`` is the gravest use that its traffic may have: in ``test`` nothing of it reaches
    a production target, whatever its envelopes say."""

    partner: Key
    name: Text
    role: Role
    time_zone: TimeZone = "UTC"
    usage_indicator: Usage = Usage.TEST
    suspended: bool = Field(
        default=False, description="None of its credentials opens a door; what came before goes its way"
    )
    api_rate: RateLimit | None = Field(default=None, description="Requests to our API; hub.yaml's unless said")
    identifiers: tuple[Identifier, ...] = Field(default=(), description="The first is the one we address")
    aliases: tuple[Alias, ...] = ()
    contacts: tuple[Contact, ...] = Field(default=(), max_length=50, description="Whom one asks about what")
    x12: X12Settings = X12Settings()
    mappings: dict[Key, PartnerMapping] = Field(
        default_factory=dict,
        max_length=100,
        description="How files that are not X12 carry documents, by names of one's own",
    )
    channels: tuple[Channel, ...] = Field(min_length=1)
    documents: tuple[DocumentAgreement, ...] = Field(min_length=1)
    duplicates: DuplicateSettings = DuplicateSettings()
    crosswalk: CrosswalkSettings = CrosswalkSettings()
    checks: Checks = Field(default_factory=dict, description="Business checks: name and what a hit does")
    retention: RetentionSettings = Field(
        default=RetentionSettings(), description="Where what is stored of this partner is kept longer or shorter"
    )

    webhooks: tuple[Webhook, ...] = Field(default=(), max_length=20, description="Whom the partner has notified")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        webhooks = repeated_webhooks(self.webhooks)
        named = [*self._name_problems(), *self._channel_problems()]
        refuse_inconsistent([*named, *self._document_problems(), *webhooks])
        return self

    def _name_problems(self) -> Iterable[Located]:
        if self.partner in RESERVED:
            yield ("partner",), f"{self.partner} is what doors of the hub itself are called: choose another name"

    def _channel_problems(self) -> Iterable[Located]:
        for index, name in repeated(channel.name for channel in self.channels):
            yield ("channels", index, "name"), f"a channel named {name} stands above already"
        for index, channel in enumerate(self.channels):
            if channel.shared and channel.codec is Codec.JSON:
                yield ("channels", index, "shared"), "canonical documents do not tell whose they are: one channel each"
        if not self.identifiers and any(channel.codec is Codec.X12 for channel in self.channels):
            yield ("identifiers",), "a partner with an X12 channel needs at least one identifier"
        names = [
            *(interchange_key(identifier.qualifier, identifier.id) for identifier in self.identifiers),
            *(interchange_key(alias.qualifier, alias.id) for alias in self.aliases),
        ]
        own = len(self.identifiers)
        for index, entry in repeated(names):
            place = ("identifiers", index) if index < own else ("aliases", index - own)
            yield place, f"{' '.join(entry).strip()} is named twice"

    def _document_problems(self) -> Iterable[Located]:
        names = [channel.name for channel in self.channels]
        for index, agreement in enumerate(self.documents):
            channel = self.channel(agreement.channel)
            if channel is None:
                message = f"{agreement.channel} is none of the partner's channels ({', '.join(names)})"
                yield ("documents", index, "channel"), message
            elif agreement.direction is Direction.OUTBOUND and not channel.sends:
                yield ("documents", index, "channel"), f"channel {agreement.channel} cannot send"
            else:
                if (problem := _batch_problem(agreement, channel)) is not None:
                    yield ("documents", index, "batch"), problem
                yield from self._mapping_problems(index, agreement, channel)
        for index, (document, direction) in repeated((a.type, a.direction) for a in self.documents):
            yield ("documents", index), f"{direction} {document} is agreed above already"

    def _mapping_problems(self, index: int, agreement: DocumentAgreement, channel: Channel) -> Iterable[Located]:
        place = ("documents", index, "mapping")
        if channel.codec is not Codec.FILES:
            if agreement.mapping:
                yield place, f"channel {channel.name} carries {channel.codec.value}: a mapping reads codec: files"
            return
        outbound = agreement.direction is Direction.OUTBOUND
        if not agreement.mapping:
            yield place, f"channel {channel.name} carries files: say by which mapping"
        if outbound and len(agreement.mapping) > 1:
            yield place, "documents leave by one mapping"
        for name in agreement.mapping:
            mapping = self.mappings.get(name)
            if mapping is None:
                yield place, f"the profile has no mapping {name} ({', '.join(self.mappings) or 'it has none'})"
            elif mapping.document != agreement.type:
                yield place, f"mapping {name} is for documents of type {mapping.document}"
            elif outbound:
                yield from ((("mappings", name, *inner), told) for inner, told in mapping.outbound_problems())

    def agreement(self, document: DocumentType, direction: Direction) -> DocumentAgreement | None:
        """What is agreed about this document type in this direction, or None when nothing is."""
        return next((a for a in self.documents if a.type == document and a.direction == direction), None)

    def reading_by(self, channel: str | None = None) -> dict[str, PartnerMapping]:
        """The mappings by which files of a channel are read: those that are agreed for it, else all of them."""
        inbound = [agreement for agreement in self.documents if agreement.direction is Direction.INBOUND]
        own = [agreement for agreement in inbound if agreement.channel == channel and agreement.mapping]
        return {name: self.mappings[name] for agreement in own or inbound for name in agreement.mapping}

    def channel(self, name: str) -> Channel | None:
        """The channel of that name, or None."""
        return next((channel for channel in self.channels if channel.name == name), None)
