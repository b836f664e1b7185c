"""The real ``hub`` command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
HUB = [sys.executable, "-m", "hub.cli"]


@dataclass(frozen=True)
class Cli:
    """Calls ``hub`` on one data directory."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        run = subprocess.run(
            [*HUB, *map(str, words)],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in run.stderr, run.stderr
        return run

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
    def serving(self) -> Iterator[subprocess.Popen[str]]:
        """A node on this data directory, up when the block begins; the block or the end stops it."""
        node = subprocess.Popen(
            [*HUB, "serve", "--port", "0"],
            cwd=ROOT,
            env=self._environment(),
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
        return {**os.environ, "SUPPLIER_HUB_DATA": str(self.data), "SUPPLIER_HUB_DATABASE": "", **self.environment}


def case(name: str) -> Path:
    return SAMPLES / "cases" / name / "input.edi"
