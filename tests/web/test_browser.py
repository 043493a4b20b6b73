"""A real browser over the really served application: both widths, with and without script, and nothing for axe."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from countermand.decide.ship_gate import Happening
from tests.web.serving import Served

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WIDTHS = (1280, 390)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    request.node.user_properties.append(("runs_on", "sqlite"))
    return "sqlite"


@pytest.fixture
def site(migrated_url: str, tmp_path: Path) -> Iterator[Served]:
    with Served(migrated_url, tmp_path) as served:
        yield served


@pytest.fixture
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture(params=WIDTHS)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    context.close()
    assert faults == [], "no script fails and the content policy forbids nothing that the page needs"


def flawless(page: Page) -> None:
    """No violation for axe, nothing that scrolls sideways, no control too small to be hit."""
    found: Any = Axe().run(page, options=RULES).response["violations"]
    told = [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found]
    assert told == [], f"{page.url}: {told}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"


def enter(page: Page, site: Served, number: str) -> None:
    page.goto(site.place + site.do(site.world.link(number)))


def test_a_customer_cancels_with_the_refund_shown_live(page: Page, site: Served) -> None:
    number = site.do(site.world.order())
    enter(page, site, number)
    flawless(page)
    page.get_by_text("More actions").click()
    flawless(page)
    page.get_by_role("link", name="Cancel order or items").click()
    flawless(page)
    assert not page.get_by_role("button", name="Check what you get back").is_visible(), "with script it is live"
    page.get_by_label("Salad bowl").check()
    page.get_by_label("Salad bowl").uncheck()
    page.get_by_label("Stoneware mug").first.check()
    page.get_by_label("How many of 3: Stoneware mug").fill("2")
    button = page.get_by_role("button", name="Cancel 2 items, get €25.80 back")
    button.wait_for()
    button.click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert page.evaluate("document.activeElement.className").startswith("errors"), "the mistakes have the focus"
    assert page.title().startswith("Error: ")
    flawless(page)
    page.get_by_label("I ordered by mistake").check()
    page.get_by_role("button", name="Cancel 2 items, get €25.80 back").click()
    page.get_by_role("heading", name="2 items are cancelled").wait_for()
    flawless(page)
    page.get_by_role("link", name="View order").click()
    page.get_by_role("heading", name="Cancelled goods").wait_for()
    flawless(page)


def test_a_customer_without_script_does_the_same(browser: Browser, site: Served) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    enter(page, site, site.do(site.world.order()))
    page.get_by_text("More actions").click()
    page.get_by_role("link", name="Cancel order or items").click()
    page.get_by_label("All items").check()
    page.get_by_role("button", name="Check what you get back").click()
    page.get_by_label("I changed my mind").check()
    page.get_by_role("button", name="Cancel 4 items, get €68.45 back").click()
    page.get_by_role("heading", name="Your order is cancelled").wait_for()
    context.close()


def test_the_menu_answers_to_the_keyboard(page: Page, site: Served) -> None:
    enter(page, site, site.do(site.world.order()))
    page.get_by_text("More actions").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent.includes('Cancel order or items')")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert not page.evaluate("document.querySelector('details.menu').open")


def test_the_other_pages_of_a_customer(page: Page, site: Served) -> None:
    late = site.do(site.world.order("picking"))
    shipped = site.do(site.world.order("despatched"))
    enter(page, site, late)
    base = page.url
    page.goto(base + "/withdraw")
    flawless(page)
    page.goto(base + "/cancel")
    page.get_by_label("All items").check()
    page.get_by_label("I changed my mind").check()
    page.get_by_role("button", name="Ask to cancel 4 items").click()
    page.get_by_role("heading", name="We asked the warehouse").wait_for()
    flawless(page)
    page.goto(base)
    flawless(page)
    site.do(site.world.happens(late, Happening.DESPATCHED))
    page.reload()
    flawless(page)
    enter(page, site, shipped)
    page.goto(page.url + "/why")
    flawless(page)
    page.goto(site.place + "/o/acme.gone")
    flawless(page)


def test_the_pages_of_the_shop_and_the_warehouse(page: Page, site: Served) -> None:
    late, free = site.do(site.world.order("picking")), site.do(site.world.order())
    enter(page, site, late)
    page.goto(page.url + "/cancel")
    page.get_by_label("All items").check()
    page.get_by_label("I changed my mind").check()
    page.get_by_role("button", name="Ask to cancel 4 items").click()
    page.get_by_role("heading", name="We asked the warehouse").wait_for()
    for home, key in (("/queue", "main"), ("/console", "acme")):
        page.goto(f"{site.place}{home}/sign-in")
        flawless(page)
        page.get_by_label("Key").fill(site.world.keys[key])
        page.get_by_role("button", name="Sign in").click()
        flawless(page)
    for path in ("/console/cancellations", "/console/refunds", "/console/work", "/console/policy"):
        page.goto(site.place + path)
        flawless(page)
    for number in (late, free):
        page.goto(f"{site.place}/console/orders/{number.replace('#', '%23')}")
        flawless(page)
        page.goto(f"{page.url}/cancel")
        flawless(page)
    page.goto(f"{site.place}/queue?scan={late.replace('#', '%23')}")
    page.get_by_text("ON HOLD - do not pack").wait_for()
    flawless(page)
    page.locator("summary", has_text="Decline").click()
    flawless(page)
    page.goto(site.place + "/queue/orders")
    flawless(page)
