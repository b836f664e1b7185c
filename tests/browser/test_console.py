"""The console in a real browser: by mouse and by keyboard, in light and dark, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from hub.store.traffic import deliveries
from tests.external import program
from tests.integration.web.held import hold_invoices, invoices, mend
from tests.integration.web.running_hub import OPERATOR, PASSWORD, Site, running
from tests.integration.web.seed import Seeded, seed

pytestmark = pytest.mark.external("chromium")

PATIENCE = 60_000
"""Milliseconds for what must come in the end, on a machine that has other work."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        started = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Site, Seeded]]:
    with running(tmp_path) as started:
        yield started, seed(started.store, started.clock(), days=2)


@pytest.fixture
def page(browser: Browser, site: tuple[Site, Seeded]) -> Iterator[Page]:
    """Signed in; a complaint of the browser (a broken policy, a missing file, a script error) fails the test."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    context = browser.new_context(base_url=f"http://127.0.0.1:{site[0].port}")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.on("console", complain)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto("/")
    opened.get_by_label("Name").fill(OPERATOR)
    opened.get_by_label("Password").fill(PASSWORD)
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("heading", name="Overview")).to_be_visible()
    yield opened
    context.close()
    assert not complaints


def test_from_an_order_number_to_the_erps_answer(page: Page) -> None:
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_label("Order, invoice, shipment or control number").fill("PO-7004")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ship notice").click()
    expect(page.locator(".way li")).to_have_count(7)
    expect(page.get_by_text("503 Service Unavailable").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"ST*850*0001~")


def test_dead_letters_are_given_up_in_two_steps(page: Page, site: tuple[Site, Seeded]) -> None:
    page.get_by_role("link", name=re.compile("^Dead letters")).click()
    page.locator("input[data-ticks-all]").check()
    page.get_by_role("textbox", name="Reason").fill("ordered again by phone")
    page.get_by_role("button", name="Give up").click()
    page.get_by_role("button", name="Yes, give up").click()
    expect(page.get_by_text("done", exact=True)).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_text("No dead letters. Everything that left was taken.")).to_be_visible()
    with site[0].store.read() as tx:
        settled = deliveries.get(tx, site[1].dead_delivery)
    assert settled is not None
    assert settled.status == "given_up"


def test_held_invoices_are_chosen_by_filter_seen_side_by_side_and_replayed_by_keyboard(
    page: Page, site: tuple[Site, Seeded]
) -> None:
    hold_invoices(site[0], 2)
    mend(site[0])
    page.goto("/documents?partner=acme-fasteners&state=held")
    page.get_by_role("button", name="See a replay of all that fit").press("Enter")
    expect(page.get_by_role("heading", name="Replay of 2 documents")).to_be_visible()
    expect(page.locator("ins", has_text="CA").first).to_be_visible()
    page.locator("summary", has_text="Invoice INV-2").press("Enter")
    page.get_by_text("What it would get").nth(1).press("Enter")
    expect(page.locator(".beside .added").last).to_be_visible()
    page.wait_for_load_state()  # with its styles
    for scheme, width in (("light", 360), ("dark", 1280)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert not page.evaluate(CONTRAST)
    page.get_by_role("textbox", name="Reason").fill("units imported")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 replayed")).to_be_visible()
    assert [one.status for one in invoices(site[0])][-2:] == ["routed", "routed"]


def test_every_page_works_by_keyboard(page: Page) -> None:
    page.goto("/documents")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.getAttribute('href')") or "").startswith("/documents/doc_"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".way")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_screen(page: Page, site: tuple[Site, Seeded], scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    seeded = site[1]
    paths = [
        "/",
        "/documents",
        "/transmissions",
        "/targets",
        "/dead-letters",
        "/work-items",
        "/deliveries",
        "/notifications",
    ]
    paths += [f"/documents/{seeded.rejected}", f"/documents/{seeded.dead}", f"/transmissions/{seeded.quarantined}"]
    for path in paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        faint = page.evaluate(CONTRAST)
        assert not faint, (path, faint)


CONTRAST = """() => {
  const light = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
  const parse = s => (s.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => .2126 * light(r) + .7152 * light(g) + .0722 * light(b);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const faint = [];
  for (const e of document.querySelectorAll("main *, header *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest("svg") || !e.offsetParent || getComputedStyle(e).opacity < 1) continue;
    const a = luminance(parse(getComputedStyle(e).color)), b = luminance(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faint.push(`${e.tagName} ${e.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
"""Text whose contrast with its ground is below 4.5 to 1 (WCAG 2 AA)."""


def test_without_javascript_everything_still_works(browser: Browser, site: tuple[Site, Seeded]) -> None:
    context = browser.new_context(base_url=f"http://127.0.0.1:{site[0].port}", java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Name").fill(OPERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/dead-letters")
    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_role("textbox", name="Reason").fill("mended")
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("button", name="Yes, resend")).to_be_visible()
    context.close()
