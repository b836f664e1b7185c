"""What docs/api.md shows works against a running hub, and what it says of scopes and limits is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from channels.rest.signing import sign
from channels.settings import ApiSettings
from hub.entry.credentials import REMEMBERED_SECONDS, TOKEN_LIFETIME
from hub.principal import Scope
from hub.settings import WebSettings, load_settings_text
from hub.web.api.idempotency import KEY_LENGTH
from hub.web.bodies import Limits
from hub.web.connections import Patience
from tests.integration.cli.commands import ROOT, Cli
from tests.ports import free_port

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
SECRET = "a secret of birch paper 4711"


def test_its_commands_work_one_after_another(tmp_path: Path) -> None:
    cli = Cli(tmp_path).configured()
    port = free_port()
    with cli.serving(port):
        script = "\n".join(BLOCKS).replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        script += '\necho "signed $NOW $HMAC"\n'
        search_path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        run = subprocess.run(
            ["bash", "-euc", script],
            cwd=ROOT,
            env={**os.environ, "PATH": search_path, "SUPPLIER_HUB_DATA": str(tmp_path), "BIRCH_NEW": SECRET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count('"documents"') == 2, "by key and by token"
    assert "\n403\n" in run.stdout
    assert len(set(re.findall(r'"id": ?"(tr_\w+)"', run.stdout))) == 3, "one of the gateway, one sent twice, one signed"
    signed = re.search(r"signed (\d+) (\w+)", run.stdout)
    assert signed is not None
    body = (ROOT / "samples/documents/birch-acknowledgment-10046.json").read_bytes()
    assert sign(SECRET, int(signed[1]), body) == f"v1={signed[2]}"


def test_its_settings_are_some() -> None:
    gateways, channels = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    settings = load_settings_text(gateways, "api.md").require()
    assert settings.gateways[0].partners == ("acme-fasteners", "birch-paper")
    (channel,) = YAML(typ="safe").load(channels)["channels"]
    signature = ApiSettings.model_validate(channel).signature
    assert signature is not None
    assert len(signature.secrets) == 2
    proxied = YAML(typ="safe").load(re.findall(r"`web: (\{trusted_proxies.*?\})`", PAGE)[0])
    assert str(WebSettings.model_validate(proxied).trusted_proxies[0]) == "10.1.0.0/16"


def test_its_figures_are_so() -> None:
    limits, patience, rate = Limits(), Patience(), WebSettings().api_rate
    for told in (
        f"q={rate.requests};w={rate.seconds}",
        f"{limits.transmission // 1_000_000} MB, {limits.document // 1_000_000} MB",
        f"{limits.seconds:.0f} seconds, and in any {limits.silence:.0f} of them at least {limits.least // 1024} kB",
        f"{patience.head:.0f} seconds from its first byte",
        f"{patience.reading:.0f} seconds | the connection is dropped",
        f"{patience.idle:.0f} seconds | it is closed",
        f"more than {KEY_LENGTH} characters",
        f"{TOKEN_LIFETIME.total_seconds() / 60:.0f} minutes",
    ):
        assert told in PAGE, told
    assert REMEMBERED_SECONDS <= 10
    assert {name for name in Scope if f"`{name}`" not in PAGE} == set()
