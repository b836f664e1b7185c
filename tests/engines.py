"""Which database a test runs on: both promise the same, so what touches a store is run on each.

``store`` and ``store_url`` stand for SQLite and PostgreSQL in turn; a test marked ``sqlite_suffices`` asks nothing that
they could answer differently. Whole sites and commands rest on ``migrated_url``, which stands for SQLite alone unless a
test is marked ``both_stores``: they are slow, and what they ask of the store is asked of both elsewhere.

``--stores=both`` runs each of these on both, ``--stores=postgresql`` and ``--stores=sqlite`` on one, and nothing else,
so that the two can be compared. In tests/integration and tests/faults nothing opens SQLite in another way without
saying why: ``own_stores("SQLite's lock is what is tested")``. What only PostgreSQL has is asked of ``postgres_url``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

ENGINES = ("sqlite", "postgresql")
GUARDED = ("integration", "faults")
_TESTS = Path(__file__).parent

_opened: set[str] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    choices = ("usual", "both", *ENGINES)
    parser.addoption("--stores", choices=choices, default="usual", help="on which databases tests with a store run")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", _engines(metafunc), indirect=True, scope="module")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where one database is chosen, the tests that have a choice are run."""
    chosen = config.getoption("stores")
    if chosen in ENGINES:
        callspecs = [(item, getattr(item, "callspec", None)) for item in items]
        fitting = {item for item, spec in callspecs if spec and spec.params.get("engine") == chosen}
        config.hook.pytest_deselected(items=[item for item in items if item not in fitting])
        items[:] = [item for item in items if item in fitting]


def _engines(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    chosen = metafunc.config.getoption("stores")
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "own_stores" in marks:
        return ENGINES[:1]
    if chosen != "usual":
        return ENGINES if chosen == "both" else (chosen,)
    on_both = bool({"store", "store_url"} & set(metafunc.fixturenames)) or "both_stores" in marks
    return ENGINES if on_both and "sqlite_suffices" not in marks else ENGINES[:1]


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """The database that this run of a test is about."""
    return str(request.param)


@event.listens_for(Engine, "engine_connect")
def note_the_engine(connection: Connection) -> None:
    _opened.add(connection.dialect.name)


@pytest.fixture(autouse=True)
def stores_are_of_the_engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that opened SQLite whatever it is run on would show nothing of PostgreSQL."""
    item = request.node
    guarded = item.path.is_relative_to(_TESTS) and item.path.relative_to(_TESTS).parts[0] in GUARDED
    _opened.clear()
    yield
    if not guarded or item.get_closest_marker("own_stores"):
        return
    if "engine" not in item.fixturenames:
        assert "sqlite" not in _opened, "it opens SQLite: take store_url or migrated_url, or mark it own_stores(why)"
    else:
        expected = request.getfixturevalue("engine")
        assert _opened <= {expected}, f"it is about {expected}, and opens {_opened}: mark it own_stores(why)"
