"""The schema's history leads to what tables.py says, and an unknown version is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from hub.store import migration
from hub.store.engine import dialects
from hub.store.errors import SchemaTooNew, SchemaTooOld, StoreInUse
from hub.store.schema.tables import metadata
from hub.store.store import Store


def _conditions(index: Any) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in index.get("dialect_options", {}).items())


def schema(tx: Connection) -> dict[str, Any]:
    """Every table as the database tells it: columns with type and default, keys, indexes with their conditions."""
    inspector = inspect(tx)
    return {
        name: {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(name)],
            "primary key": inspector.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(u["column_names"] for u in inspector.get_unique_constraints(name)),
            "indexes": sorted(
                (i["name"] or "", i["column_names"], i["unique"], _conditions(i)) for i in inspector.get_indexes(name)
            ),
        }
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


@pytest.fixture
def fresh(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """A store migrated from nothing."""
    opened = Store(store_url, tmp_path / "data")
    opened.migrate()
    yield opened
    opened.close()


def test_the_migrations_lead_to_the_tables(fresh: Store) -> None:
    with fresh.begin() as tx:
        differences = compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), metadata)
        assert differences == []
        migrated = schema(tx)
        assert migrated.keys() == metadata.tables.keys()
        metadata.drop_all(tx)
        metadata.create_all(tx)
        assert schema(tx) == migrated


def test_the_revisions_that_file_names_tell_are_those_that_migrations_say() -> None:
    scripts = ScriptDirectory(str(migration.MIGRATIONS)).walk_revisions()
    assert [script.revision for script in scripts] == migration.revisions()[::-1]


@pytest.mark.own_stores("of the names of tables and columns every database says the same")
def test_what_says_that_older_nodes_may_go_on_only_adds() -> None:
    """What they need not know, and need not fill in: tables, columns with a default, indexes that refuse nothing."""
    scripts = [*ScriptDirectory(str(migration.MIGRATIONS)).walk_revisions()][::-1]
    engine = create_engine("sqlite://")
    with engine.begin() as tx:
        expanding = [script for script in scripts if getattr(script.module, "expands", False)]
        for script in expanding:
            assert isinstance(script.down_revision, str)
            command.upgrade(migration._config(tx), script.down_revision)
            before = schema(tx)
            command.upgrade(migration._config(tx), script.revision)
            assert not _taken_or_asked(before, schema(tx)), script.revision
    assert expanding
    engine.dispose()


def _taken_or_asked(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What a node that knows ``before`` alone would miss in ``after``, or fail to fill in."""
    found = [f"{name} is gone" for name in before.keys() - after.keys()]
    for name in before.keys() & after.keys():
        was, now = before[name], after[name]
        found += [f"{name}.{column} has changed" for column, *_ in set(was["columns"]) - set(now["columns"])]
        added = set(now["columns"]) - set(was["columns"])
        found += [
            f"{name}.{column} asks to be filled" for column, _, free, default in added if not free and not default
        ]
        for kind in ("primary key", "unique"):
            found += [f"{name}: another {kind}"] if was[kind] != now[kind] else []
        refusing = [index for index in now["indexes"] if index[2] and index not in was["indexes"]]
        found += [f"{name}: {index[0]} refuses" for index in refusing]
    return found


def test_a_rule_of_added_things_finds_what_is_more_than_that() -> None:
    def table(columns: list[tuple[str, str, bool, str | None]], **more: Any) -> dict[str, Any]:
        return {"t": {"columns": columns, "primary key": ["a"], "unique": [], "indexes": []} | more}

    a, free, filled, asked = (
        ("a", "INT", False, None),
        ("b", "INT", True, None),
        ("b", "INT", False, "0"),
        ("b", "INT", False, None),
    )
    assert _taken_or_asked(table([a]), table([a, free])) == _taken_or_asked(table([a]), table([a, filled])) == []
    assert _taken_or_asked(table([a, free]), table([a])) == ["t.b has changed"]
    assert _taken_or_asked(table([a]), {}) == ["t is gone"]
    assert _taken_or_asked(table([a]), table([a, asked])) == ["t.b asks to be filled"]
    assert _taken_or_asked(table([a]), table([a], unique=[["a"]])) == ["t: another unique"]
    assert _taken_or_asked(table([a]), table([a], indexes=[("ix", ["a"], True, [])])) == ["t: ix refuses"]
    assert _taken_or_asked(table([a]), table([a], indexes=[("ix", ["a"], False, [])])) == []


def test_migrating_again_changes_nothing(fresh: Store) -> None:
    fresh.migrate()


def test_a_newer_schema_is_refused_in_plain_words(fresh: Store, store_url: str, tmp_path: Path) -> None:
    with fresh.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    fresh.close()
    with pytest.raises(SchemaTooNew, match="9999"):
        Store(store_url, tmp_path / "data")
    with pytest.raises(SchemaTooNew):
        Store(store_url, tmp_path / "data", writable=False)


def test_an_older_schema_is_upgraded_by_a_writer_and_refused_by_a_reader(store_url: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    empty = create_engine(dialects.database_url(store_url, data))
    empty.connect().close()
    empty.dispose()
    with pytest.raises(SchemaTooOld):
        Store(store_url, data, writable=False)
    opened = Store(store_url, data)
    opened.migrate()
    reader = Store(store_url, data, writable=False)
    with reader.read() as tx:
        assert "transmissions" in inspect(tx).get_table_names()
    reader.close()
    opened.close()


@pytest.mark.own_stores("SQLite's file, and the lock of its folder")
def test_a_reader_of_no_store_makes_none(tmp_path: Path) -> None:
    with pytest.raises(SchemaTooOld, match="no store"):
        Store("", tmp_path, writable=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.own_stores("SQLite's file, and the lock of its folder")
def test_a_second_writer_on_one_data_directory_is_refused(tmp_path: Path) -> None:
    first = Store("", tmp_path)
    with pytest.raises(StoreInUse, match="process"):
        Store("", tmp_path)
    first.close()
    Store("", tmp_path).close()
