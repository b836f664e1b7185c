"""Tests that need something the machine may lack: they skip by name, in one summary, or fail where nothing may lack.

``@pytest.mark.external("chromium")`` names a program, or a Python module that not every platform has. tests/conftest.py
takes over the two hooks below.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from importlib.util import find_spec

import pytest

SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
"""Daemons such as sshd lie in sbin, which is not on every user's PATH."""


def program(name: str) -> str:
    """Path of an external program that a test marked ``external(name)`` starts."""
    path = shutil.which(name, path=SEARCH_PATH)
    if path is None:
        pytest.fail(f"{name} is missing; mark the test with @pytest.mark.external({name!r})")
    return path


def missing(name: str) -> bool:
    """Whether the machine has neither a program nor a module of this name."""
    return shutil.which(name, path=SEARCH_PATH) is None and find_spec(name) is None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips, or under REQUIRE_EXTERNAL=1 fails, a test one of whose programs or modules is missing."""
    for mark in item.iter_markers("external"):
        for name in mark.args:
            if missing(name):
                reason = f"needs the program {name}"
                if os.environ.get("REQUIRE_EXTERNAL") == "1":
                    pytest.fail(f"{reason}, and REQUIRE_EXTERNAL=1 says that nothing may be missing", pytrace=False)
                pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each reason to skip, with the number of tests; pytest's own list repeats them by place."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else str(report.longrepr)
        for report in terminalreporter.stats.get("skipped", [])
    )
    if reasons:
        terminalreporter.section("not run here")
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{count} {'test' if count == 1 else 'tests'}: {reason}")
