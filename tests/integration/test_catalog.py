"""The configuration in force: what the store says, and what it means when a part of it does not load."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import services
from hub.catalog import Catalog, load_catalog, load_pinned
from hub.store.configuration import configurations
from hub.store.store import Store, Tx
from tests.scenarios.running import SAMPLES, sample_profiles

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def apply(store: Store, kind: str, key: str, text: str) -> int:
    with store.begin() as tx:
        return configurations.apply(tx, kind, key, text, "test", NOW)


def test_a_catalog_is_the_same_until_something_is_applied(store: Store) -> None:
    for key, text in sample_profiles().items():
        apply(store, "partner", key, text)
    with store.read() as tx:
        first = load_catalog(tx)
        assert load_catalog(tx, first) is first
    apply(store, "hub", "hub", (SAMPLES / "hub.yaml").read_text())
    with store.read() as tx:
        second = load_catalog(tx, first)
    assert second is not first
    assert second.settings_version == 1
    assert set(second.profiles) == set(sample_profiles())


def test_what_is_applied_while_the_catalog_is_read_is_in_force_at_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(tx: Tx, known: Catalog | None) -> Catalog:
        read = load_catalog(tx, known)
        if not read.settings_version:
            apply(store, "hub", "hub", (SAMPLES / "hub.yaml").read_text())
            hub.configuration_changed()
        return read

    monkeypatch.setattr(services, "load_catalog", overtaken)
    with ThreadPoolExecutor(1) as executor:
        hub = services.HubServices(store, tmp_path, executor)
        assert hub.catalog().settings_version == 1
        assert "erp" in hub.names()


def test_work_that_was_pinned_finds_its_version_again(store: Store) -> None:
    text = sample_profiles()["acme-fasteners"]
    first = apply(store, "partner", "acme-fasteners", text)
    apply(store, "partner", "acme-fasteners", text.replace("name: Acme Fasteners", "name: Acme Fasteners and Sons"))
    with store.read() as tx:
        pinned = load_pinned(tx, "acme-fasteners", first)
        assert pinned is not None
        assert pinned.partner.name == "Acme Fasteners"
        assert load_catalog(tx).profiles["acme-fasteners"].partner.name == "Acme Fasteners and Sons"


def test_a_profile_that_no_longer_loads_stops_no_other_partner(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    for key, text in sample_profiles().items():
        apply(store, "partner", key, text)
    apply(store, "partner", "acme-fasteners", "partner: acme-fasteners\ncolour: red\n")
    with caplog.at_level(logging.ERROR), store.read() as tx:
        catalog = load_catalog(tx)
    assert set(catalog.profiles) == set(sample_profiles()) - {"acme-fasteners"}
    with store.read() as tx:
        assert load_catalog(tx, catalog) is catalog, "it is told once"
    assert "acme-fasteners does not load" in caplog.text
