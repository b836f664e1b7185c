"""The users of one partner, as those of them who manage users see and change them."""

from __future__ import annotations

from collections.abc import Sequence

from channels.errors import PermanentError
from channels.portal.desk import Invited, Member
from hub.desk.hindered import told
from hub.portal import accounts
from hub.services import HubServices
from hub.store.people import portal_users
from hub.store.people.portal_records import PortalUser


class OwnTeam:
    """Bound to one user, who manages the others. Implements ``channels.portal.desk.Team``."""

    def __init__(self, services: HubServices, user: PortalUser) -> None:
        self._services = services
        self._user = user
        self._partner = user.partner
        self._actor = f"user:{user.id}"

    def members(self) -> Sequence[Member]:
        with told(), self._services.store.read() as tx:
            found = portal_users.users_of(tx, self._partner)
        return [Member(one.id, one.email, one.manages, one.signed_in_at, one.id == self._user.id) for one in found]

    def invited(self) -> Sequence[Invited]:
        with told(), self._services.store.read() as tx:
            found = portal_users.open_invitations(tx, self._partner, self._services.clock())
        return [Invited(one.id, one.email, one.expires_at, one.user_id is not None) for one in found]

    def invite(self, email: str, *, manages: bool) -> str:
        with told():
            return accounts.invite(self._services, self._partner, email, manages=manages, actor=self._actor).path

    def renew_password(self, id: str) -> str:
        self._refuse_self(id)
        with told():
            return accounts.renew_password(self._services, self._partner, id, actor=self._actor).path

    def withdraw(self, id: str) -> None:
        with told():
            accounts.withdraw(self._services, self._partner, id, actor=self._actor)

    def let_manage(self, id: str, manages: bool) -> None:
        self._refuse_self(id)
        with told():
            accounts.let_manage(self._services, self._partner, id, manages, actor=self._actor)

    def remove(self, id: str) -> None:
        self._refuse_self(id)
        with told():
            accounts.remove(self._services, self._partner, id, actor=self._actor)

    def _refuse_self(self, id: str) -> None:
        """So that somebody is left who manages users."""
        if id == self._user.id:
            raise PermanentError("Have this done to you by another user who manages users.")
