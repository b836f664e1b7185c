"""Fixtures that every part's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.external import pytest_runtest_setup, pytest_terminal_summary

__all__ = ["pytest_runtest_setup", "pytest_terminal_summary"]  # hooks: pytest finds them here


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real documents and facts beside the repository; tests that need it skip by name without it."""
    path = Path(os.environ.get("SUPPLIER_HUB_SHARED", Path(__file__).parents[2] / "shared"))
    if not path.is_dir():
        pytest.skip(f"shared documents not found at {path} (set SUPPLIER_HUB_SHARED)")
    return path
