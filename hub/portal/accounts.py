"""Who may come in at the portal: invited, removed, signed in. Each change is told in the audit trail.

Partner managers and those of a partner's own people who manage its users do the same; ``actor`` says who it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from channels.portal.settings import PortalSettings
from hub.catalog import Catalog
from hub.errors import OperationRefused
from hub.services import HubServices
from hub.store.people import passwords, portal_users
from hub.store.people.portal_records import PortalInvitation, PortalUser
from hub.store.store import Tx
from hub.store.trail import events

INVITATION_LIFETIME = timedelta(days=7)
PASSWORD_LIFETIME = timedelta(minutes=15)
"""Of a link by which a new user comes in, and of one by which a user chooses a new password."""

MOST_USERS = 200
"""Users and open invitations of one partner."""

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation with its token, which is shown this once."""

    token: str
    invitation: PortalInvitation

    @property
    def path(self) -> str:
        """Below the hub's address."""
        return f"/portal/invitation/{self.token}"


def portal_of(catalog: Catalog, partner: str) -> PortalSettings | None:
    """The portal channel of a partner whose people may come in: None for one that is suspended or has none."""
    pinned = catalog.profiles.get(partner)
    if pinned is None or pinned.partner.suspended:
        return None
    return next((one for one in pinned.partner.channels if isinstance(one, PortalSettings)), None)


# ---- users of one partner


def invite(services: HubServices, partner: str, email: str, *, manages: bool, actor: str) -> Link:
    """A link by which the owner of the address becomes a user. An earlier one for the same address works no more.
    Raises OperationRefused."""
    catalog = services.catalog()
    if partner not in catalog.profiles:
        raise OperationRefused(f"There is no partner {partner}.")
    if portal_of(catalog, partner) is None:
        raise OperationRefused(f"{partner} is suspended, or its profile has no channel of kind portal: mend that first")
    address = email.strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise OperationRefused("This is no e-mail address: write it like jo@example.com, without accents.")
    now = services.clock()
    with services.store.begin() as tx:
        held = portal_users.users_of(tx, partner)
        if any(one.email == address for one in held):
            raise OperationRefused(f"{address} is a user already. Who has forgotten the password gets a link for it.")
        if len(held) + len(portal_users.open_invitations(tx, partner, now)) >= MOST_USERS:
            raise OperationRefused(f"A partner has at most {MOST_USERS} users. Remove those who are gone.")
        plain, made = portal_users.invite(
            tx, partner, address, now, INVITATION_LIFETIME, manages=manages, by=actor, user_id=None
        )
        _tell(tx, services, "user.invited", made.id, partner, actor, email=address, manages=manages)
    return Link(plain, made)


def renew_password(services: HubServices, partner: str, user_id: str, *, actor: str) -> Link:
    """A link by which a user who has forgotten the password chooses a new one, good for 15 minutes. Until then the old
    one stays. Raises OperationRefused."""
    now = services.clock()
    with services.store.begin() as tx:
        user = _own(tx, partner, user_id)
        plain, made = portal_users.invite(
            tx, partner, user.email, now, PASSWORD_LIFETIME, manages=user.manages, by=actor, user_id=user.id
        )
        _tell(tx, services, "user.password_link_made", user.id, partner, actor)
    return Link(plain, made)


def withdraw(services: HubServices, partner: str, invitation_id: str, *, actor: str) -> None:
    """The link works no more. Raises OperationRefused for one that did not before."""
    now = services.clock()
    with services.store.begin() as tx:
        known = [one.id for one in portal_users.open_invitations(tx, partner, now)]
        if invitation_id not in known or not portal_users.end_invitation(tx, invitation_id, now):
            raise OperationRefused("This invitation has been used, or has ended.")
        _tell(tx, services, "user.invitation_withdrawn", invitation_id, partner, actor)


def remove(services: HubServices, partner: str, user_id: str, *, actor: str) -> None:
    """The user is signed out everywhere, at once, and comes in no more. Raises OperationRefused."""
    with services.store.begin() as tx:
        user = _own(tx, partner, user_id)
        portal_users.remove(tx, user.id, services.clock())
        _tell(tx, services, "user.removed", user.id, partner, actor, email=user.email)


