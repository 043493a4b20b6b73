"""The merchant's way: list, row menu, order page, cancelling, a case, an event (B1, B2, B5, Z1 to Z4)."""

import pytest

from countermand.decide.ship_gate import Happening
from countermand.model.order import counts
from tests.web.world import World


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """One engine: what these pages ask of the store is tried on both elsewhere."""
    request.node.user_properties.append(("runs_on", "sqlite"))
    return "sqlite"


async def test_from_the_lists_row_menu_to_cancellation_requested(world: World) -> None:
    number = await world.order("picking")
    console = await world.staff("acme")
    assert console.page.h1 == "Orders"
    assert f"Actions for order {number}" in console.page.words
    page = await console.click("Cancel order")
    assert page.h1 == f"Cancel items from order {number}"
    await console.press("Check what happens", all="1")
    page = await console.press("Ask to cancel 4 items", reason="out_of_stock", comment="The kiln broke")
    assert "Waiting for an answer" in page.words
    for said in ("Out of stock", "The kiln broke", "Warehouse North must answer by", "4 items on hold"):
        assert said in page.words
    page = await console.get("/console/orders?state=awaiting_approval")
    assert number in page.words
    page = await console.get("/console/cancellations")
    assert "The kiln broke" in page.words


async def test_an_unreleased_order_is_cancelled_at_once_from_its_page(world: World) -> None:
    number = await world.order()
    console = await world.staff("acme")
    await console.click(number)
    await console.click("Cancel order")
    await console.press("Check what happens", line="2")
    page = await console.press("Cancel 1 unit, give €23.80 back", reason="pricing_error", keep_out="2")
    assert "Partly cancelled" in page.words or "Refund" in page.words
    order = await world.load(number)
    assert counts(order, "2").cancelled == 1
    assert order.requests[0].parts[0].restock is False
    assert order.requests[0].asker.role == "merchant"


async def test_the_console_form_sent_twice_cancels_once_and_a_stale_one_not_at_all(world: World) -> None:
    number = await world.order()
    console = await world.staff("acme")
    await console.click(number)
    await console.click("Cancel order")
    await console.press("Check what happens", line="1", q_1="1")
    form = console.page.form("Cancel 1 unit")
    for _ in range(2):
        await console.send(form, "Cancel 1 unit", reason="pricing_error")
    assert len((await world.load(number)).requests) == 1
    page = await console.send(form, "Cancel 1 unit", reason="pricing_error", key="another")
    assert console.status == 409
    assert "The order changed while you were deciding" in page.words
    assert len((await world.load(number)).requests) == 1


async def test_a_despatched_order_cannot_be_cancelled_and_says_why(world: World) -> None:
    number = await world.order("despatched")
    console = await world.staff("acme")
    await console.click(number)
    page = await console.click("Cancel order")
    assert "Nothing of this order can be cancelled any more." in page.words
    assert "The goods have already shipped." in page.words


async def test_the_merchant_answers_a_case_with_a_reason(world: World) -> None:
    number = await world.order("packed")
    customer = await world.customer(number)
    await customer.click("Cancel order or items")
    await customer.press("Check what you get back", all="1")
    await customer.press("Ask to cancel", reason="changed_mind")
    console = await world.staff("acme")
    await console.click(number)
    page = await console.press("Decline cancellation", answer=None)
    assert console.status == 422
    assert "Select why it cannot be stopped" in page.words
    page = await console.press("Decline cancellation", reason="loaded")
    assert "Declined" in page.words
    assert "The goods were already loaded." in page.words


async def test_an_event_is_recorded_and_appears_in_the_history(world: World) -> None:
    number = await world.order()
    console = await world.staff("acme")
    await console.click(number)
    page = await console.press("Record this event", event="packed")
    assert "packed" in page.words
    assert (await world.load(number)).fulfilment_orders[0].stage == "packed"
    assert "Fulfilment report" in page.words


async def test_lists_of_refunds_and_work_and_the_policy_can_be_read(world: World) -> None:
    number = await world.order()
    customer = await world.customer(number)
    await customer.click("Cancel order or items")
    await customer.press("Check what you get back", all="1")
    await customer.press("Cancel 4 items", reason="changed_mind")
    await world.run()
    await world.happens(number, Happening.DESPATCHED)
    console = await world.staff("acme")
    page = await console.get("/console/refunds")
    assert "€68.45" in page.words
    page = await console.get("/console/work")
    assert number in page.words, "a stray parcel needs somebody"
    page = await console.get("/console/policy")
    assert "automatic_until" in page.words
    assert "asks the holder" in page.words


async def test_the_list_turns_pages_and_filters(world: World) -> None:
    for _ in range(27):
        await world.order()
    console = await world.staff("acme")
    first = console.page
    page = await console.click("Older orders")
    assert page.h1 == "Orders"
    assert not set(first.links) & {words for words in page.links if words.startswith("#")}
    page = await console.get("/console/orders?q=nothing-like-it")
    assert "No orders match." in page.words
    page = await console.get("/console/orders?cursor=rubbish&stage=nonsense&state=x")
    assert page.h1 == "Orders"
