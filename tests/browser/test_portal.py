"""The portal and the partner managers' pages in a real browser: by keyboard alone, on a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from hub.node.arrivals import process_pending
from tests.browser.test_console import CONTRAST, PATIENCE
from tests.external import program
from tests.integration.web.conftest import configure
from tests.integration.web.portal_people import ACME, SECRET, invited, open_portals
from tests.integration.web.running_hub import OPERATOR, PASSWORD, Site, running
from tests.integration.web.test_portal_files import CASES, MIXED, arrived

pytestmark = pytest.mark.external("chromium")

SCREENS = (("light", 360), ("dark", 360), ("light", 1280), ("dark", 1280))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        started = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path) as started:
        configure(started)
        open_portals(started, ACME)
        yield started


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A complaint of the browser (a broken policy, a missing file, a script error) fails the test."""
    complaints: list[str] = []
    context = browser.new_context(base_url=f"http://127.0.0.1:{site.port}")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert not complaints


def look(page: Page) -> None:
    """Nothing is wider than the screen, and no text is too faint."""
    page.wait_for_load_state()  # with its styles
    for scheme, width in SCREENS:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, width)
        faint = page.evaluate(CONTRAST)
        assert not faint, (page.url, scheme, faint)


def tab_to(page: Page, name: str) -> None:
    """By the tabulator alone."""
    for _ in range(60):
        page.keyboard.press("Tab")
        said = "document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || ''"
        if page.evaluate(said).strip() == name:
            return
    raise AssertionError(f"{name} is not reached by the keyboard")


def test_from_the_invitation_to_the_answer_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(invited(site))
    look(page)
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Send a file")).to_be_visible()
    look(page)
    page.get_by_label("Choose a file").set_input_files(CASES / "three-invoices-one-bad" / "input.edi")
    tab_to(page, "Look at it first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Before it is sent")).to_be_visible()
    expect(page.get_by_role("heading", name="Invoice INV-55131")).to_be_visible()
    expect(page.locator(".findings code", has_text="ST*0002/IT1[1]/IT102")).to_be_visible()
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the list of problems").press("Enter")
    assert b"IT102" in Path(download.value.path()).read_bytes()
    tab_to(page, "Send it as it is")
    page.keyboard.press("Enter")
    expect(page.get_by_text("safely stored").first).to_be_visible()
    page.reload()
    page.go_back()
    expect(page.get_by_text("safely stored").first).to_be_visible()
    assert len(arrived(site)) == 1
    process_pending(site.services, "test")
    page.goto("/portal/sent")
    look(page)
    page.get_by_role("link", name="input.edi").press("Enter")
    expect(page.locator(".way").first).to_be_visible()
    look(page)
    for path in ("/portal/for-you", "/portal/templates", "/portal/users", "/portal/account"):
        page.goto(path)
        look(page)
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_be_visible()
    look(page)


def test_without_javascript_a_file_is_sent_all_the_same(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=f"http://127.0.0.1:{site.port}", java_script_enabled=False)
    page = context.new_page()
    page.goto(invited(site))
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Save and sign in").click()
    given = {"name": "three.edi", "mimeType": "text/plain", "buffer": MIXED}
    page.get_by_label("Choose a file").set_input_files([given])  # type: ignore[list-item]
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Send it as it is").dblclick()
    expect(page.get_by_text("safely stored").first).to_be_visible()
    assert len(arrived(site)) == 1
    context.close()


def test_a_partner_manager_makes_a_profile_that_is_checked_while_it_is_written(page: Page, site: Site) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(OPERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Partners", exact=True).press("Enter")
    look(page)
    page.get_by_role("link", name="New partner").press("Enter")
    look(page)
    page.get_by_role("link", name="A supplier in the portal, with X12").press("Enter")
    page.get_by_label("Name of the company").fill("Nova Parts")
    page.get_by_label("Short name").fill("nova-parts")
    page.get_by_label("Its X12 id (ISA06)", exact=True).fill("NOVAPARTS")
    look(page)
    page.keyboard.press("Enter")
    page.get_by_label("Time zone").fill("Mars/Base")
    expect(page.get_by_text("is no time zone")).to_be_visible()
    expect(page.get_by_role("button", name="Now", exact=True)).to_have_count(0)
    look(page)
    page.get_by_role("link", name="Time zone", exact=True).press("Enter")
    page.get_by_label("Time zone").fill("America/Chicago")
    expect(page.get_by_text("No problems. It can be put in force.")).to_be_visible()
    page.get_by_text("Add a contact").press("Enter")
    page.get_by_label("Name", exact=True).fill("Ana Nova")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Ana Nova")).to_be_visible()
    look(page)
    page.get_by_role("button", name="YAML").press("Enter")
    text = page.get_by_label("The profile, as hub partner export writes it")
    sound = text.input_value()
    assert "time_zone: America/Chicago" in sound
    assert "  - {name: Ana Nova}" in sound
    text.fill(sound.replace("role: supplier", "role: suplier"))
    expect(page.get_by_text("did you mean supplier?")).to_be_visible()
    expect(page.get_by_role("button", name="Now", exact=True)).to_have_count(0)
    look(page)
    text.fill(sound)
    expect(page.get_by_text("No problems. It can be put in force.")).to_be_visible()
    page.get_by_label("Document from them").select_option("invoice")
    page.get_by_role("button", name="Try it").press("Enter")
    expect(page.get_by_text("It would be answered by a 997")).to_be_visible()
    expect(page.get_by_role("heading", name="Invoice")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Now", exact=True).press("Enter")
    page.get_by_label("Invite somebody").fill("ana@nova.example")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Link")).to_be_visible()
    look(page)


def test_what_is_written_before_the_script_of_the_page_has_come_is_checked_all_the_same(page: Page, site: Site) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(OPERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto("/profiles/new")
    page.get_by_role("link", name="A supplier in the portal, with X12").press("Enter")
    page.get_by_label("Name of the company").fill("Nova Parts")
    page.get_by_label("Short name").fill("nova-parts")
    page.get_by_label("Its X12 id (ISA06)", exact=True).fill("NOVAPARTS")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/static/console.js", hold)
    page.keyboard.press("Enter")
    page.get_by_label("Time zone").fill("Mars/Base")
    until = monotonic() + PATIENCE / 1000
    while not held and monotonic() < until:
        page.wait_for_timeout(20)
    assert held
    held.pop().continue_()
    expect(page.get_by_text("is no time zone")).to_be_visible()
