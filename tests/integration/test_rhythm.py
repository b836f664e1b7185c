"""A partner is late by its own habits, by the hour of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.health import rhythm
from hub.store.store import Store
from hub.store.traffic import transmissions

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEKDAYS = [MONDAY + timedelta(days=day, hours=8) for day in range(28) if day % 7 < 5]
"""Eight o'clock, Monday to Friday, for four weeks."""


@pytest.fixture
def filled(store: Store) -> Store:
    with store.begin() as tx:
        for instant in WEEKDAYS:
            for minute in range(3):  # three files each morning
                arrive(tx, "daily", instant + timedelta(minutes=minute))
        arrive(tx, "young", MONDAY + timedelta(days=27))
    return store


def arrive(tx: transmissions.Tx, partner: str, at: datetime) -> None:
    transmissions.record(
        tx,
        direction="in",
        channel="x",
        partner=partner,
        order_scope=partner,
        content_type="text/plain",
        status="processed",
        now=at,
        body=b"",
    )


@pytest.mark.parametrize(
    ("moment", "late"),
    [
        (timedelta(days=26, hours=15), False),  # Saturday: nothing is expected
        (timedelta(days=27, hours=23), False),  # Sunday
        (timedelta(days=28, hours=7, minutes=30), False),  # Monday, before it usually sends
        (timedelta(days=28, hours=8, minutes=30), False),  # within the hour of grace
        (timedelta(days=28, hours=10), True),
        (timedelta(days=28, hours=15), True),
        (timedelta(days=29, hours=7), True),  # the day after it is still missing
    ],
)
def test_a_partner_of_weekday_mornings_is_missed_on_monday_and_not_on_sunday(
    filled: Store, moment: timedelta, late: bool
) -> None:
    now = MONDAY + moment
    with filled.read() as tx:
        assert rhythm.read(tx, "daily", now).late(now) is late


def test_a_new_partner_and_one_that_never_sent_have_no_habit(filled: Store) -> None:
    now = MONDAY + timedelta(days=40)
    with filled.read() as tx:
        young, never = rhythm.read(tx, "young", now), rhythm.read(tx, "never", now)
    assert (young.usual, young.late(now)) == (None, False)
    assert (never.last, never.silence(now), never.late(now)) == (None, None, False)
