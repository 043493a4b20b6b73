"""Who gets in, and what a page never gives away: links, sessions, forged forms, headers."""

from datetime import timedelta

import pytest

from countermand.web.pages.render import CONTENT_POLICY
from tests.web.world import World


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """One engine: what these pages ask of the store is tried on both elsewhere."""
    request.node.user_properties.append(("runs_on", "sqlite"))
    return "sqlite"


async def test_an_unknown_or_old_link_leads_to_a_new_one_without_order_data(world: World) -> None:
    browser = await world.browser()
    for link in ("/o/acme.nothing", "/o/nobody.secret", "/o/acme", "/o/%00.%ff"):
        page = await browser.get(link)
        assert browser.status == 410
        assert page.h1 == "Your link has expired"


async def test_a_new_link_makes_the_old_one_end(world: World) -> None:
    number = await world.order()
    old = await world.link(number)
    await world.link(number)
    browser = await world.browser()
    await browser.get(old)
    assert browser.status == 410


async def test_an_order_is_not_shown_without_its_link(world: World) -> None:
    mine, other = await world.order(), await world.order()
    browser = await world.customer(mine)
    page = await browser.get(f"/orders/{other.replace('#', '%23')}")
    assert browser.status == 401
    assert page.h1 == "Your link has expired"
    assert "Ana" not in page.words


async def test_two_orders_can_be_open_in_one_browser(world: World) -> None:
    first, second = await world.order(), await world.order()
    browser = await world.customer(first)
    await browser.get(await world.link(second))
    for number in (first, second):
        page = await browser.get(f"/orders/{number.replace('#', '%23')}")
        assert number in page.title


async def test_finding_an_order_answers_alike_and_mails_a_link_only_to_its_owner(world: World) -> None:
    number = await world.order()
    answers = []
    for email in ("ana@example.com", "somebody@example.com"):
        browser = await world.browser()
        await browser.get("/find-order?shop=acme")
        page = await browser.press("Send me a new link", number=number, email=email)
        answers.append(page.words)
    assert answers[0] == answers[1]
    assert "If they match, we have sent a new link." in answers[0]
    now = world.ctx.host.now() + timedelta(seconds=1)
    queued = await world.ctx.store.claim_messages("mail", 10, timedelta(seconds=30), now)
    assert [(each.order, each.message.template) for each in queued] == [(number, "order_link")]


async def test_a_form_without_our_token_changes_nothing(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", all="1")
    for forged in (None, "", "x" * 43):
        page = await browser.press("Cancel 4 items", reason="changed_mind", form_token=forged)
        assert browser.status == 403
        assert "We have not changed anything." in page.words
        await browser.get(f"/orders/{number.replace('#', '%23')}/cancel")
        await browser.press("Check what you get back", all="1")
    assert (await world.load(number)).requests == ()


async def test_every_page_carries_the_headers(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    console = await world.staff("acme")
    seen = [browser.answer, console.answer]
    for path in ("/find-order", "/console/sign-in", "/queue/sign-in", "/o/acme.x"):
        await browser.get(path)
        seen.append(browser.answer)
    for answer in seen:
        assert answer.headers["content-security-policy"] == CONTENT_POLICY
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert " style=" not in answer.text
        assert "<style" not in answer.text
        assert "onclick" not in answer.text


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    cookies = [value for each in browser.answer.history for value in each.headers.get_list("set-cookie")]
    assert cookies
    for cookie in cookies:
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()


async def test_the_store_never_sees_a_sessions_secret(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    [cookie] = [each for answer in browser.answer.history for each in answer.headers.get_list("set-cookie")
                if each.startswith("cm_order")]
    secret = cookie.partition("=")[2].partition(";")[0].strip('"').partition(".")[2]
    assert await world.ctx.store.find_session("acme", secret, world.ctx.host.now()) is None


async def test_a_key_opens_its_own_place_and_no_other(world: World) -> None:
    for name, home in (("acme", "/console/orders"), ("main", "/queue"), ("ceramics", "/queue")):
        browser = await world.staff(name)
        assert browser.path == home
    browser = await world.browser()
    await browser.get("/console/sign-in")
    page = await browser.press("Sign in", api_key=world.keys["main"])
    assert browser.status == 422
    assert page.title.startswith("Error: ")
    page = await browser.press("Sign in", api_key="ck_acme_wrong")
    assert "Enter a key that is known" in page.words
    await browser.get("/console/orders")
    assert browser.path == "/console/sign-in"


async def test_signing_out_ends_the_session(world: World) -> None:
    browser = await world.staff("acme")
    await browser.press("Sign out")
    await browser.get("/console/orders")
    assert browser.path == "/console/sign-in"


async def test_the_appearance_is_kept_and_never_leads_elsewhere(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    page = await browser.press("Dark")
    assert 'data-theme="dark"' in page.html
    assert number in page.title
    await browser.press("Light", back="//evil.example/")
    assert browser.answer.url.host == "shop.example"
    await browser.get("/find-order")
    assert 'data-theme="light"' in browser.page.html


async def test_unknown_addresses_get_a_page_in_words(world: World) -> None:
    console = await world.staff("acme")
    page = await console.get("/console/orders/none")
    assert console.status == 404
    assert page.h1 == "Nothing here"