def let_manage(services: HubServices, partner: str, user_id: str, manages: bool, *, actor: str) -> None:
    """Whether a user may invite and remove others of the same partner. Raises OperationRefused."""
    with services.store.begin() as tx:
        user = _own(tx, partner, user_id)
        portal_users.set_manages(tx, user.id, manages)
        _tell(tx, services, "user.changed", user.id, partner, actor, manages=manages)


# ---- one's own account


def redeem(services: HubServices, token: str, password: str) -> PortalUser | None:
    """Who follows a link becomes the user it is for, or has a new password; None when it does not work. Raises
    OperationRefused for a password that is too short or too long: the link then still works."""
    refuse_unfit(password)
    now, hashed = services.clock(), passwords.hash_of(password)
    with services.store.begin() as tx:
        invitation = portal_users.open_invitation(tx, token, now)
        if invitation is None or portal_of(services.catalog(), invitation.partner) is None:
            return None
        if not portal_users.end_invitation(tx, invitation.id, now):
            return None
        if invitation.user_id is None:
            if any(one.email == invitation.email for one in portal_users.users_of(tx, invitation.partner)):
                return None
            user = portal_users.create(tx, invitation, hashed, now)
            kind = "user.joined"
        else:
            found = portal_users.user(tx, invitation.user_id)
            if found is None:
                return None
            user, kind = found, "user.password_changed"
            portal_users.set_password(tx, user.id, hashed)
        _tell(tx, services, kind, user.id, user.partner, f"user:{user.id}")
    return user


def change_password(services: HubServices, user: PortalUser, old: str, new: str) -> bool:
    """False when the old one is wrong. Ends every session of the user. Raises OperationRefused as ``redeem``."""
    refuse_unfit(new)
    if not passwords.verify(user.password_hash, old[: passwords.LONGEST]) or len(old) > passwords.LONGEST:
        return False
    hashed = passwords.hash_of(new)
    with services.store.begin() as tx:
        portal_users.set_password(tx, user.id, hashed)
        _tell(tx, services, "user.password_changed", user.id, user.partner, f"user:{user.id}")
    return True


def sign_in(services: HubServices, email: str, password: str) -> PortalUser | None:
    """The user who signs in so, unless the partner is suspended or has no portal any more. Of a password no more is
    hashed than the longest has."""
    address = email.strip().lower()[:254].replace("\x00", "?")
    with services.store.read() as tx:
        user = portal_users.verify(tx, address, password[: passwords.LONGEST])
    if user is None or len(password) > passwords.LONGEST or portal_of(services.catalog(), user.partner) is None:
        return None
    return user


def enter(services: HubServices, user: PortalUser, old: str) -> str:
    """The id of a new session; ``old``, which the browser brought along, ends."""
    with services.store.begin() as tx:
        if old:
            portal_users.end_session(tx, old)
        session_id, _ = portal_users.create_session(tx, user.id, services.clock())
        _tell(tx, services, "user.signed_in", user.id, user.partner, f"user:{user.id}")
    return session_id


def sign_out_everywhere(services: HubServices, user: PortalUser) -> None:
    """Ends every session of the user."""
    with services.store.begin() as tx:
        portal_users.end_sessions(tx, user.id)
        _tell(tx, services, "user.signed_out_everywhere", user.id, user.partner, f"user:{user.id}")


def refuse_unfit(password: str) -> None:
    """Raises OperationRefused for what is no password. Its length is all that counts."""
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise OperationRefused(
            f"Choose a password of {passwords.SHORTEST} to {passwords.LONGEST} characters; a sentence does well."
        )


def _own(tx: Tx, partner: str, user_id: str) -> PortalUser:
    user = portal_users.user(tx, user_id)
    if user is None or user.partner != partner:
        raise OperationRefused("There is no such user.")
    return user


def _tell(tx: Tx, services: HubServices, kind: str, subject: str, partner: str, actor: str, **data: str | bool) -> None:
    events.record(tx, kind, subject, partner=partner, actor=actor, data=dict(data), now=services.clock())
