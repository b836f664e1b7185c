"""What of the hub's events is a principal's own, read from the feed."""

from __future__ import annotations

from hub.desk.ownership import Ownership
from hub.events.catalogue import Audience, kinds_for
from hub.events.feed import Page, View, page
from hub.services import HubServices
from hub.settings import EVERY


class OwnEvents:
    """A partner and a gateway are told of their own, as far as it is outside of our house; a system of the partners it
    works with, and of what is no partner's where it works with all. Blocking."""

    def __init__(self, services: HubServices, own: Ownership) -> None:
        self._services = services
        self._own = own

    def page(self, after: int, limit: int, wanted: str | None = None) -> Page:
        """What is behind a position, of one type when it is named."""
        public_url = self._services.settings.web.public_url
        with self._services.store.read() as tx:
            return page(tx, self._view().narrowed(wanted), after, limit, public_url)

    def _view(self) -> View:
        if self._own.principal.kind != "system":
            return View(Audience.PARTNERS, self._own.partners, frozenset(kinds_for(Audience.PARTNERS)))
        systems = self._own.catalog.settings.systems
        named = next((one.partners for one in systems if one.key == self._own.principal.subject), ())
        partners = None if EVERY in named else frozenset(named)
        return View(Audience.SYSTEMS, partners, frozenset(kinds_for(Audience.SYSTEMS)))
