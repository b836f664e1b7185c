"""Who has a mailbox, as the configuration in force says."""

from __future__ import annotations

import logging

from channels.secret import SecretUnavailable
from channels.sftp.server.mailbox import Mailbox
from channels.sftp.server.settings import MailboxSettings
from hub.catalog import Catalog, channel_id
from hub.mailboxes.desk import MailboxDesk
from hub.services import HubServices
from hub.store.people import passwords

log = logging.getLogger(__name__)


class Directory:
    """Implements ``channels.sftp.server.mailbox.Mailboxes``. Thread-safe by doing one assignment at a time."""

    def __init__(self, services: HubServices) -> None:
        self._services = services
        self._catalog: Catalog | None = None
        self._mailboxes: dict[str, Mailbox] = {}

    def of(self, user: str) -> Mailbox | None:
        catalog = self._services.catalog()
        if catalog is not self._catalog:
            self._mailboxes = self._all(catalog)
            self._catalog = catalog
        return self._mailboxes.get(user)

    def password_hash(self, mailbox: Mailbox) -> str | None:
        reference = mailbox.settings.password_hash
        if reference is None:
            return None
        try:
            return reference.read().get_secret_value()
        except SecretUnavailable as error:
            log.warning("nobody signs in to %s with a password: %s", mailbox.channel, error)
            return None

    def verifies(self, password_hash: str | None, password: str) -> bool:
        return passwords.verify(password_hash, password)

    def _all(self, catalog: Catalog) -> dict[str, Mailbox]:
        """A name that two profiles claim, each of which was applied alone, is nobody's."""
        found: dict[str, Mailbox] = {}
        claimed: set[str] = set()
        for pinned, settings in catalog.channels():
            if not isinstance(settings, MailboxSettings):
                continue
            if settings.user in claimed:
                log.error("two mailboxes have the user name %s: nobody signs in with it", settings.user)
                found.pop(settings.user, None)
                continue
            claimed.add(settings.user)
            if pinned.partner.suspended:
                continue
            channel = channel_id(pinned.partner, settings)
            desk = MailboxDesk(self._services, pinned.key, channel, settings)
            found[settings.user] = Mailbox(pinned.key, channel, settings, desk)
        return found
