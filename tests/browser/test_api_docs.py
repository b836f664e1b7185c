"""The API's pages in a real browser: by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.test_console import PATIENCE
from tests.external import program
from tests.integration.web.running_hub import running

pytestmark = pytest.mark.external("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        started = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """On a phone. A complaint of the browser, such as about a broken policy, fails the test."""
    complaints: list[str] = []
    with running(tmp_path) as site:
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{site.port}", viewport={"width": 390, "height": 844}, color_scheme=request.param
        )
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE)
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        context.close()
    assert not complaints


def test_from_the_index_to_a_field_by_keyboard(page: Page) -> None:
    page.goto("/docs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.get_by_role("navigation", name="Operations").get_by_role("link", name="Find documents").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/docs#list_documents")
    problems = page.locator("#list_documents summary").last
    problems.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list_documents").get_by_role("link", name="Problem").first).to_be_visible()
    page.locator("#list_documents").get_by_role("link", name="DocumentList").press("Enter")
    expect(page.get_by_role("heading", name="DocumentList")).to_be_visible()
    for path in ("/docs", "/docs/DocumentRecord", "/docs/Document"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{path} is wider than a phone"
