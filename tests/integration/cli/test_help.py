"""Every command explains itself and shows an example that it would take."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from hub.cli.program import MODULES, program


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group of the tree, with the words that call it."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


TREE = dict(commands(get_command(program())))


@pytest.mark.parametrize("path", TREE, ids=lambda path: "-".join(path) or "hub")
def test_help_tells_what_it_does_and_shows_an_example(path: tuple[str, ...]) -> None:
    run = CliRunner().invoke(program(path[0] if path else None), [*path, "--help"])
    assert run.exit_code == 0, run.output
    example = run.output.partition("Example:")[2]
    assert example, f"hub {' '.join(path)} --help shows no example"
    called = re.search(r"hub (.*)", example)
    assert called, example
    words = shlex.split(called[1], comments=False)
    assert tuple(words[: len(path)]) == path


def test_every_command_is_loaded_by_its_own_word_alone() -> None:
    names = {path[0] for path in TREE if path}
    assert names == {name for known in MODULES.values() for name in known}
    for name in names:
        assert name in get_command(program(name)).commands


def test_an_unknown_command_is_refused_with_exit_code_2() -> None:
    run = CliRunner().invoke(program("explode"), ["explode"])
    assert run.exit_code == 2
    assert "explode" in run.output
