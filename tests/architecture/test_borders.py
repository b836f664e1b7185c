"""Where outside meets inside nothing hangs on an ``assert``: ``python -O`` leaves each of them out (aiohttp's
CVE-2025-69227 was one)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BORDERS = (
    "hub/web",
    "hub/desk",
    "hub/entry",
    "hub/mailboxes",
    "hub/portal",
    "hub/submission",
    "hub/control",
    "channels",
)
INSIDE = ("channels/x12", "channels/files")
"""Codecs see bytes alone, and decide about nobody."""


@pytest.mark.parametrize("border", BORDERS)
def test_no_decision_at_a_border_is_left_out_by_an_optimising_python(border: str) -> None:
    names = [str(path.relative_to(ROOT)) for path in sorted((ROOT / border).rglob("*.py"))]
    assert names
    found = [
        f"{name}:{node.lineno}"
        for name in names
        if not name.startswith(INSIDE)
        for node in ast.walk(ast.parse((ROOT / name).read_bytes()))
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Name) and node.id == "__debug__")
    ]
    assert found == [], "check it and raise, as these decide what comes in"
