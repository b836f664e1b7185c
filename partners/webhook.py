"""Whom the hub notifies of what happens, as a partner's profile or hub.yaml names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from channels.channel import Located, Remote, refuse_inconsistent, repeated
from channels.rest.access import HttpAccess
from channels.rest.url import Url, remote
from channels.sending import Sending

EVENTS: dict[str, str] = {
    "transmission.received": "stored, and not worked yet",
    "transmission.processed": "every document in it has an outcome",
    "transmission.rejected": "it could not be read, or was refused as a whole",
    "transmission.quarantined": "a person looks at it first",
    "transmission.duplicate": "the same content came before",
    "document.routed": "it goes to the systems that need it",
    "document.unrouted": "nobody takes documents of its kind",
    "document.held": "a check holds it for a person",
    "document.rejected": "it was refused, and the sender is told why",
    "document.quarantined": "the hub failed on it; a person looks at it",
    "document.duplicate": "the same business document came before",
    "document.reconciled": "an acknowledgment that closed what it names",
    "document.orphan": "an acknowledgment of something that the hub never sent",
    "acknowledgment.made": "the answer to what was received was made",
    "delivery.composed": "its bytes are fixed and on their way",
    "delivery.awaiting": "handed over, and not confirmed yet",
    "delivery.delivered": "the other side took it",
    "delivery.fetched": "it was fetched",
    "delivery.acknowledged": "it was acknowledged",
    "delivery.refused": "it was refused by an acknowledgment",
    "delivery.dead": "it could not be delivered: a dead letter",
    "delivery.resent": "the same bytes are sent again",
    "delivery.given_up": "a person decided against delivering it",
}
"""Type of event, and what has happened."""


def _known(value: str) -> str:
    if value not in EVENTS and value not in {f"{kind.partition('.')[0]}.*" for kind in EVENTS}:
        raise ValueError(f"there is no event {value}; there are transmission.*, document.*, delivery.* and the like")
    return value


EventName = Annotated[str, StringConstraints(max_length=60), AfterValidator(_known)]
"""One of EVENTS, or all of a kind, such as ``delivery.*``."""


def repeated_webhooks(webhooks: Sequence[Webhook]) -> Iterator[Located]:
    """Those whose name another has already."""
    for index, name in repeated(webhook.name for webhook in webhooks):
        yield ("webhooks", index, "name"), f"a webhook named {name} stands above already"


class Webhook(Sending, HttpAccess):
    """An endpoint of its owner that is posted a signed notification of each event it asks for."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,19}$")]
    url: Url
    events: tuple[EventName, ...] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.secret is None:
            refuse_inconsistent([(("secret",), "notifications are signed: it needs the key, as a reference")])
        return self

    def wants(self, kind: str) -> bool:
        return kind in EVENTS and (kind in self.events or f"{kind.partition('.')[0]}.*" in self.events)

    def called(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield ("url",), self.url
        yield from HttpAccess.called(self)

    def remotes(self) -> dict[tuple[str | int, ...], Remote]:
        """The servers that it names, by the path of the setting."""
        return {path: remote(url) for path, url in self.called()}
