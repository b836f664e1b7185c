"""``docs/operations.md`` and the alert rules speak of what is measured, all of it and nothing else."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub.health.gauges import Gauges
from hub.health.readiness import Prober
from hub.services import HubServices
from hub.store.store import Store
from tests.external import program

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ALERTS = ROOT / "docs" / "alerts.yml"
TABLE = PAGE.partition("| metric | labels | means |")[2].partition("\n\n")[0]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every metric of a node by its name, with its labels where it has values."""
    folder = tmp_path_factory.mktemp("node")
    store = Store("", folder)
    store.migrate()
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=folder, executor=executor)
        services.metrics.registry.register(Gauges(services, Prober(services)))
        text = services.metrics.exposition().decode()
    store.close()
    families = {f.name: f for f in text_string_to_metric_families(text) if f.name.startswith("hub_")}
    return {
        name + ("_total" if family.type == "counter" else ""): {k for s in family.samples for k in s.labels}
        for name, family in families.items()
    }


def test_every_metric_has_its_meaning_on_the_page_and_none_is_made_up(measured: dict[str, set[str]]) -> None:
    rows = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| (`hub_.*) \|$", TABLE, re.M)]
    told = {
        name: set(labels.split(", ")) - {""} for names, labels, *_ in rows for name in re.findall(r"hub_\w+", names)
    }
    assert set(told) == set(measured)
    assert all(len(row) >= 3 and len(row[2]) > 5 for row in rows)
    wrong = {n: (told[n], labels - {"le"}) for n, labels in measured.items() if labels - {"le"} - told[n]}
    assert not wrong


def test_alerts_ask_for_metrics_that_exist_and_say_whose_fault_it_is(measured: dict[str, set[str]]) -> None:
    text = ALERTS.read_text(encoding="utf-8")
    asked = {name.removesuffix("_bucket") for name in re.findall(r"hub_\w+", re.sub(r"(summary|action):.*", "", text))}
    assert asked <= set(measured)
    assert text.count("- alert:") == text.count("labels: {severity:") == text.count("action:")
    assert set(re.findall(r"fault: (\w+)\}", text)) == {"hub", "target", "partner"}


@pytest.mark.external("promtool")
def test_promtool_accepts_the_rules_and_they_speak_when_they_should() -> None:
    for words in (["check", "rules", ALERTS], ["test", "rules", Path(__file__).parent / "alerts.yml"]):
        run = subprocess.run([program("promtool"), *map(str, words)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
