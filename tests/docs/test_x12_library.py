"""What the documentation of the Python door shows is what happens."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import channels.x12

ROOT = Path(__file__).parents[2]


def test_every_example_of_the_library_s_page_gives_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = str(ROOT / "docs" / "x12-library.md")
    outcome = doctest.testfile(page, module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS)
    assert outcome.attempted > 20
    assert outcome.failed == 0


def test_the_door_has_every_name_it_promises() -> None:
    assert all(getattr(channels.x12, name) is not None for name in channels.x12.__all__)
    assert set(channels.x12.__all__) <= set(dir(channels.x12))
    with pytest.raises(AttributeError, match="has no attribute 'wirte'"):
        channels.x12.wirte  # noqa: B018


def test_opening_the_door_loads_nothing_behind_it() -> None:
    code = "import sys, channels.x12; print(*sorted(m for m in sys.modules if m.startswith(('channels', 'pydantic'))))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["channels", "channels.x12"]
