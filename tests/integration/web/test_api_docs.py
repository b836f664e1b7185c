"""The pages of the API: everything that is described, for everybody, and nothing that the policy forbids."""

from __future__ import annotations

import re

from hub.web.api.routes import TABLE
from tests.integration.web.described import description
from tests.integration.web.running_hub import Site


def test_every_operation_and_model_is_shown_to_who_has_no_key(site: Site) -> None:
    client = site.client()
    answer = client.get("/docs")
    assert answer.status == 200
    for operation in TABLE:
        assert f'id="{operation.name}"' in answer.text
        assert f"<code>{operation.full_path}</code>" in answer.text
    links = set(re.findall(r'href="(/docs/\w+)"', answer.text))
    assert links == {f"/docs/{name}" for name in description()["components"]["schemas"]}
    for link in sorted(links):
        assert client.get(link).status == 200, link


def test_a_model_has_its_fields_and_says_which_are_required(site: Site) -> None:
    shown = site.client().get("/docs/AcceptedRecord").text
    assert re.search(r"<code>status_url</code> <span[^>]*>required", shown)
    assert '<a href="/docs/DocumentStatus">' in site.client().get("/docs/DocumentRecord").text
    assert "<code>routed</code>" in site.client().get("/docs/DocumentStatus").text
    assert site.client().get("/docs/Nothing").status == 404


def test_they_need_no_script_and_nothing_from_elsewhere(site: Site) -> None:
    for path in ("/docs", "/docs/Document"):
        answer = site.client().get(path)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not re.search(
            r"<style|style=|<script(?! src=\"/static/)|\son\w+=|(?:src|href)=\"(?:https?:)?//", answer.text
        )


def test_who_is_signed_in_finds_back_to_the_console(site: Site) -> None:
    assert 'href="/documents"' in site.signed_in().get("/docs").text
