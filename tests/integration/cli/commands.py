"""The real ``hub`` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from hub.cli.program import program

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
HUB = [sys.executable, "-m", "hub.cli"]


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Cli:
    """Calls ``hub`` on one data directory: ``process`` as a shell does, ``run`` the same command without the seconds
    that a new interpreter takes."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def on(cls, url: str, data: Path, environment: Mapping[str, str] | None = None) -> Cli:
        """With its rows in the database of ``url``; empty for SQLite in the data directory."""
        return cls(data, {"SUPPLIER_HUB_DATABASE": url, **(environment or {})})

    @property
    def database(self) -> str:
        return self.environment.get("SUPPLIER_HUB_DATABASE", "")

    def process(self, *words: str | Path) -> Ended:
        run = subprocess.run(
            [*HUB, *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in run.stderr, run.stderr
        return Ended(run.returncode, run.stdout, run.stderr)

    def run(self, *words: str | Path) -> Ended:
        run = CliRunner().invoke(program(str(words[0])), [str(word) for word in words], env=self._environment())
        if run.exception is not None and not isinstance(run.exception, SystemExit):
            raise run.exception
        return Ended(run.exit_code, run.stdout, run.stderr)

    def ok(self, *words: str | Path) -> str:
        run = self.run(*words)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def json(self, *words: str | Path, code: int = 0) -> Any:
        run = self.run(*words, "--json")
        assert run.returncode == code, run.stdout + run.stderr
        return json.loads(run.stdout)

    def configured(self) -> Cli:
        self.ok("config", "apply", SAMPLES / "hub.yaml")
        self.ok("partner", "apply", SAMPLES / "partners")
        return self

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[subprocess.Popen[str]]:
        """A node on this data directory, up when the block begins; the block or the end stops it."""
        node = subprocess.Popen(
            [*HUB, "serve", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert node.stdout is not None
            assert node.stdout.readline().startswith("Supplier Hub listens at http://127.0.0.1:")
            yield node
        finally:
            node.kill()
            node.wait()
            if node.stdout is not None:
                node.stdout.close()

    def _environment(self) -> dict[str, str]:
        return {"SUPPLIER_HUB_DATA": str(self.data), "SUPPLIER_HUB_DATABASE": "", **self.environment}


def case(name: str) -> Path:
    return SAMPLES / "cases" / name / "input.edi"
