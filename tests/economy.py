"""What spares the whole suite time and changes nothing of what a test sees."""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from hub.bootstrap import spare_collector
from hub.store.people import passwords


class _Compiled:
    """Statements as SQLAlchemy has compiled them, by kind of database: an engine remembers its own, and here nearly
    every test has an engine of its own, which would compile the same hundred statements once more."""

    def __init__(self) -> None:
        self._held: dict[Any, Any] = {}

    def get(self, key: tuple[Any, ...]) -> Any:
        return self._held.get((type(key[0]), *key[1:]))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._held[(type(key[0]), *key[1:])] = compiled


_compiled = _Compiled()


@event.listens_for(Engine, "engine_connect")
def share_compiled_statements(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)


SLOW_HASHER = passwords.hasher
"""The one by which people's passwords are hashed. Tests hash by a quick one: every hash names its parameters."""

passwords.hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


def pytest_collection_finish() -> None:
    """Thousands of collected tests are no garbage: the collector need not look through them again and again."""
    gc.collect()
    spare_collector()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: nearly half of a worker's time goes by in waiting, for a silence to be long
    enough, for a server or for a new process."""
    return (os.cpu_count() or 1) + 1
