"""The name under which a node claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.node import claims
from hub.node.claims import LONGEST_NAME, node_name


def test_two_nodes_have_two_names_however_long_their_folders_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims.socket, "gethostname", lambda: "a-host")
    assert node_name(Path("/srv/hub")) == "a-host:/srv/hub"
    names = {node_name(Path("/srv") / number / ("deep/" * 20) / "hub") for number in ("1", "2")}
    assert len(names) == 2
    assert {len(name) for name in names} == {LONGEST_NAME}
