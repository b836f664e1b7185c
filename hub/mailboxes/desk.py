"""The desk of one mailbox: the port that our SFTP server asks, over the desk of its partner."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from mmap import mmap

from channels.errors import ChannelError, PermanentError, TransientError
from channels.file_names import printable
from channels.ports import Archived, Content, OutboxEntry, Unfinished, Upload
from channels.sftp.server.settings import MailboxSettings, Quota
from hub.channel_names import CHANNEL_PREFIX
from hub.desk.desk import Desk
from hub.desk.hindered import told
from hub.desk.outbox import PAGE_LIMIT
from hub.principal import Principal
from hub.services import HubServices
from hub.store.kept.uploads import Partial
from hub.store.outbound import outbox as outbox_rows
from hub.store.traffic import transmissions

log = logging.getLogger(__name__)

OFFERED = 20_000
"""Files that ``/out`` shows; the next ones are there as soon as the first are fetched."""

COUNTED_SECONDS = 1.0
"""How long it is relied on how much waits to be worked."""


class MailboxDesk:
    """Bound to one channel of one partner. Implements ``channels.ports.Desk``."""

    def __init__(self, services: HubServices, partner: str, channel: str, settings: MailboxSettings) -> None:
        self.services = services
        self.uploads = services.store.uploads
        self.partner = partner
        self.channel = channel
        self.quota: Quota = settings.quota
        self._desk = Desk(services, Principal("partner", partner))
        self._waiting = (0, 0)
        self._counted = 0.0

    # ---- what comes in

    def begin(self, name: str, *, resume: bool) -> Upload:
        with told():
            self.services.intake.look(self.partner, 0)
            begun, _ = self.uploads.size(self.channel)
            if begun + self._waiting_now()[0] >= self.quota.files and not self.uploads.find(self.channel, name):
                raise self.put_off(f"The mailbox is full: {self.quota.files:,} files wait in it.")
            return FileUpload(self, self.uploads.begin(self.channel, name, resume=resume))

    def unfinished(self) -> Sequence[Unfinished]:
        return self.uploads.of(self.channel)

    def begun(self, name: str) -> Unfinished | None:
        return self.uploads.find(self.channel, name)

    def rename(self, name: str, new: str) -> None:
        with told():
            self.uploads.rename(self.channel, name, new)

    def discard(self, name: str) -> None:
        self.uploads.discard(self.channel, name)

    def look(self, growth: int, size: int) -> None:
        """Whether an upload may have ``size`` bytes, ``growth`` more than it has. Raises TransientError."""
        if growth <= 0:
            return
        _, begun = self.uploads.size(self.channel)
        if begun + growth + self._waiting_now()[1] > self.quota.bytes:
            raise self.put_off(f"The mailbox is full: {self.quota.bytes:,} bytes wait in it.")

    def put_off(self, why: str) -> TransientError:
        self.services.metrics.intake(self.channel, "put_off")
        return TransientError(f"{why} Try again later.")

    def take(self, partial: Partial, name: str) -> None:
        """Makes an arrival of it. Returns when bytes and row are on disk."""
        services, size = self.services, partial.size
        services.intake.look(self.partner, size)
        with services.intake.room(self.partner, size):
            kept = partial.keep(services.store.blobs)
            try:
                accepted = self._desk.accept_file(kept, printable(name), self.channel)
            except BaseException:
                if kept.inline is None:  # its file has become a blob, which nobody may go on writing to
                    self.uploads.drop(partial)
                raise
        fields = {"transmission": accepted.transmission_id, "partner": self.partner, "channel": self.channel}
        log.info("a file has arrived by SFTP", extra=fields)
        services.metrics.intake(self.channel, "received")
        files, total = self._waiting
        self._waiting = files + 1, total + size

    def refuse(self, name: str, reason: str) -> None:
        """Notes for the operator what was not taken at all."""
        services = self.services
        services.metrics.intake(self.channel, "refused")
        services.intake.refuse(self.channel, printable(name), reason, partner=self.partner, now=services.clock())

    # ---- what goes out

    def offered(self) -> Sequence[OutboxEntry]:
        found: list[OutboxEntry] = []
        with told():
            outbox, target = self._desk.outbox(), CHANNEL_PREFIX + self.channel
            while len(found) < OFFERED:
                page = outbox.page(after=found[-1].position if found else 0, limit=PAGE_LIMIT, target=target)
                found += page
                if len(page) < PAGE_LIMIT:
                    break
        return found

    def fetched(self, id: str) -> None:
        with told():
            self._desk.outbox().fetched(id)

    def let_go(self, ids: Sequence[str]) -> None:
        with told():
            self._desk.outbox().confirm(ids)

    # ---- what was

    def archive(self, limit: int) -> Sequence[Archived]:
        with told(), self.services.store.read() as tx:
            found = transmissions.of_channel(tx, self.partner, self.channel, limit)
            offers = outbox_rows.offers_of(tx, [one.id for one in found])
        fetched = {offer.departure_id: offer.fetched_at for offer in offers if offer.fetched_at is not None}
        archived = [
            Archived(one.id, one.transport_id, one.size, one.received_at)
            if one.direction == "in"
            else Archived(one.id, one.file_name, one.size, fetched[one.id])
            for one in found
            if not one.pruned_at and (one.direction == "in" or one.id in fetched)
        ]
        return sorted(archived, key=lambda one: one.at, reverse=True)

    def open(self, id: str) -> Content | None:
        with told():
            with self.services.store.read() as tx:
                found = transmissions.get(tx, id)
            if found is None or (found.partner, found.channel) != (self.partner, self.channel):
                return None
            held = ExitStack()
            return Opened(held.enter_context(transmissions.opened(self.services.store, found)), held)

    def _waiting_now(self) -> tuple[int, int]:
        """Files and bytes that have arrived and are not worked."""
        now = time.monotonic()
        if now - self._counted >= COUNTED_SECONDS or not self._counted:
            with self.services.store.read() as tx:
                self._waiting = transmissions.waiting(tx, self.partner, self.quota.files)
            self._counted = now
        return self._waiting


class FileUpload:
    """Whoever began it last has it. Implements ``channels.ports.Upload``."""

    def __init__(self, desk: MailboxDesk, partial: Partial) -> None:
        self._desk = desk
        self._partial = partial
        self._ended: ChannelError | None = None
        with partial.turn:
            partial.holder = self

    @property
    def size(self) -> int:
        return self._partial.size

    def write(self, offset: int, block: bytes) -> None:
        with self._held() as partial:
            end = offset + len(block)
            if end > self._desk.quota.file_bytes:
                self._give_up(f"it is larger than {self._desk.quota.file_bytes:,} bytes")
            self._desk.look(end - partial.size, end)
            partial.write(offset, block)

    def truncate(self, size: int) -> None:
        with self._held() as partial:
            if size > partial.size:
                raise PermanentError("A file grows by what is written to it.")
            partial.truncate(size)

    def submit(self, name: str) -> None:
        with self._held() as partial:
            self._desk.take(partial, name)
            self._desk.uploads.drop(partial)
            self._ended = PermanentError("This file has been received.")

    def set_aside(self, *, closed: bool) -> None:
        with self._partial.turn, told():
            if self._ended is not None or self._partial.holder is not self:
                return
            if self._partial.size or closed:
                self._partial.save(closed=closed)
            else:
                self._desk.uploads.drop(self._partial)

    def _give_up(self, reason: str) -> None:
        self._desk.uploads.drop(self._partial)
        self._ended = PermanentError(f"Nothing of this file is taken: {reason}.")
        self._desk.refuse(self._partial.name, reason)
        raise self._ended

    @contextmanager
    def _held(self) -> Iterator[Partial]:
        with self._partial.turn, told():
            if self._ended is not None:
                raise self._ended
            if self._partial.holder is not self:
                raise TransientError("Another session has taken this upload over.")
            yield self._partial


class Opened:
    """Stored bytes. Implements ``channels.ports.Content``."""

    def __init__(self, data: bytes | mmap, held: ExitStack) -> None:
        self._data = data
        self._held = held

    @property
    def size(self) -> int:
        return len(self._data)

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]

    def close(self) -> None:
        self._held.close()
