"""What ``hub partner`` and ``hub config`` have in common: problems told, files read and written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import refuse
from hub.operator.administration import exported
from hub.store.schema.records import AppliedConfiguration
from partners.problem import ConfigurationError, Problem, path_text

ExpectVersion = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Refuse when the store has a newer version than this, the one that the change is based on; the first "
        "line of an exported file says it too.",
        show_default=False,
    ),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Write files into this folder, not to the terminal.")]


def report(problems: Iterable[Problem], as_json: bool, sound: str) -> None:
    """Tells every problem and ends with exit code 1, or says ``sound`` when there is none."""
    found = list(problems)
    if as_json:
        typer.echo(json.dumps([_record(problem) for problem in found], ensure_ascii=False))
    elif found:
        for problem in found:
            typer.echo(str(problem))
        typer.echo(f"{len(found)} problem{'' if len(found) == 1 else 's'}.")
    else:
        typer.echo(sound)
    if found:
        raise typer.Exit(1)


def _record(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "path": path_text(problem.path),
        "message": problem.message,
        "fix": problem.fix,
    }


def texts(paths: Iterable[Path]) -> dict[str, str]:
    """The text of each file, with folders' ``*.yaml`` and ``*.yml``. Raises ConfigurationError naming what cannot be
    read."""
    found: dict[str, str] = {}
    problems = []
    for path in paths:
        files = sorted(f for f in path.iterdir() if f.suffix in (".yaml", ".yml")) if path.is_dir() else [path]
        for file in files:
            try:
                found[str(file)] = file.read_text(encoding="utf-8-sig")
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "not UTF-8 text"
                problems.append(Problem(str(file), 1, (), f"cannot be read: {reason}"))
        if not files:
            problems.append(Problem(str(path), 1, (), "holds no *.yaml file"))
    if problems:
        raise ConfigurationError(problems)
    return found


def write_out(rows: Iterable[AppliedConfiguration], out: Path | None) -> None:
    """Each text with its version to the terminal, or into files of ``out`` named by key."""
    for row in rows:
        if out is None:
            typer.echo(exported(row), nl=not row.text.endswith("\n"))
            continue
        path = out / f"{row.key}.yaml"
        try:
            out.mkdir(parents=True, exist_ok=True)
            path.write_text(exported(row), encoding="utf-8")
        except OSError as error:
            refuse(f"{path}: {error.strerror}")
        typer.echo(str(path))
