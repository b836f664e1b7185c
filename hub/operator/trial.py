"""What a profile would make of a document before it is put in force."""

from __future__ import annotations

from dataclasses import replace

from canonical.document import DocumentType
from channels.channel import Codec
from channels.errors import PayloadError
from channels.x12.sets import SET_OF
from channels.x12.standards.tables import UnsupportedSetError
from hub.catalog import Catalog
from hub.channel_names import channel_id
from hub.errors import OperationRefused
from hub.guides.subject import interchange, samples, subject
from hub.pipeline.rehearse import LIMIT_BYTES, Rehearsal, rehearse
from hub.services import HubServices
from partners.agreement import Direction
from partners.pinned import Pinned
from partners.profile import TradingPartner

DRAFT = 2**31 - 1
"""Stands for the version that the profile does not have yet; PostgreSQL's integers end there."""


def documents_to_try(profile: TradingPartner) -> list[DocumentType]:
    """What the partner sends, as agreed."""
    return [one.type for one in profile.documents if one.direction is Direction.INBOUND]


def try_document(services: HubServices, profile: TradingPartner, kind: DocumentType, body: bytes) -> Rehearsal:
    """What would become of a document of this kind if the profile were in force; of an example where ``body`` is empty.
    Nothing is stored. Raises OperationRefused."""
    if len(body) > LIMIT_BYTES:
        raise OperationRefused(f"A trial takes at most {LIMIT_BYTES:,} bytes.")
    agreement = profile.agreement(kind, Direction.INBOUND)
    channel = profile.channel(agreement.channel) if agreement is not None else None
    if channel is None:
        raise OperationRefused(f"The profile agrees no {kind.replace('_', ' ')} from this partner.")
    if not body and (channel.codec is not Codec.X12 or kind not in SET_OF):
        raise OperationRefused("There is no example in this form: paste a document of the partner's.")
    return rehearse(
        services,
        channel_id(profile, channel),
        profile.partner,
        channel.codec,
        body or _example(services, profile, SET_OF[kind]),
        "trial",
        catalog=_with(services.catalog(), profile),
    )


def _example(services: HubServices, profile: TradingPartner, set_type: str) -> bytes:
    """A document as this partner would send it."""
    try:
        about = replace(
            subject(profile, services.catalog().our_identity(profile), set_type), direction=Direction.INBOUND
        )
        made = interchange(about, samples(about), services.clock().toordinal())
    except (UnsupportedSetError, PayloadError) as error:
        raise OperationRefused(f"There is no example of {set_type}: {error.detail}.") from error
    usage = profile.usage_indicator.indicator.encode()
    at = made.index(b"*T*")  # an example is marked as a test; asked is what the partner's own traffic comes to
    return made[: at + 1] + usage + made[at + 2 :]


def _with(catalog: Catalog, profile: TradingPartner) -> Catalog:
    """The configuration as it would be."""
    profiles = {**catalog.profiles, profile.partner: Pinned(profile, DRAFT)}
    return replace(catalog, profiles=profiles, fingerprint=(*catalog.fingerprint, (profile.partner, DRAFT)))
