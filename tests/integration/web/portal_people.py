"""A portal with people in it, and a browser of theirs."""

from __future__ import annotations

import re
from typing import Protocol
from uuid import uuid4

from hub.operator import administration
from hub.portal import accounts
from hub.services import HubServices
from hub.store.configuration import configurations
from tests.integration.web.conftest import SAMPLES
from tests.integration.web.running_hub import Answer, Client, Site

ACME, BIRCH = "acme-fasteners", "birch-paper"
JO, PAT = "jo@acme.example", "pat@birch.example"
SECRET = "correct horse battery"
PORTAL = "channels:\n  - {name: portal, kind: portal}\n"


class Supplier(Client):
    """As a browser does it: the portal's forms, with files too."""

    def sign_in(self, name: str = JO, password: str = SECRET) -> Answer:
        fields = ("email", name), ("password", password)
        return self.post("/portal/sign-in", *fields, token=self.token("/portal/sign-in"))

    def do(self, path: str, *fields: tuple[str, str], page: str = "/portal/account") -> Answer:
        """Posts a form below the portal, with the token that its pages have."""
        return self.post(f"/portal{path}", *fields, token=self.token(page))

    def drop(self, name: str, body: bytes, *, token: str | None = None, origin: str | None = None) -> Answer:
        """The form with a file, as a browser encodes it."""
        sent = self.token("/portal") if token is None else token
        mark = uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{sent}\r\n'
        head += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        head += "Content-Type: application/octet-stream\r\n\r\n"
        headers = {"Content_Type": f"multipart/form-data; boundary={mark}", "Origin": origin or f"http://{self.host}"}
        return self.ask("POST", "/portal/drops", head.encode() + body + f"\r\n--{mark}--\r\n".encode(), **headers)


def open_portals(site: Site, *partners: str) -> None:
    """Gives these partners a portal channel."""
    for partner in partners:
        text = (SAMPLES / "partners" / f"{partner}.yaml").read_text().replace("channels:\n", PORTAL, 1)
        with site.store.begin() as tx:
            configurations.apply(tx, "partner", partner, text, "test", site.clock())
    site.services.configuration_changed()


class Running(Protocol):
    """A hub that answers at a port."""

    @property
    def services(self) -> HubServices: ...

    @property
    def port(self) -> int: ...


def suspend(site: Site, partner: str) -> None:
    with site.store.read() as tx:
        row = configurations.current(tx, "partner", partner)
    assert row is not None
    administration.apply_partners(site.services, {partner: f"{row.text}\nsuspended: true\n"}, actor="operator:test")


def invited(site: Running, partner: str = ACME, email: str = JO, *, manages: bool = True) -> str:
    """The path of a new invitation."""
    return accounts.invite(site.services, partner, email, manages=manages, actor="operator:test").path


def joined(site: Running, partner: str = ACME, email: str = JO, *, manages: bool = True) -> Supplier:
    """Who has followed an invitation and is signed in."""
    path, client = invited(site, partner, email, manages=manages), Supplier(site.port)
    assert client.post(path, ("password", SECRET), token=client.token(path)).status == 303
    return client


def link_in(page: str) -> str:
    """The path of the link that a page shows once."""
    found = re.search(r'id="link"[^>]*value="https?://[^/"]+(/portal/invitation/[^"]+)"', page)
    assert found, "no link is shown"
    return found[1]
