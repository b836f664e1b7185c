"""Every command explains itself and shows an example that it would take."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from hub import cli
from hub.cli.program import COMMANDS, program


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group of the tree, with the words that call it."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


def own(name: str) -> Any:
    """A command as it is when it is called."""
    return get_command(program(name)).commands[name]  # type: ignore[attr-defined]


TREE: dict[tuple[str, ...], Any] = {(): get_command(program())}
for word in COMMANDS:
    TREE.update(commands(own(word), (word,)))


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


def test_hub_help_lists_every_command_and_says_of_it_what_its_own_help_begins_with() -> None:
    modules = {module for module, _ in COMMANDS.values()}
    called = {name for first, (_, _) in COMMANDS.items() for name in get_command(program(first)).commands}  # type: ignore[attr-defined]
    assert called == set(COMMANDS)
    assert modules == {path.stem for path in Path(cli.__file__).parent.glob("*.py") if "\napp = " in path.read_text()}
    for name, (_, said) in COMMANDS.items():
        help = " ".join(own(name).help.split())
        assert help.startswith(said.removesuffix(".")), name
        assert f"  {name} " in CliRunner().invoke(program(), ["--help"]).output


def test_an_unknown_command_is_refused_with_exit_code_2() -> None:
    run = CliRunner().invoke(program("explode"), ["explode"])
    assert run.exit_code == 2
    assert "explode" in run.output
