from __future__ import annotations

from pathlib import Path

import pytest

from channels.secret import SecretReference, SecretUnavailable
from hub.rules import all_rules
from hub.settings import HttpTarget, HubSettings, load_configuration, load_settings_text
from partners.problem import path_text
from tests.unit.partners.profiles import ACME, BOLT

HUB = """\
identities:
  - {key: main, qualifier: 01, id: 987654321, gs: [OURGS], default: true}
  - {key: west, qualifier: ZZ, id: OURWEST}
targets:
  - key: erp
    kind: http
    url: https://erp.example/in
    secret: env:ERP_KEY
    allow_networks: [10.0.0.0/8]
    retry: {max_attempts: 5}
  - {key: wms-east, kind: file, path: wms-east, on_dead_letter: pass}
locations:
  - {key: dc-east, identifiers: [{qualifier: 92, id: DC01}, {qualifier: UL, id: 0012345000065}], wms: wms-east}
routes:
  - {documents: [advance_ship_notice], to: [erp, wms-of-ship-to]}
  - {documents: invoice, partners: [acme], to: erp}
systems:
  - {key: erp, documents: [purchase_order]}
"""


def problems(text: str) -> list[str]:
    return [f"{p.line} {path_text(p.path)}: {p.message}" for p in load_settings_text(text, "hub.yaml").problems]


def settings() -> HubSettings:
    return load_settings_text(HUB, "hub.yaml").require()


def test_hub_yaml_is_read() -> None:
    hub = settings()
    erp = hub.target("erp")
    assert isinstance(erp, HttpTarget)
    assert erp.secret == SecretReference("env", "ERP_KEY")
    assert erp.allow_networks == ("10.0.0.0/8",)
    assert erp.retry.max_attempts == 5
    assert hub.identity().key == "main"
    assert hub.identity("west").answers_to("ZZ", "ourwest        ")
    assert hub.routes[1].to == ("erp",)
    assert hub.routes[1].partners == ("acme",)
    assert hub.routes[0].partners == ("*",)
    location = hub.location("UL", "0012345000065")
    assert location is not None
    assert location.wms == "wms-east"
    assert hub.location("92", "DC99") is None
    assert hub.web.host == "127.0.0.1"


