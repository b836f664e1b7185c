"""Every set that the tables hold, one after the other: pyx12's maps are large and only some of them are kept."""

from __future__ import annotations

import pytest

from channels.x12.standards import tables

HELD = [(release, set_type) for release in tables.RELEASES for set_type in tables.set_types(release)]


@pytest.fixture(scope="session", params=HELD, ids=lambda held: "-".join(held))
def held(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Release and type of a set."""
    release, set_type = request.param
    return release, set_type
