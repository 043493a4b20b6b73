"""Claims and reports through the store; an applied event id answers as it did."""

import pytest

from countermand.errors import LinesChanged, OrderCancelled
from tests.shop import Shop


async def test_an_applied_event_id_answers_as_it_did(shop: Shop) -> None:
    await shop.order()
    first = await shop.goods("despatched", "claim", event_id="scan-1")
    assert first["ship"] == [{"line": "1", "quantity": 3}]
    assert await shop.goods("despatched", "claim", event_id="scan-1") == first
    assert (await shop.load()).version == first["version"]


async def test_a_refused_claim_is_judged_again(shop: Shop) -> None:
    await shop.order()
    await shop.cancel({"1": 1})
    with pytest.raises(LinesChanged):
        await shop.goods("despatched", "claim", event_id="scan-1")
    told = await shop.goods("despatched", "claim", {"1": 2}, event_id="scan-1")
    assert told["ship"] == [{"line": "1", "quantity": 2}] and told["do_not_ship"] == [{"line": "1", "quantity": 1}]


async def test_a_cancelled_order_is_not_shipped(shop: Shop) -> None:
    await shop.order()
    await shop.cancel()
    with pytest.raises(OrderCancelled) as refused:
        await shop.goods("despatched", "claim")
    assert refused.value.extra["lines"] == [{"line": "1", "open": 0, "held": 0, "cancelled": 3}]


async def test_an_older_stage_is_recorded_and_changes_nothing(shop: Shop) -> None:
    await shop.at_stage("packed")
    before = await shop.load()
    await shop.goods("picking")
    after = await shop.load()
    assert after.version == before.version + 1 and after.fulfilment_orders == before.fulfilment_orders
    assert after.audit_sequence == before.audit_sequence + 1


async def test_a_stray_parcel_moves_no_money_to_its_end(shop: Shop) -> None:
    await shop.order()
    await shop.cancel()
    await shop.work()
    await shop.goods("despatched")
    await shop.goods("refused")
    await shop.goods("returned")
    await shop.work()
    order = await shop.load()
    assert [(parcel.stray, parcel.state) for parcel in order.parcels] == [(True, "returned")]
    assert await shop.refunded() == 4465 and await shop.platform.stock("acme", "1042") == {"1": 3}
    assert all(item.closed_at is not None for item in order.work)


async def test_A9_refused_at_the_door_returned_refunded_once_and_put_back(shop: Shop) -> None:
    await shop.at_stage("despatched")
    request = await shop.cancel()
    assert request["state"] == "declined" and request["lines"][0]["next_step"] == "refuse_on_delivery"
    await shop.goods("refused")
    await shop.work()
    assert await shop.refunded() == 0
    await shop.goods("returned", event_id="dock-1")
    await shop.goods("returned", event_id="dock-1")
    await shop.goods("returned", event_id="dock-2")
    await shop.work()
    assert await shop.refunded() == 4465 and await shop.platform.stock("acme", "1042") == {"1": 3}
    assert (await shop.load()).requests[0].parts[0].state == "completed"
