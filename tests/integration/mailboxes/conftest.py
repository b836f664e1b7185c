"""A running mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.store import Store
from tests.mailboxes import Door, running_door


@pytest.fixture
def door(store: Store, tmp_path: Path) -> Iterator[Door]:
    with running_door(store, tmp_path) as running:
        yield running
