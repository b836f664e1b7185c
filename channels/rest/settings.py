"""Settings of a partner's API: where documents are posted, and how those that wait there are fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from channels.channel import Located, Remote, SettingsModel, refuse_inconsistent
from channels.expression import Expression
from channels.polled import Polled
from channels.rest.access import HttpAccess
from channels.rest.success import SuccessRule
from channels.rest.url import CursorUrl, IdUrl, Url, remote
from channels.sending import Sending


class Outbound(SettingsModel):
    """Where each departure is sent, one request for one."""

    url: Url
    method: Literal["POST", "PUT"] = "POST"
    success: SuccessRule = SuccessRule()


class Acknowledgment(SettingsModel):
    """How the partner is told that an item has been taken, once it is on disk."""

    method: Literal["DELETE", "POST", "PUT"] = "DELETE"
    url: IdUrl


class Inbound(SettingsModel):
    """What waits to be fetched: a ``list`` that names items, each fetched from ``item`` or written out in the list
    itself; or one ``url`` that answers the next document, or 204."""

    url: Url | None = None
    id_header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")] | None = Field(
        default=None, description="Of url's answer: names the document it holds; its content does unless said"
    )
    list: CursorUrl | None = None
    items: Expression = Field(default="@", description="Where the list's answer has its items")
    id: Expression = Field(default="id", description="In an item: its id, which never names other content")
    name: Expression | None = Field(default=None, description="In an item: its name, for people")
    size: Expression | None = Field(default=None, description="In an item: its bytes; what is fetched must have them")
    version: Expression | None = Field(
        default=None, description="In an item: its ETag, where an id may come to name other content"
    )
    next: Expression | None = Field(
        default=None, description="Where the list's answer has what stands for {cursor} in list, or the next page's URL"
    )
    item: IdUrl | None = None
    content: Expression | None = Field(
        default=None, description="Where the content is: in the answer of item, or in each item of the list"
    )
    encoding: Literal["text", "base64"] = Field(default="text", description="Of content that is a text")
    acknowledge: Acknowledgment | None = Field(
        default=None, description="Without it what was taken is noted, and not fetched again"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_inconsistent(self._problems())
        return self

    def _problems(self) -> Iterable[Located]:
        if (self.url is None) == (self.list is None):
            yield (), "it needs either list or url"
        if self.url is not None:
            for name in ("item", "content", "next"):
                if getattr(self, name) is not None:
                    yield (name,), "belongs to list"
        elif self.item is None and self.content is None:
            yield ("item",), "without it, content has to say where the list has it"
        if self.id_header is not None and self.url is None:
            yield ("id_header",), "belongs to url"
        if self.url is not None and self.acknowledge is not None and self.id_header is None:
            yield ("id_header",), "is needed to acknowledge what url answers"
        if self.list is not None and "{cursor}" in self.list and self.next is None:
            yield ("next",), "is needed to fill in {cursor}"

    def called(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for name in ("url", "list", "item"):
            if (url := getattr(self, name)) is not None:
                yield (name,), url
        if self.acknowledge is not None:
            yield ("acknowledge", "url"), self.acknowledge.url


class RestSettings(Polled, Sending, HttpAccess):
    """A partner's API, which we call."""

    kind: Literal["rest"]
    inbound: Inbound | None = None
    outbound: Outbound | None = None
    poll_seconds: int = Field(default=60, ge=1, le=86_400)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.inbound is None and self.outbound is None:
            refuse_inconsistent([(("outbound",), "a REST channel needs inbound, outbound or both")])
        return self

    @property
    def polls(self) -> bool:
        return self.inbound is not None

    @property
    def sends(self) -> bool:
        return self.outbound is not None

    def called(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from HttpAccess.called(self)
        if self.outbound is not None:
            yield ("outbound", "url"), self.outbound.url
        if self.inbound is not None:
            yield from ((("inbound", *path), url) for path, url in self.inbound.called())

    def remotes(self) -> dict[tuple[str | int, ...], Remote]:
        return {path: remote(url) for path, url in self.called()}

    def places(self) -> dict[tuple[str | int, ...], tuple[str, ...]]:
        """One API may serve several partners, each with a credential of its own."""
        if self.inbound is None:
            return {}
        field = "list" if self.inbound.list is not None else "url"
        keys = sorted(f"{name}: {reference}" for name, reference in self.secret_headers.items())
        return {("inbound", field): ("rest", self.account, *keys, str(getattr(self.inbound, field)))}
