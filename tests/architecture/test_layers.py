"""One library, one home (DESIGN: the house). The layers themselves are import-linter contracts in pyproject.toml."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("canonical", "channels", "partners", "hub")

HOMES: dict[str, tuple[str, ...]] = {
    "pyx12": ("channels.x12",),
    "paramiko": ("channels.sftp",),
    "asyncssh": ("channels.sftp",),
    "lxml": ("channels.files",),
    "sqlalchemy": ("hub.store",),
    "alembic": ("hub.store",),
    "psycopg": ("hub.store",),
    "obstore": ("hub.store.kept",),
    "apscheduler": ("hub.timers",),
    "aiohttp": ("hub.web", "hub.control.server", "hub.bootstrap", "channels.portal", "channels.rest"),
    "nats": ("channels.jetstream",),
    "nkeys": ("channels.jetstream",),
    "python_calamine": ("channels.files",),
    "openpyxl": ("channels.files",),
    "jmespath": ("channels.expression",),
    "jinja2": ("channels.pages",),
    "argon2": ("hub.store",),
    "structlog": ("hub.observe",),
    "opentelemetry": ("hub.observe",),
    "prometheus_client": ("hub.observe", "hub.health"),
    "typer": ("hub.cli",),
    "rich": ("hub.cli",),
    "ruamel": ("partners", "hub.settings"),
}
"""Library → the only modules (with what lies below them) that may import it."""


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    """Line and name of every absolute import in a source file."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.lineno, node.module))
    return found


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("library", HOMES)
def test_library_has_one_home(library: str) -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not any(f"{module_name(path)}.".startswith(f"{home}.") for home in HOMES[library])
        for line, name in imports(path)
        if name.split(".")[0] == library
    ]
    assert not strays, "\n".join([f"{library} lives in {' and '.join(HOMES[library])} only:", *strays])


def test_canonical_depends_on_pydantic_alone() -> None:
    allowed = {"canonical", "pydantic", "pydantic_core", *sys.stdlib_module_names}
    foreign = {
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in (ROOT / "canonical").rglob("*.py")
        for line, name in imports(path)
        if name.split(".")[0] not in allowed
    }
    assert not foreign, sorted(foreign)
