"""Requests that the API's own description leads to, good and bad, at a running hub: every check of schemathesis holds.

SCHEMATHESIS_EXAMPLES asks for more than a few of each operation.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from hub.operator import administration
from hub.store.configuration import configurations
from hub.web.api.routes import TABLE
from tests.integration.web.conftest import SAMPLES, configure
from tests.integration.web.running_hub import Site, running
from tests.integration.web.seed import seed

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))

PARTNERS_BODY = {"$ref": "#/components/schemas/PurchaseOrderAcknowledgment"}
SYSTEMS_BODY = {
    "type": "object",
    "properties": {"partner": {"const": "acme-fasteners"}, "document": {"$ref": "#/components/schemas/PurchaseOrder"}},
    "required": ["partner", "document"],
    "additionalProperties": False,
}
GATEWAYS_BODY = {
    "type": "object",
    "properties": {"partner": {"const": "birch-paper"}, "document": PARTNERS_BODY},
    "required": ["partner", "document"],
    "additionalProperties": False,
}
CALLERS = [
    ("partner", "birch-paper", "key", PARTNERS_BODY),
    ("system", "erp", "token", SYSTEMS_BODY),
    ("gateway", "van", "key", GATEWAYS_BODY),
]
"""With what each posts to /v1/documents: its own form, and one type of document, as all thirteen at once take more time
to invent than the suite has."""

TAKEN = ["2xx", "3xx", "401", "403", "404", "409", "429"]
REUSED_KEY = "422"  # an Idempotency-Key that the run has used for another body
BEYOND_SCHEMAS = {f"{one.method} {one.full_path}": [REUSED_KEY] for one in TABLE if one.idempotent} | {
    # a document that fits its schema may break a rule between fields: a code that is missing beside the word "other"
    "POST /v1/documents": ["422"],
    # a selection may fit no document
    "POST /v1/replays": ["422"],
    # of bytes, at least one, some media types are given none
    "POST /v1/transmissions": ["400", REUSED_KEY],
}
"""What may also be answered to a request that fits the description, as it is refused for something that JSON Schema
cannot say. Every other check holds there too."""


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, migrated_url: str) -> Iterator[Site]:
    """With two busy weeks behind it, and hardly a limit on how many requests are taken."""
    with running(tmp_path_factory.mktemp("fuzzed"), store_url=migrated_url) as started:
        configure(started)
        text = (SAMPLES / "hub.yaml").read_text().replace("web: {", "web: {api_rate: {requests: 100000, per: second}, ")
        with started.store.begin() as tx:
            configurations.apply(tx, "hub", "hub", text, "test", started.clock())
        seed(started.store, started.clock())
        yield started


def settings(site: Site, key: str) -> dict[str, Any]:
    return {
        "base-url": f"http://127.0.0.1:{site.port}",
        "headers": {"Authorization": f"Bearer {key}"},
        "seed": 7,
        "continue-on-failure": True,
        "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        "checks": {"enabled": True},
        "operations": [
            {
                "include-name": name,
                "checks": {"positive_data_acceptance": {"expected-statuses": [*TAKEN, *statuses]}},
                # going through every field of a canonical document takes thousands of requests
                "phases": {"coverage": {"enabled": EXAMPLES > 3 or name != "POST /v1/documents"}},
            }
            for name, statuses in BEYOND_SCHEMAS.items()
        ],
        "phases": {"stateful": {"max-steps": 3}},
        "request-timeout": 60,
    }


def secret(site: Site, kind: str, subject: str, credential: str) -> str:
    """A key, or a token that was drawn with one (OAuth 2)."""
    id, key = administration.create_key(site.services, kind, subject, "schemathesis", actor="test")
    if credential == "key":
        return key
    form = urlencode({"grant_type": "client_credentials", "client_id": id, "client_secret": key}).encode()
    drawn = site.client().ask("POST", "/v1/oauth/token", form, Content_Type="application/x-www-form-urlencoded")
    return str(drawn.json["access_token"])


def described(site: Site, body: dict[str, Any]) -> dict[str, Any]:
    """The description, with what this caller posts as a document, and without waiting for what nobody brings."""
    found: dict[str, Any] = site.client().get("/v1/openapi.json").json
    content = found["paths"]["/v1/documents"]["post"]["requestBody"]["content"]
    content["application/json"]["schema"] = body
    del found["paths"]["/v1/events/stream"]  # it has no end
    outbox = found["paths"]["/v1/outbox"]["get"]
    outbox["parameters"] = [one for one in outbox["parameters"] if one.get("name") != "wait"]
    return found


@pytest.mark.timeout(300 if EXAMPLES <= 3 else 7200)
@pytest.mark.parametrize(("kind", "subject", "credential", "body"), CALLERS)
def test_every_check_holds(site: Site, kind: str, subject: str, credential: str, body: dict[str, Any]) -> None:
    config = SchemathesisConfig.from_dict(settings(site, secret(site, kind, subject, credential)))
    schema = schemathesis.openapi.from_dict(described(site, body), config=config)
    checked, failures = Counter[str](), dict[str, str]()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            failures[f"{event.label}"] = str(event.info.format())
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            for check in (one for found in event.recorder.checks.values() for one in found):
                checked[check.name] += 1
                if (failed := check.failure_info) is not None:
                    name = f"{check.name} {event.label}: {failed.failure.title}"
                    failures.setdefault(name, f"{failed.failure.message}\n{failed.code_sample}")
    assert min(checked.values()) > 500
    assert len(checked) >= 14
    assert not failures, "\n\n".join(f"{name}: {told}" for name, told in failures.items())
