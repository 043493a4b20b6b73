"""The customer's way: the link of the mail, the order, cancelling, the outcome (B3, B4, A2, A3, A7, A8, A11)."""

from typing import Any

import pytest

from countermand.decide.ship_gate import Happening
from countermand.model.order import counts
from tests.web.world import World

BY_MISTAKE = "ordered_by_mistake"


async def test_the_link_opens_the_order_and_leaves_the_address(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    assert browser.status == 200
    assert "/o/" not in str(browser.answer.url)
    assert browser.page.h1.endswith("We have your order")
    assert browser.page.title == f"Order {number}: We have your order - Larkfield"
    assert "Remaining goods" in browser.page.words
    assert "Salad bowl <large>" in browser.page.words, "a title is text, never markup"
    assert "To Bonn. The rest of the address is hidden" in browser.page.words


async def test_the_customer_cancels_two_items_and_sees_it_said_back(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    assert browser.page.h1 == f"Cancel items from order {number}"
    form = browser.page.form("Check what you get back")
    assert not [each for each in form.controls if each.checked], "nothing is chosen for the customer"
    assert not browser.page.has_button("get €"), "the button that acts comes with the amount"
    page = await browser.send(form, "Check what you get back", line="1", q_1="2")
    assert "You get back €25.80" in page.words
    assert "We refund this after the rest of your order ships." in page.words
    assert (await world.load(number)).requests == (), "looking changes nothing"
    page = await browser.press("Cancel 2 items, get €25.80 back", reason=BY_MISTAKE, comment="two <b>clicks</b>")
    assert browser.path.startswith("/orders/")
    assert "/requests/cr_" in browser.path
    assert page.h1 == "2 items are cancelled"
    for said in ("I ordered by mistake", "two <b>clicks</b>", "2 × Stoneware mug", "You get back €25.80"):
        assert said in page.words
    page = await browser.click("View order")
    assert page.h1.endswith("2 items cancelled. The rest ships as planned")
    assert "Cancelled goods" in page.words
    assert "Refund planned after the rest ships" in page.words
    assert counts(await world.load(number), "1").cancelled == 2


async def test_a_whole_order_is_cancelled_at_once_and_refunded(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    page = await browser.press("Check what you get back", all="1")
    assert "You get back €68.45" in page.words
    assert "Delivery and other charges €5.95" in page.words
    page = await browser.press("Cancel 4 items, get €68.45 back", reason="changed_mind")
    assert page.h1 == "Your order is cancelled"
    assert "Your record Cancelled" in page.words, "the status is right at once, not when the refund is through"
    await world.run()
    page = await browser.click("View order")
    assert "Refunded − €68.45" in page.words
    assert "You pay in the end €0.00" in page.words


async def test_a_form_sent_twice_cancels_once(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", line="1", q_1="1")
    form = browser.page.form("Cancel 1 item")
    first = await browser.send(form, "Cancel 1 item", reason=BY_MISTAKE)
    where = browser.path
    second = await browser.send(form, "Cancel 1 item", reason=BY_MISTAKE)
    assert browser.path == where
    assert first.h1 == second.h1
    order = await world.load(number)
    assert len(order.requests) == 1
    assert counts(order, "1").cancelled == 1


async def test_mistakes_are_named_and_the_form_keeps_what_was_typed(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", line="1", q_1="2")
    page = await browser.press("Cancel 2 items", reason=None, comment="x" * 501, q_1="9")
    assert browser.status == 422
    assert page.title.startswith("Error: ")
    for said in ("Select why you are cancelling", "Comments must be 500 characters or less",
                 "Enter a number from 1 to 3 for Stoneware mug"):
        assert said in page.words
    form = page.form("Check what you get back")
    assert form.values("comment") == ["x" * 501]
    assert form.values("q-1") == ["9"]
    assert form.data["line"] == ["1"]
    assert (await world.load(number)).requests == ()
    page = await browser.press("Check what you get back", line=None)
    assert "Select at least one item to cancel" in page.words


async def test_what_the_button_promised_is_what_is_sent(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", line="1", q_1="1")
    page = await browser.press("Cancel 1 item, get €12.90 back", reason=BY_MISTAKE, q_1="3")
    assert "You changed your choice after it was added up" in page.words
    assert page.has_button("Cancel 3 items, get €38.70 back")
    assert (await world.load(number)).requests == ()


async def test_an_order_that_ships_meanwhile_comes_back_with_the_choice_kept(world: World) -> None:
    number = await world.order(fulfilment_orders=[
        {"id": "F1", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 3}]},
        {"id": "F2", "holder": "north", "stage": "unreleased", "lines": [{"line": "2", "quantity": 1}]},
    ])
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", all="1")
    await world.happens(number, Happening.DESPATCHED, "F2")
    page = await browser.press("Cancel 4 items", reason=BY_MISTAKE, comment="keep this")
    assert browser.status == 409
    assert "Your order changed while you were deciding" in page.words
    assert "You can still cancel 3 items" in page.words
    form = page.form("Cancel 3 items")
    assert form.data["line"] == ["1"]
    assert form.data["reason"] == [BY_MISTAKE]
    assert form.data["comment"] == ["keep this"]
    assert (await world.load(number)).requests == ()
    page = await browser.press("Cancel 3 items")
    assert page.h1 == "3 items are cancelled"


async def test_a_shipped_order_says_why_not_and_what_to_do_instead(world: World) -> None:
    number = await world.order("despatched")
    browser = await world.customer(number)
    assert not any("Cancel order" in words for words in browser.page.links)
    page = await browser.click("Why can’t I cancel?")
    assert page.h1 == "You cannot cancel this order any more"
    assert "The goods have already shipped." in page.words
    assert "Refuse it at the door." in page.words
    page = await browser.get(f"{browser.path.removesuffix('/why')}/cancel")
    assert page.h1 == "You cannot cancel this order any more", "the page of the form leads to the reason"


async def test_a_late_request_says_who_decides_by_when_and_what_silence_means(world: World) -> None:
    number = await world.order("picking")
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    page = await browser.press("Check what you get back", all="1")
    assert "If nobody answers, it cannot be cancelled and it ships as planned." in page.words
    page = await browser.press("Ask to cancel 4 items", reason=BY_MISTAKE)
    assert page.h1 == "We asked the warehouse to stop your order"
    assert "You will hear by" in page.words
    page = await browser.press("Keep my order")
    assert page.h1 == "You keep your order"
    assert counts(await world.load(number), "1").open == 3


async def test_within_the_grace_period_the_order_can_be_kept(world: World) -> None:
    await world.policy(grace="PT10M")
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", all="1")
    page = await browser.press("Cancel 4 items", reason=BY_MISTAKE)
    assert page.h1 == "Cancellation requested"
    assert "You can change your mind until" in page.words
    form = page.form("Keep my order")
    page = await browser.send(form, "Keep my order")
    again = await browser.send(form, "Keep my order")
    assert page.h1 == again.h1 == "You keep your order"


async def test_too_late_to_keep_says_so_and_changes_nothing(world: World) -> None:
    await world.policy(grace="PT10M")
    number = await world.order("picking")
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", all="1")
    page = await browser.press("Ask to cancel", reason=BY_MISTAKE)
    form = page.form("Keep my order")
    queue = await world.staff("main")
    await queue.press("Decline cancellation", reason="loaded")
    page = await browser.send(form, "Keep my order")
    assert browser.status == 409
    assert "It is too late to keep it" in page.words


async def test_the_withdrawal_is_a_statement_and_its_confirmation(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    page = await browser.click("Withdraw from the contract here")
    assert "“I, Ana Silva, withdraw from my contract with Larkfield" in page.words
    form = page.form("Confirm withdrawal")
    page = await browser.send(form, "Confirm withdrawal", line=["1", "2"], q_1="3")
    assert page.h1 == "You have withdrawn from the contract"
    await browser.send(form, "Confirm withdrawal", line=["1", "2"], q_1="3")
    order = await world.load(number)
    assert [each.kind for each in order.requests] == ["withdrawal"]


async def test_a_stray_parcel_says_refuse_it(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", all="1")
    await browser.press("Cancel 4 items", reason=BY_MISTAKE)
    await world.happens(number, Happening.DESPATCHED)
    page = await browser.click("View order")
    assert page.h1.endswith("Refuse the parcel that is on its way")
    assert "You pay nothing." in page.words


async def test_a_broken_commit_is_looked_up_and_never_guessed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number = await world.order()
    browser = await world.customer(number)
    await browser.click("Cancel order or items")
    await browser.press("Check what you get back", all="1")
    form = browser.page.form("Cancel 4 items")
    commit = type(world.ctx.store).commit

    async def committed_and_lost(*given: Any) -> Any:
        await commit(*given)
        raise ConnectionResetError("the answer was lost")

    monkeypatch.setattr(type(world.ctx.store), "commit", committed_and_lost)
    page = await browser.send(form, "Cancel 4 items", reason=BY_MISTAKE)
    assert browser.status == 500
    assert "We are checking whether your cancellation went through." in page.words
    monkeypatch.undo()
    page = await browser.click("Check the status")
    assert page.h1 == "Your order is cancelled"


async def test_a_request_that_never_arrived_is_said_to_have_changed_nothing(world: World) -> None:
    number = await world.order()
    browser = await world.customer(number)
    base = browser.path
    page = await browser.get(f"{base}/cancel/status/form_none")
    assert page.h1 == "We are checking whether your cancellation went through"
    assert "looks again every 5 seconds" in page.words
    page = await browser.get(f"{base}/cancel/status/form_none?look=12")
    assert page.h1 == "We have not cancelled anything"


async def test_the_shops_offer_stands_beside_its_reason(world: World) -> None:
    await world.policy(offers={
        "wrong_address": {"text": {"en": "We can still change the address."}, "url": "https://shop.example/address"},
    })
    browser = await world.customer(await world.order())
    page = await browser.click("Cancel order or items")
    assert "We can still change the address." in page.words
    assert page.links["Do that instead"] == "https://shop.example/address"


async def test_amounts_are_written_in_the_customers_own_way(world: World) -> None:
    number = await world.order(customer={"name": "Ana", "email": "ana@example.com", "locale": "de-DE"})
    browser = await world.customer(number)
    assert "68,45\N{NO-BREAK SPACE}€" in browser.page.html


async def test_tracking_links_only_lead_to_the_web(world: World) -> None:
    from dataclasses import replace

    from countermand.model.fulfilment import Parcel, ParcelLine, ParcelState
    from countermand.web.customer.present import track

    parcel = Parcel("P1", "F1", False, ParcelState.DESPATCHED, (ParcelLine("1", 1),), world.ctx.host.now(), "e1",
                    tracking_url="https://carrier.example/t/1")
    assert track(parcel).url == "https://carrier.example/t/1"
    assert track(replace(parcel, tracking_url="javascript:alert(1)")).url is None
