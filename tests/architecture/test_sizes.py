"""The house rules on size and naming: a function fits a screen, a file is one room, a name says what is inside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("canonical", "channels", "partners", "hub")
FUNCTION_LINES = 60
FILE_LINES = 500
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def sources() -> Iterator[Path]:
    for folder in (*PACKAGES, "samples", "tests"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long, "\n".join([f"functions over {FUNCTION_LINES} lines:", *long])


def test_no_file_is_more_than_one_room() -> None:
    lengths = {path.relative_to(ROOT): path.read_bytes().count(b"\n") for path in sources()}
    long = [f"{path}: {lines} lines" for path, lines in lengths.items() if lines > FILE_LINES]
    assert not long, "\n".join([f"files over {FILE_LINES} lines:", *long])


def test_no_module_has_a_vague_name() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.stem in VAGUE_NAMES
    ]
    assert not vague, f"say what is inside: {vague}"
