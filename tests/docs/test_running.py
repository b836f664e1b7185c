"""``docs/running.md`` and what lies beside it start what exists, with settings that exist, and have no password."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from hub.cli.program import COMMANDS, program
from hub.observe.traces import ENDPOINTS
from hub.settings import HubSettings, load_settings_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
FOLDER = ROOT / "docs" / "running"
COMPOSE: dict[str, Any] = YAML(typ="safe").load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
UNIT = (FOLDER / "supplier-hub.service").read_text(encoding="utf-8")
OF_LIBRARIES = {"PGPASSWORD", "NATS_PASSWORD", "PATH", "ERP_SECRET", *ENDPOINTS}


def options(command: str) -> tuple[set[str], set[str]]:
    """A command's options, and the environment variables that it reads."""
    parameters = get_command(program(command)).commands[command].params  # type: ignore[attr-defined]
    return {name for one in parameters for name in one.opts}, {one.envvar for one in parameters if one.envvar}


STARTS = {
    **{
        f"compose: {name}": service["command"]
        for name, service in COMPOSE["services"].items()
        if service.get("command", [""])[0] == "hub"
    },
    "Dockerfile": re.findall(r'"([^"]*)"', DOCKERFILE.rpartition("\nCMD")[2]),
    "systemd": shlex.split(re.findall(r"^ExecStart=(.*)$", UNIT, re.M)[0]),
}


@pytest.mark.parametrize("where", STARTS)
def test_what_is_started_is_a_command_with_options_that_it_has(where: str) -> None:
    hub, command, *words = STARTS[where]
    assert Path(hub).name == "hub"
    assert command in COMMANDS
    assert {word for word in words if word.startswith("-")} <= options(command)[0]


def test_variables_are_read_by_the_hub_or_by_what_it_uses() -> None:
    read = options("serve")[1] | OF_LIBRARIES
    given = {name for service in COMPOSE["services"].values() for name in service.get("environment", {})}
    given -= set(COMPOSE["services"]["postgres"]["environment"])
    given |= set(re.findall(r"^Environment=(\w+)=", UNIT, re.M)) | set(re.findall(r"(SUPPLIER_HUB_\w+)=", DOCKERFILE))
    assert given <= read
    assert set(re.findall(r"SUPPLIER_HUB_\w+", PAGE + UNIT)) <= read


def test_no_password_stands_there_and_none_is_left_out() -> None:
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+):\?", text)) == {"POSTGRES_PASSWORD", "NATS_PASSWORD"}
    assert not re.findall(r"\$\{\w+(?!:\?)\W", text)
    assert not re.findall(r"PASSWORD: (?!\$\{)", text)


def test_every_service_is_watched_and_whoever_needs_it_waits_until_it_is_well() -> None:
    for name, service in COMPOSE["services"].items():
        lasting = name != "owner"
        assert ("healthcheck" in service) is lasting
        assert ("restart" in service) is lasting
    for node in ("hub", "worker"):
        conditions = {name: one["condition"] for name, one in COMPOSE["services"][node]["depends_on"].items()}
        assert conditions == {
            "postgres": "service_healthy",
            "nats": "service_healthy",
            "owner": "service_completed_successfully",
        }
    named = {
        volume.partition(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", ())
    }
    assert named == set(COMPOSE["volumes"])


def test_the_unit_lets_children_take_their_limits() -> None:
    denied = re.findall(r"^SystemCallFilter=~(.*)$", UNIT, re.M)
    assert denied
    assert not {"@resources", "setrlimit", "prlimit64"} & {word for line in denied for word in line.split()}
    assert re.search(r"^KillMode=mixed$", UNIT, re.M), "a stop is told to the node alone"


def test_settings_and_metrics_that_the_page_names_exist() -> None:
    for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.S):
        assert load_settings_text(text, "running.md").problems == ()
    metrics = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {name for name in re.findall(r"hub_\w+", PAGE) if name not in metrics} == set()
    for path in re.findall(r"\]\(([\w./-]+)", PAGE):
        assert (ROOT / "docs" / path).exists(), path
    assert {"computing", "retention", "web"} <= HubSettings.model_fields.keys()
