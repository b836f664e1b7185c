"""A running hub with two busy weeks behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.configuration import configurations
from tests.integration.web.running_hub import Site, running
from tests.integration.web.seed import Seeded, seed

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture
def site(tmp_path: Path, migrated_url: str) -> Iterator[Site]:
    """Fresh, with one operator and the sample configuration."""
    with running(tmp_path, store_url=migrated_url) as started:
        configure(started)
        yield started


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, module_url: str) -> Iterator[tuple[Site, Seeded]]:
    """Shared by the tests of a module, which only look at it."""
    with running(tmp_path_factory.mktemp("busy"), store_url=module_url) as started:
        configure(started)
        yield started, seed(started.store, started.clock())


def configure(site: Site) -> None:
    with site.store.begin() as tx:
        hub = (SAMPLES / "hub.yaml").read_text()
        configurations.apply(tx, "hub", "hub", hub, "test", site.clock())
        for file in sorted((SAMPLES / "partners").glob("*.yaml")):
            configurations.apply(tx, "partner", file.stem, file.read_text(), "test", site.clock())
