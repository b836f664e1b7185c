"""Rows CF06, CF07 and CF08: what no channel, target or webhook is configured to do."""

from __future__ import annotations

import pytest

from channels.rest.credentials import weakness
from hub.rules import all_rules
from hub.settings import HubSettings, load_settings_text, weak_keys
from partners.loader import Known, load_profile_text
from partners.problem import path_text
from tests.integration.stepping import profile

KEY = "SHA256:G1KpEJCSV3UNwiqVDlMmV3DDmLBA/r58brTxj+PC55Q"
SFTP = f'kind: sftp, host: sftp.partner.example, user: us, password: "env:P", host_keys: ["{KEY}"]'
CHANNELS = {
    "folder": "kind: folder, inbound: acme/more",
    "sftp": SFTP + ", inbound: [{path: out}]",
    "rest": 'kind: rest, inbound: {url: "https://api.partner.example/next"}',
}
SENDING = {
    "folder": "kind: folder, outbound: acme/more",
    "sftp": SFTP + ", outbound: in",
    "rest": 'kind: rest, outbound: {url: "https://api.partner.example/"}',
}


def problems(channel: str) -> list[tuple[str, str]]:
    """Place and message of what is wrong with a profile that has this channel as well."""
    text = profile().replace("\nchannels: [", "\nchannels: [{name: more, " + channel + "}, ")
    known = Known(all_rules(), objection=HubSettings().objection_to_remote, weakness=weakness)
    found = load_profile_text(text, "acme.yaml", known).problems
    return [(path_text(problem.path), problem.message) for problem in found]


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("seconds", ["0", "-1", "0.5", "86401", "every second", "'* * * * * *'", ".inf", "1e9"])
def test_cf06_an_interval_is_a_whole_second_at_least_and_a_day_at_most(kind: str, seconds: str) -> None:
    assert problems(CHANNELS[kind]) == []
    ((place, _),) = problems(f"{CHANNELS[kind]}, poll_seconds: {seconds}")
    assert place == "channels[0].poll_seconds"


@pytest.mark.parametrize("kind", SENDING)
@pytest.mark.parametrize(
    ("window", "field"),
    [
        ('{start: "22:00", end: "04:00", zone: Mars/Base}', "zone"),
        ('{start: "22:00", end: "04:00", zone: ""}', "zone"),
        ('{start: "24:00", end: "04:00"}', "start"),
        ('{start: "22:00", end: "22:00"}', "end"),
    ],
)
def test_cf06_hours_without_a_zone_that_exists_or_an_end_are_refused(kind: str, window: str, field: str) -> None:
    assert problems(f'{SENDING[kind]}, maintenance: [{{start: "02:30", end: "03:30", zone: America/Chicago}}]') == []
    found = [place for place, _ in problems(f"{SENDING[kind]}, maintenance: [{window}]")]
    assert found == [f"channels[0].maintenance[0].{field}"]


@pytest.mark.parametrize("kind", ["sftp", "rest"])
@pytest.mark.parametrize(
    "off", ["verify: false", "verify_ssl: false", "insecure: true", "tls: {verify: 'off'}", "check_hostname: false"]
)
def test_cf07_no_setting_turns_the_proof_of_who_they_are_off(kind: str, off: str) -> None:
    ((place, message),) = problems(f"{CHANNELS[kind]}, {off}")
    assert (place, message) == (f"channels[0].{off.partition(':')[0]}", "there is no such field")


def test_cf07_a_server_whose_host_key_is_not_pinned_is_no_channel() -> None:
    ((place, message),) = problems(CHANNELS["sftp"].replace(f'host_keys: ["{KEY}"], ', ""))
    assert (place, message) == ("channels[0].host_keys", "is required")


@pytest.mark.parametrize("text", ["hunter2-hunter2", "Bearer abc", "env:", "vault:x", "'{{ secret }}'"])
def test_cf08_a_secret_is_named_and_never_written(text: str) -> None:
    for field in ("secret", "ca"):
        ((place, message),) = problems(f"{SENDING['rest']}, {field}: {text}")
        assert place == f"channels[0].{field}"
        assert "as a reference" in message
        assert text not in message.replace("env:NAME", "")
    settings = f"targets: [{{key: erp, kind: http, url: 'https://erp.example/', secret: {text}}}]"
    (problem,) = load_settings_text(settings, "hub.yaml").problems
    assert path_text(problem.path) == "targets[0].secret"


@pytest.mark.parametrize(
    "key",
    ["x", "fifteen-letters", "changeme-changeme", "secretsecretsecret", "a" * 40, "01" * 12, "test-webhook-secret"],
)
def test_cf08_a_key_that_can_be_guessed_is_refused_where_it_can_be_read(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = f"{SENDING['rest']}, secret: 'env:WEAK', previous_secret: 'env:ABSENT'"
    assert problems(channel) == [], "it may be set later, or elsewhere"
    monkeypatch.setenv("WEAK", key)
    ((place, message),) = problems(channel)
    assert place == "channels[0].secret"
    assert "openssl rand" in message
    assert key not in message or key == "x"
    target = "targets: [{key: erp, kind: http, url: 'https://erp.example/', secret: 'env:WEAK'}]"
    hook = "{name: a, url: 'https://wms.example/', events: ['delivery.*'], secret: 'env:WEAK'}"
    read = load_settings_text(f"{target}\nsystems: [{{key: wms, webhooks: [{hook}]}}]", "hub.yaml")
    found = [path_text(path) for path, _ in weak_keys(read.require())]
    assert found == ["targets[0].secret", "systems[0].webhooks[0].secret"]
    monkeypatch.setenv("WEAK", "5f0c2d9b7a1e4f6380c5d2b9e7a1f4c6")
    assert problems(channel) == []
