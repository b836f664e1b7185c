"""CF08: what ends by a date is told of a month, a week and a day before, once each; what was renewed is not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.operator import administration
from hub.operator.operations import close
from hub.store.coordination import timers
from hub.store.store import Store
from hub.timers import EXPIRY
from hub.upkeep.expiry import warn
from tests.external import program
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.mailboxes import make_key

MAILBOX = (
    "\nchannels: [{{name: box, kind: mailbox, user: acme, keys: "
    '[{{key: "{key}", valid_until: "{until:%Y-%m-%dT%H:%M:%SZ}"}}]}}, '
)


class Told:
    """A hub whose clock the test moves, and what is told at each look."""

    def __init__(self, hub: SteppedHub) -> None:
        self.hub = hub
        self.start = self.now = hub.services.clock()
        hub.services.clock = lambda: self.now

    def after(self, **span: float) -> list[str]:
        """What stands open so long after the start, the newest last."""
        self.now = self.start + timedelta(**span)
        with self.hub.store.begin() as tx:
            timers.arm(tx, EXPIRY, "", self.now)
            timer = timers.claim_due(tx, "test", self.now, 60)
        assert timer is not None
        warn(self.hub.services, timer)
        with self.hub.store.begin() as tx:
            timers.settle(tx, timer, self.now)
        return [item.summary for item in self.hub.work_items() if item.kind == "expiring"]


@pytest.fixture
def told(store: Store, tmp_path: Path) -> Iterator[Told]:
    with stepped_hub(store, tmp_path) as hub:
        yield Told(hub)


def test_an_access_key_is_told_of_in_time_and_what_a_person_closed_stays_closed(told: Told) -> None:
    services = told.hub.services
    ends = told.start + timedelta(days=40)
    id, _ = administration.create_key(services, "partner", "acme", "shop", actor="test", expires_at=ends)
    assert told.after(days=9) == []
    (first,) = told.after(days=11)
    assert first == f"The access key shop of partner acme ends {ends:%Y-%m-%d %H:%M} UTC: renew it before."
    _close_all(told)
    assert told.after(days=12) == []
    assert len(told.after(days=34)) == 1, "a week before it is told anew"
    assert len(told.after(days=39.5)) == 1, "and a day before, in place of that"
    assert told.after(days=41) == []
    administration.revoke_key(services, id, actor="test")


def _close_all(told: Told) -> None:
    close(told.hub.services, [item.id for item in told.hub.work_items()], reason="noted", actor="test")


def test_a_key_that_was_taken_away_is_told_of_no_more(told: Told) -> None:
    services = told.hub.services
    ends = told.start + timedelta(days=5)
    id, _ = administration.create_key(services, "system", "erp", "old", actor="test", expires_at=ends)
    assert len(told.after(days=1)) == 1
    administration.revoke_key(services, id, actor="test")
    assert told.after(days=2) == []


@pytest.mark.external("openssl")
def test_a_partners_key_and_an_authority_are_told_of_with_whose_they_are(told: Told, tmp_path: Path) -> None:
    public = make_key(tmp_path / "key")
    box = MAILBOX.format(key=public, until=told.start + timedelta(days=3))
    _certificate(tmp_path / "ca.pem", days=20)
    target = f"{{key: shop, kind: http, url: 'https://erp.example/', ca: 'file:{tmp_path / 'ca.pem'}'}}"
    settings = SETTINGS.replace("targets: [", f"targets: [{target}, ")
    told.hub.apply(profile().replace("\nchannels: [", box), settings=settings)
    mailbox, authority = sorted(told.after(hours=1))[::-1]
    assert authority.startswith("A certificate that shop trusts alone ends ")
    assert mailbox.startswith("Key 1 of the mailbox acme of acme ends ")
    items = {item.summary: item.partner for item in told.hub.work_items()}
    assert (items[mailbox], items[authority]) == ("acme", None)


def _certificate(path: Path, days: int) -> None:
    command = [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-keyout", "/dev/null", "-out", str(path), "-days", str(days), "-subj", "/CN=test"]
    subprocess.run(command, check=True, capture_output=True)
