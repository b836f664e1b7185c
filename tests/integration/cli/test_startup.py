"""Commands load what they need and no more; ``x12.startup`` of the benchmarks measures what comes of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.commands import HUB, ROOT, SAMPLES, Cli, case


def loaded_by(*arguments: str) -> set[str]:
    """Every module that a command has loaded when it ends."""
    listing = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    command = [HUB[0], "-c", f"{listing}; from hub.cli import main; main()", *arguments]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr.split())


def test_a_small_file_is_judged_by_what_it_needs_alone() -> None:
    loaded = loaded_by("inspect", str(case("customer-order")))
    assert {"canonical.purchase_order", "channels.x12.sets.purchase_order_850", "hub.rules.purchase_order"} <= loaded
    assert loaded.isdisjoint({"sqlalchemy", "alembic", "aiohttp", "asyncio", "jinja2", "rich", "ruamel", "pyx12"})
    assert not {name for name in loaded if name.startswith(("hub.store", "hub.web", "channels.x12.explain"))}
    assert not {name for name in loaded if "invoice" in name or "ship_notice" in name}


def test_help_loads_no_command() -> None:
    loaded = loaded_by("--help")
    assert {name for name in loaded if name.startswith("hub.")} == {"hub.cli", "hub.cli.program"}
    assert "pydantic" not in loaded


@pytest.mark.own_stores("what is loaded does not depend on rows")
def test_status_loads_no_server(tmp_path: Path) -> None:
    Cli(tmp_path).ok("config", "apply", SAMPLES / "hub.yaml")
    loaded = loaded_by("status", "--data-dir", str(tmp_path))
    assert loaded.isdisjoint({"aiohttp", "jinja2", "argon2", "alembic", "hub.web", "hub.node", "hub.pipeline.flow"})


@pytest.mark.own_stores("what is loaded does not depend on rows")
def test_what_is_written_without_a_node_loads_no_server(tmp_path: Path) -> None:
    Cli(tmp_path).ok("config", "apply", SAMPLES / "hub.yaml")
    loaded = loaded_by("partner", "apply", str(SAMPLES / "partners"), "--data-dir", str(tmp_path))
    assert "hub.operator.administration" in loaded
    assert loaded.isdisjoint({"aiohttp", "jinja2", "alembic", "hub.node", "hub.web.app", "hub.control.server"})