def test_without_a_file_there_is_nothing_but_defaults() -> None:
    with pytest.raises(LookupError, match="no default identity"):
        HubSettings().identity()
    with pytest.raises(LookupError, match="no identity nobody"):
        settings().identity("nobody")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("default: true", "default: false", "1 identities: of several identities one must say default: true"),
        (
            "id: OURWEST}",
            "id: OURWEST, default: true}",
            "3 identities[1].default: only one identity can be the default",
        ),
        ("key: west", "key: main", "3 identities[1].key: main stands above already"),
        (
            "wms: wms-east",
            "wms: wms-west",
            "13 locations[0].wms: there is no target wms-west; there are: erp, wms-east",
        ),
        (
            "to: erp}",
            "to: epr}",
            "16 routes[1].to[0]: there is no target epr; there are: erp, wms-east, wms-of-ship-to",
        ),
        ("partners: [acme]", "ship_to: [dc]", "16 routes[1].ship_to[0]: there is no location dc; there are: dc-east"),
        ("partners: [acme]", "partners: [Acme]", "16 routes[1].partners[0]: Acme does not have the form"),
        ("[10.0.0.0/8]", "[10.0.0.1/8]", "9 targets[0].allow_networks: "),
        ("https://erp", "ftp://erp", "7 targets[0].url: a URL starts with http:// or https://"),
        ("https://erp", "https://me:pw@erp", "7 targets[0].url: a URL holds no user name or password"),
        ("https://erp.example/in", "https://[::1", "7 targets[0].url: "),
        ("max_attempts: 5", "max_attempts: 0", "10 targets[0].retry.max_attempts: must be at least 1"),
        ("secret: env:ERP_KEY", "secret: [1]", "8 targets[0].secret: a secret is written as a reference"),
        ("{max_attempts: 5}", "{}\n    rate: {requests: 0}", "11 targets[0].rate.requests: must be at least 1"),
        ("{max_attempts: 5}", "{}\n    concurrency: 99", "11 targets[0].concurrency: must be at most 64"),
        (
            "{max_attempts: 5}",
            '{}\n    maintenance:\n      - {start: "22:00", end: "4:00"}',
            "12 targets[0].maintenance[0].end: ",
        ),
        (
            "{max_attempts: 5}",
            '{}\n    maintenance:\n      - {start: "22:00", end: "04:00", zone: Mars/Base}',
            '12 targets[0].maintenance[0].zone: "Mars/Base" is no time zone',
        ),
        (
            "{max_attempts: 5}",
            '{}\n    maintenance:\n      - {start: "22:00", end: "22:00"}',
            "12 targets[0].maintenance[0].end: a window of every day around the clock never ends",
        ),
        (
            "{max_attempts: 5}",
            "{}\n    success: {expression: status ==}",
            "11 targets[0].success.expression: not a JMESPath expression",
        ),
        ("{max_attempts: 5}", "{}\n    success: {statuses: [302]}", "11 targets[0].success.statuses[0]: "),
        (
            "{max_attempts: 5}",
            "{}\n    confirmation: {system: epr}",
            "11 targets[0].confirmation.system: there is no system epr; there are: erp",
        ),
        (
            "{max_attempts: 5}",
            "{}\n    confirmation: {within_seconds: 60}",
            "11 targets[0].confirmation: nobody could confirm",
        ),
        (
            "{max_attempts: 5}",
            '{}\n    confirmation: {status: {url: "https://erp.example/status", accepted: ok}}',
            "11 targets[0].confirmation.status.url: it needs {key}",
        ),
        ("kind: file", "kind: fil", "11 targets[1]: kind fil is not one of 'http', 'file'"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(old: str, new: str, problem: str) -> None:
    assert old in HUB
    found = problems(HUB.replace(old, new))
    assert [line for line in found if line.startswith(problem)], found


def write(folder: Path, hub: str, **profiles: str) -> tuple[Path, list[Path]]:
    (folder / "hub.yaml").write_text(hub)
    partners = folder / "partners"
    partners.mkdir()
    for name, text in profiles.items():
        (partners / f"{name}.yaml").write_text(text)
    return folder / "hub.yaml", [partners]


def test_a_configuration_is_checked_as_a_whole(tmp_path: Path) -> None:
    configuration = load_configuration(*write(tmp_path, HUB, acme=ACME, bolt=BOLT), all_rules())
    assert configuration.problems == ()
    assert [profile.partner for profile in configuration.profiles.profiles] == ["acme", "bolt"]


def test_names_that_one_file_takes_from_another_are_looked_up(tmp_path: Path) -> None:
    hub = HUB.replace("partners: [acme]", "partners: [acne]")
    acme = ACME.replace("identity: main", "identity: mian").replace("sscc-check-digit", "sscc-check-digits")
    fixed = {problem.fix for problem in load_configuration(*write(tmp_path, hub, acme=acme), all_rules()).problems}
    assert fixed == {"did you mean main?", "did you mean sscc-check-digit?"}


def test_a_route_of_an_unknown_partner_is_named(tmp_path: Path) -> None:
    hub = HUB.replace("partners: [acme]", "partners: [acne]")
    (problem,) = load_configuration(*write(tmp_path, hub, acme=ACME), all_rules()).problems
    assert (problem.line, problem.fix) == (16, "did you mean acme?")


def test_secrets_are_read_from_where_the_reference_says(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("s3cret\n")
    assert SecretReference.parse(f"file:{file}").read().get_secret_value() == "s3cret"
    assert SecretReference.parse("env:KEY").read({"KEY": "s3cret"}).get_secret_value() == "s3cret"
    assert "s3cret" not in repr(SecretReference.parse("env:KEY").read({"KEY": "s3cret"}))
    for text in ("env:MISSING", f"file:{tmp_path}/none", f"file:{tmp_path}"):
        with pytest.raises(SecretUnavailable, match=text.split(":")[0]):
            SecretReference.parse(text).read({})


@pytest.mark.parametrize("text", ["hunter2", "vault:hunter2", "hunter2:", "file:hunter2\x00"])
def test_what_is_no_reference_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="written as a reference") as caught:
        SecretReference.parse(text)
    assert "hunter2" not in str(caught.value)
