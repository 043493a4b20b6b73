"""The holder's way: answer, decline with a reason, some units, more time, a stop, the scan (A4, A9, A10, Z3, Z5)."""

from countermand.decide.ship_gate import Happening
from countermand.model.order import counts
from tests.web.world import World, an_order


async def asked(world: World, stage: str = "picking", **changes: object) -> str:
    """An order with a late request of the customer for all of it."""
    number = await world.order(stage, **changes)
    customer = await world.customer(number)
    await customer.click("Cancel order or items")
    await customer.press("Check what you get back", all="1")
    await customer.press("Ask to cancel", reason="changed_mind", comment="I moved")
    return number


async def test_a_card_says_what_who_why_until_when_and_what_silence_means(world: World) -> None:
    number = await asked(world)
    queue = await world.staff("main")
    assert queue.page.h1 == "1 request to answer"
    for said in (f"Order {number}", "3 of 3: Stoneware mug", "Being picked", "by the customer", "I changed my mind",
                 "I moved", "Declines it at"):
        assert said in queue.page.words


async def test_the_holder_approves_and_the_goods_are_stopped(world: World) -> None:
    number = await asked(world)
    queue = await world.staff("main")
    form = queue.page.form("Approve cancellation")
    page = await queue.send(form, "Approve cancellation")
    assert page.h1 == "Nothing to answer"
    await world.run()
    order = await world.load(number)
    assert counts(order, "1").cancelled == 3
    assert order.payments[0].refunded == 6845
    page = await queue.send(form, "Approve cancellation")
    assert page.h1 == "Nothing to answer", "the same form again repeats the answer"


async def test_declining_needs_a_reason(world: World) -> None:
    number = await asked(world)
    queue = await world.staff("main")
    page = await queue.press("Decline cancellation")
    assert queue.status == 422
    assert "Select why it cannot be stopped" in page.words
    await queue.press("Decline cancellation", reason="already_packed")
    order = await world.load(number)
    assert counts(order, "1").open == 3
    assert order.requests[0].parts[0].reason == "already_packed"


async def test_some_units_are_approved_and_the_rest_declined(world: World) -> None:
    number = await asked(world)
    queue = await world.staff("main")
    await queue.press("Approve these units", q_1="2", q_2="0", reason="already_packed")
    order = await world.load(number)
    assert (counts(order, "1").cancelled, counts(order, "1").open) == (2, 1)
    assert counts(order, "2").open == 1


async def test_more_time_is_given_once(world: World) -> None:
    number = await asked(world)
    before = (await world.load(number)).cases[0].answer_by
    queue = await world.staff("main")
    page = await queue.press("Ask for more time")
    assert not page.has_button("Ask for more time")
    assert (await world.load(number)).cases[0].answer_by > before


async def test_whoever_answers_second_hears_who_was_first(world: World) -> None:
    await asked(world)
    first, second = await world.staff("main"), await world.staff("main")
    await first.press("Approve cancellation")
    page = await second.press("Decline cancellation", reason="loaded")
    assert second.status == 409
    assert "Somebody answered first" in page.words
    assert "Warehouse North" in page.words


async def test_goods_that_an_automatic_yes_does_not_stop_wait_for_a_person(world: World) -> None:
    await world.policy(automatic_until="packed")
    number = await world.order("picking")
    customer = await world.customer(number)
    await customer.click("Cancel order or items")
    await customer.press("Check what you get back", all="1")
    await customer.press("Cancel 4 items", reason="changed_mind")
    assert counts(await world.load(number), "1").held == 3
    queue = await world.staff("main")
    assert "Stop these goods" in queue.page.words
    form = queue.page.form("These goods are stopped")
    page = await queue.send(form, "These goods are stopped")
    assert "Stop these goods" not in page.words
    await queue.send(form, "These goods are stopped")
    assert counts(await world.load(number), "1").cancelled == 3


async def test_a_scan_says_on_hold_cancelled_or_pack_it(world: World) -> None:
    held = await asked(world)
    free = await world.order("picking")
    queue = await world.staff("main")
    page = await queue.press("Find order", scan=held)
    assert "ON HOLD - do not pack" in page.words
    assert "Put 4 items aside" in page.words
    page = await queue.press("Find order", scan=free)
    assert "Nothing is on hold. Pack it as ordered." in page.words
    page = await queue.press("Find order", scan="<b>none</b>")
    assert "No order <b>none</b> here" in page.words
    await queue.get("/queue")
    await queue.press("Approve cancellation")
    await world.run()
    page = await queue.press("Find order", scan=held)
    assert "CANCELLED - do not pack" in page.words


async def test_others_cases_and_orders_are_not_there(world: World) -> None:
    number = await asked(world)
    main, north = await world.staff("main"), await world.staff("north")
    assert north.page.h1 == "Nothing to answer"
    form = main.page.form("Approve cancellation")
    token = north.page.form("Sign out").data["form_token"]
    await north.send(form, "Approve cancellation", form_token=token)
    assert north.status in (403, 404)
    assert counts(await world.load(number), "1").held == 3
    page = await north.press("Find order", scan=number) if north.page.has_button("Find order") else (
        await north.get("/queue?scan=" + number.replace("#", "%23")))
    assert f"No order {number} here" in page.words


async def test_a_seller_sees_only_its_own_lines(world: World) -> None:
    body = an_order("M-1")
    body["lines"].append({"id": "3", "sku": "PLATE", "title": "Dinner plate", "quantity": 2, "unit_price": 1000,
                          "seller": "ceramics"})
    body["payments"] = []
    body["fulfilment_orders"].append(
        {"id": "F2", "holder": "kiln", "stage": "released", "lines": [{"line": "3", "quantity": 2}]})
    await world.take(body)
    await world.order()
    seller = await world.staff("ceramics")
    page = await seller.click("Orders")
    assert "2 × Dinner plate" in page.words
    assert "Stoneware mug" not in page.words
    assert "#10" not in page.words


async def test_goods_that_left_meanwhile_close_the_question(world: World) -> None:
    number = await asked(world)
    queue = await world.staff("main")
    form = queue.page.form("Approve cancellation")
    await world.happens(number, Happening.DESPATCHED)
    page = await queue.send(form, "Approve cancellation")
    assert queue.status == 409
    assert page.h1 == "Nothing to answer"
