"""In which order the long forms run: the longest first, lest one worker be left with one of them in the end."""

from __future__ import annotations

import pytest

from tests.faults.harness.form import FORM

LONGEST = (
    "test_nodes_that_are_killed_paused_and_cut_off_do_everything_once",
    "test_a_database_that_is_restarted_under_several_nodes_loses_nothing",
    "test_a_node_killed_at_random_moments_loses_none_and_repeats_none",
    "test_nodes_whose_clocks_lie_apart_take_no_living_claim",
    "test_a_node_killed_while_it_is_fetched_from_loses_none_and_repeats_none",
    "test_a_node_killed_at_named_points_loses_none_and_repeats_none",
)
"""A worker is given two at first, so the two that take four nodes each come one after the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if FORM != "short":
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(getattr(item, "originalname", ""), len(places)))
