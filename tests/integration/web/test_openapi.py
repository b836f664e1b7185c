"""The API describes itself: the document is sound, needs no key, and says of an operation what its headers say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest

from canonical.document import json_schemas, parse_document, to_json
from hub.web.api.examples import DOCUMENTS
from hub.web.api.openapi import document
from hub.web.api.operation import Deprecation
from hub.web.api.routes import TABLE, make_api
from hub.web.app import make_app
from tests.builders import make_purchase_order
from tests.integration.web.described import description, problems_with, resolved
from tests.integration.web.running_hub import Client, Site, serving_app
from tests.integration.web.test_api import SAMPLES


def operations() -> Iterator[dict[str, Any]]:
    for path in description()["paths"].values():
        yield from path.values()


def test_it_is_served_to_who_has_no_key(site: Site) -> None:
    answer = site.client().get("/v1/openapi.json")
    assert (answer.status, answer.headers.get_content_type()) == (200, "application/json")
    assert answer.json == json.loads(json.dumps(description()))
    again = site.client().get("/v1/openapi.json", If_None_Match=answer.headers["ETag"])
    assert again.status == 304


def test_every_reference_points_to_something_and_every_schema_is_one() -> None:
    text = json.dumps(description())
    references = set(re.findall(r'"\$ref": "([^"]+)"', text))
    assert len(references) > 100
    for reference in references:
        assert resolved({"$ref": reference})
    for name, schema in description()["components"]["schemas"].items():
        assert "__" not in name, "two models have one name"
        jsonschema_rs.meta.validate(schema)


def test_nothing_is_described_that_nothing_uses() -> None:
    text = json.dumps(description())
    for kind, parts in description()["components"].items():
        if kind != "securitySchemes":
            for name in parts:
                assert f'"#/components/{kind}/{name}"' in text, (kind, name)


def test_every_operation_says_what_it_takes_and_answers() -> None:
    names = [operation["operationId"] for operation in operations()]
    assert len(set(names)) == len(names) == len(TABLE)
    for operation in operations():
        assert operation["summary"]
        assert operation["description"]
        assert "500" in operation["responses"]
        assert not operation["security"] or "401" in operation["responses"]


@pytest.mark.parametrize("kind", json_schemas())
def test_the_canonical_models_are_the_published_ones(kind: str) -> None:
    shared = description()["components"]["schemas"]
    mapping = shared["Document"]["discriminator"]["mapping"]
    own, published = resolved({"$ref": mapping[kind]}), json_schemas()[kind]
    assert own["properties"].keys() == published["properties"].keys()
    assert own["required"] == published["required"]


def test_sample_documents_are_what_the_description_says() -> None:
    files = sorted((SAMPLES / "documents").glob("*.json"))
    assert len(files) >= 2
    for file in files:
        posted = json.loads(file.read_bytes())
        assert (
            problems_with(
                posted, {"$ref": "#/components/schemas/" + ("Addressed" if "partner" in posted else "Document")}
            )
            == []
        )
    order = json.loads(to_json(make_purchase_order()))
    assert problems_with(order, {"$ref": "#/components/schemas/Document"}) == []
    assert problems_with(order | {"surprise": 1}, {"$ref": "#/components/schemas/Document"})


SINCE, SUNSET = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_a_deprecated_operation_says_so_in_the_document_and_in_every_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Deprecation(SINCE, SUNSET, "https://hub.example/changes")
    table = tuple(replace(one, deprecation=old) if one.name == "list_schemas" else one for one in TABLE)
    described = document(table)["paths"]["/v1/schemas"]["get"]
    assert described["deprecated"] is True
    assert old.headers().keys() <= described["responses"]["200"]["headers"].keys()
    monkeypatch.setattr("hub.web.app.make_api", lambda: make_api(table))
    key = site.key("system", "erp")
    with serving_app(make_app(site.services)) as port:
        for headers, status in (({"Authorization": f"Bearer {key}"}, 200), ({}, 401)):
            answer = Client(port).get("/v1/schemas", **headers)
            assert answer.status == status
            assert answer.headers["Deprecation"] == "@1772323200"
            assert answer.headers["Sunset"] == "Mon, 01 Mar 2027 12:00:00 GMT"
            assert answer.headers["Link"] == '<https://hub.example/changes>; rel="deprecation"'
        other = Client(port).get("/v1/schemas/invoice", Authorization=f"Bearer {key}")
        assert "Deprecation" not in other.headers


def test_every_example_is_valid() -> None:
    shown = [
        (operation["operationId"], name, example["value"], media["schema"])
        for operation in operations()
        for media in operation.get("requestBody", {}).get("content", {}).values()
        for name, example in media.get("examples", {}).items()
    ]
    assert len(shown) >= 6
    for operation, name, value, schema in shown:
        assert problems_with(value, schema) == [], (operation, name)
    for value in DOCUMENTS.values():
        parse_document(value.get("document", value))
