"""docs/webhooks.md: its settings are taken, its notification is what is sent, and its receiver refuses what it should
(row AU09 of the catalogue)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from channels.rest.access import HttpAccess
from channels.rest.credentials import Credentials
from channels.rest.signing import TOLERANCE
from partners.webhook import EVENTS, Webhook

TEXT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
NOW = 1_772_446_500
NEW, OLD, OTHER = "the new key of this receiver", "the key that it had before", "a key of somebody else"
BODY = b'{"id": "event-1", "number": 1.0}'

Taken = Callable[..., bool]


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)
    return str(found)


@pytest.fixture
def taken() -> Taken:
    room: dict[str, Any] = {}
    exec(block("python"), room)
    receiver: Taken = room["taken"]
    return receiver


def request(monkeypatch: pytest.MonkeyPatch, *keys: str, at: int = NOW, body: bytes = BODY) -> dict[str, str]:
    """The headers that the hub sends with these keys as its secrets."""
    for name, key in zip(("FIRST", "SECOND"), keys, strict=False):
        monkeypatch.setenv(name, key)
    named = dict(zip(("secret", "previous_secret"), ("env:FIRST", "env:SECOND")[: len(keys)], strict=False))
    credentials = Credentials(HttpAccess.model_validate(named), lambda: datetime.fromtimestamp(at, UTC))
    return credentials.of_body(body) | {"Idempotency-Key": "event-1"}


def test_its_settings_are_taken_and_every_event_is_named() -> None:
    (webhook,) = YAML(typ="safe").load(block("yaml"))["webhooks"]
    assert Webhook.model_validate(webhook).wants("delivery.dead")
    rows = dict(re.findall(r"^\| `([a-z]+)\.` \| (.*) \|$", TEXT, re.M))
    named = {f"{kind}.{name}" for kind, names in rows.items() for name in re.findall(r"`([a-z_]+)`", names)}
    assert named == set(EVENTS)
    assert set(json.loads(block("json"))["data"]) == {"partner", "status", "transmission", "document", "links"}


def test_what_the_hub_signs_is_taken_once(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    headers = request(monkeypatch, NEW)
    assert taken(headers, BODY, [NEW], seen, NOW)
    assert not taken(headers, BODY, [NEW], seen, NOW), "a replay has no effect"


@pytest.mark.parametrize("receiver", [[OLD], [OLD, NEW], [NEW]], ids=["before", "meanwhile", "after"])
def test_a_receiver_may_change_its_secret_at_any_time(
    taken: Taken, monkeypatch: pytest.MonkeyPatch, receiver: list[str]
) -> None:
    assert taken(request(monkeypatch, NEW, OLD), BODY, receiver, set(), NOW)


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


@pytest.mark.parametrize(
    ("keys", "change", "body", "at"),
    [
        ([NEW], without("X-Hub-Signature"), BODY, NOW),
        ([NEW], without("X-Hub-Timestamp"), BODY, NOW),
        ([OTHER], dict, BODY, NOW),
        ([OLD], dict, BODY, NOW),  # after the rotation
        ([NEW], dict, BODY, NOW + TOLERANCE + 1),
        ([NEW], dict, BODY, NOW - TOLERANCE - 1),
        ([NEW], dict, json.dumps(json.loads(BODY), separators=(",", ":")).encode(), NOW),  # parsed and written anew
        ([NEW], lambda headers: headers | {"X-Hub-Timestamp": str(NOW + 1)}, BODY, NOW),
        ([NEW], lambda headers: headers | {"X-Hub-Timestamp": "٣"}, BODY, NOW),
        ([NEW], lambda headers: headers | {"X-Hub-Signature": "v1=" + "é" * 64}, BODY, NOW),
    ],
    ids=["unsigned", "undated", "wrong", "old", "late", "early", "re-encoded", "redated", "digits", "noise"],
)
def test_what_the_hub_did_not_sign_now_is_refused(
    taken: Taken,
    monkeypatch: pytest.MonkeyPatch,
    keys: list[str],
    change: Callable[[dict[str, str]], dict[str, str]],
    body: bytes,
    at: int,
) -> None:
    """AU09."""
    with pytest.raises(ValueError, match="not signed"):
        taken(change(request(monkeypatch, *keys)), body, [NEW], set(), at)


@pytest.mark.parametrize("at", [NOW - TOLERANCE, NOW + TOLERANCE])
def test_five_minutes_off_are_taken(taken: Taken, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    assert taken(request(monkeypatch, NEW), BODY, [NEW], set(), at)
