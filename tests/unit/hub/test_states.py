"""Statuses: every transition is declared, every error status has a way out or is final."""

from __future__ import annotations

from enum import StrEnum

import pytest

from hub.states import (
    ARRIVALS,
    DELIVERIES,
    DEPARTURES,
    ArrivalStatus,
    DeliveryStatus,
    DepartureStatus,
    ForbiddenTransition,
    check,
)

TABLES = [(ArrivalStatus, ARRIVALS), (DepartureStatus, DEPARTURES), (DeliveryStatus, DELIVERIES)]


@pytest.mark.parametrize(("statuses", "table"), TABLES)
def test_every_status_has_its_transitions(statuses: type[StrEnum], table: dict[StrEnum, frozenset[StrEnum]]) -> None:
    assert set(table) == set(statuses)
    assert {new for reachable in table.values() for new in reachable} <= set(statuses)


@pytest.mark.parametrize(("statuses", "table"), TABLES)
def test_only_declared_transitions_pass(statuses: type[StrEnum], table: dict[StrEnum, frozenset[StrEnum]]) -> None:
    for old in statuses:
        for new in statuses:
            if new in table[old]:
                check(table, old, new)
            else:
                with pytest.raises(ForbiddenTransition):
                    check(table, old, new)


def test_a_dead_letter_can_be_resent_replayed_or_given_up() -> None:
    assert {DeliveryStatus.COMPOSED, DeliveryStatus.PENDING, DeliveryStatus.GIVEN_UP} == DELIVERIES[DeliveryStatus.DEAD]
    assert {DepartureStatus.DUE, DepartureStatus.GIVEN_UP} == DEPARTURES[DepartureStatus.DEAD]
