"""Confirmations: the target is asked what became of what it was handed, until it says so or its time is over."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

from channels.errors import ChannelError
from channels.rest.sender import HttpSender
from channels.rest.success import StatusQuestion, said
from hub.node.claims import call
from hub.node.senders import Senders
from hub.pipeline import confirm
from hub.services import HubServices
from hub.store.errors import StaleLease
from hub.store.schema.records import Timer, Transmission

log = logging.getLogger(__name__)


class Confirmations:
    """What this node asks. Nothing is held while a target takes its time to answer."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._senders = Senders(services)

    async def on_time(self, timer: Timer) -> None:
        asked = await call(self._services, partial(confirm.to_be_asked, self._services, timer.key))
        if asked is not None:
            try:
                await self._ask(*asked)
            except ChannelError as error:
                log.info("%s does not tell what became of %s: %s", asked[0].target, timer.key, type(error).__name__)
        with suppress(StaleLease):  # it has been settled by what was said
            await call(self._services, partial(confirm.on_time, self._services, timer))

    async def _ask(self, departure: Transmission, question: StatusQuestion) -> None:
        async with self._senders.lent(departure.target or "") as sender:
            assert isinstance(sender, HttpSender)
            answer = await sender.ask(question.url_of(departure.idempotency_key or departure.id))
        word, reason = said(question, answer)
        if word is not None:
            settled = partial(confirm.believe, self._services, departure.id, confirm.Word(word), reason)
            await call(self._services, settled)

    async def close(self) -> None:
        await self._senders.close()
