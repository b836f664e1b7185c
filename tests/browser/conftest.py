"""A browser is given the time that it is given in earnest: other tests let a site lose patience within a second or two,
which a browser may need on a machine that has other work."""

from __future__ import annotations

from functools import partial

import pytest

from hub.web.bodies import Limits
from hub.web.connections import Patience
from tests.integration.web import running_hub


@pytest.fixture(autouse=True)
def patience_in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_hub, "LIMITS", Limits())
    monkeypatch.setattr(running_hub, "serving_app", partial(running_hub.serving_app, patience=Patience()))
