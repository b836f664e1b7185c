"""Applied configuration, crosswalks, access keys, operators and sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.store.configuration import configurations, crosswalks
from hub.store.errors import StaleVersion
from hub.store.people import access, operators
from hub.store.schema.records import CrosswalkRow
from hub.store.store import Store

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_every_applied_version_stays(store: Store) -> None:
    with store.begin() as tx:
        assert configurations.current(tx, "partner", "acme") is None
        assert configurations.apply(tx, "partner", "acme", "a: 1", "operator:ann", NOW, expected_version=0) == 1
        assert configurations.apply(tx, "partner", "acme", "a: 1", "operator:ann", NOW) == 1
        assert configurations.apply(tx, "partner", "acme", "a: 2", "operator:ann", NOW, expected_version=1) == 2
        assert configurations.apply(tx, "partner", "beta", "b: 1", "operator:ann", NOW) == 1
        configurations.apply(tx, "hub", "hub", "h: 1", "operator:ann", NOW)
        with pytest.raises(StaleVersion, match="version 2"):
            configurations.apply(tx, "partner", "acme", "a: 3", "operator:bob", NOW, expected_version=1)
    with store.read() as tx:
        assert [(c.key, c.version, c.text) for c in configurations.all_current(tx, "partner")] == [
            ("acme", 2, "a: 2"),
            ("beta", 1, "b: 1"),
        ]
        assert configurations.versions(tx, "partner") == {"acme": 2, "beta": 1}
        first = configurations.version(tx, "partner", "acme", 1)
        assert first is not None
        assert (first.text, first.applied_by, first.applied_at) == ("a: 1", "operator:ann", NOW)
        assert [c.version for c in configurations.history(tx, "partner", "acme")] == [2, 1]
        assert configurations.version(tx, "partner", "acme", 3) is None


def test_crosswalk_changes_are_kept_with_their_revision(store: Store) -> None:
    item, unit = CrosswalkRow("item", "", "A-1", "100"), CrosswalkRow("unit", "", "CTN", "CA")
    with store.begin() as tx:
        assert crosswalks.revision(tx, "acme") == 0
        assert crosswalks.replace(tx, "acme", [item, unit], "operator:ann", NOW) == 1
        assert crosswalks.replace(tx, "acme", [unit, item], "operator:ann", NOW) == 1
        changed = CrosswalkRow("item", "", "A-1", "200")
        assert crosswalks.merge(tx, "acme", [changed], "operator:ann", NOW) == 2
        assert crosswalks.rows(tx, "acme") == [changed, unit]
        assert crosswalks.replace(tx, "acme", [changed], "operator:bob", NOW) == 3
        assert crosswalks.rows(tx, "acme") == [changed]
        assert crosswalks.rows(tx, "beta") == []
        history = [
            (h["revision"], h["partner_value"], h["old_value"], h["new_value"]) for h in crosswalks.history(tx, "acme")
        ]
    assert history == [
        (3, "CTN", "CA", None),
        (2, "A-1", "100", "200"),
        (1, "CTN", None, "CA"),
        (1, "A-1", None, "100"),
    ]


def test_only_the_plain_key_opens(store: Store) -> None:
    with store.begin() as tx:
        key_id, plain = access.create(tx, "partner", "acme", "SFTP box", NOW)
        found = access.find(tx, plain)
        assert found is not None
        assert (found.id, found.kind, found.subject) == (key_id, "partner", "acme")
        for wrong in ("", "hubk_", plain[:-1], plain + "x", plain.upper(), "hubk_\udc80\x00"):
            assert access.find(tx, wrong) is None
        access.touch(tx, key_id, NOW)
        assert access.revoke(tx, key_id, NOW)
        assert not access.revoke(tx, key_id, NOW)
        assert access.find(tx, plain) is None
        (listed,) = access.keys(tx)
        assert (listed.last_used_at, listed.revoked_at) == (NOW, NOW)


def test_the_setup_token_makes_one_operator_once(store: Store) -> None:
    with store.begin() as tx:
        stale = operators.issue_setup_token(tx, NOW)
        token = operators.issue_setup_token(tx, NOW)
        assert stale is not None
        assert token is not None
        assert not operators.redeem_setup_token(tx, stale, "eve", "x", NOW)
        assert operators.redeem_setup_token(tx, token, "ann", "correct horse", NOW)
        assert not operators.redeem_setup_token(tx, token, "eve", "x", NOW)
        assert operators.issue_setup_token(tx, NOW) is None
    with store.read() as tx:
        assert operators.verify(tx, "ann", "correct horse")
        assert not operators.verify(tx, "ann", "wrong")
        assert not operators.verify(tx, "eve", "x")


def test_a_session_ends_idle_or_old_or_signed_out_or_with_the_password(store: Store) -> None:
    with store.begin() as tx:
        operators.create(tx, "ann", "one", NOW)
        plain, session = operators.create_session(tx, "ann", NOW)
        assert operators.find_session(tx, plain, NOW + timedelta(minutes=29)) == session
        assert operators.find_session(tx, plain, NOW + timedelta(minutes=30)) is None
        assert operators.find_session(tx, plain + "x", NOW) is None
        seen = operators.touch_session(tx, plain, session, NOW + timedelta(hours=11, minutes=50))
        assert operators.find_session(tx, plain, NOW + timedelta(hours=11, minutes=59)) == seen
        assert operators.find_session(tx, plain, NOW + timedelta(hours=12)) is None
        operators.delete_session(tx, plain)
        assert operators.find_session(tx, plain, NOW) is None
        plain, _ = operators.create_session(tx, "ann", NOW)
        operators.create(tx, "ann", "two", NOW)
        assert operators.find_session(tx, plain, NOW) is None
        assert operators.verify(tx, "ann", "two")
