"""Submit, preview, retract and orders coming in, through the store on both engines."""

import asyncio
import json

import pytest

from countermand.ask.intake import replace_order
from countermand.ask.options import cancellation_options
from countermand.ask.preview import preview
from countermand.errors import (
    BadFields,
    IdempotencyKeyReused,
    NothingToCancel,
    OrderChanged,
    OrderExists,
    TooLateToRetract,
    UnitsCommitted,
)
from countermand.model.request import Ask, Asker, Role, Wanted
from tests.decide.scene import sample
from tests.shop import Shop, body_of

CUSTOMER = Asker(Role.CUSTOMER)


async def test_the_sample_of_the_contract(shop: Shop) -> None:
    await shop.order()
    request = await shop.cancel({"1": 1}, reason="ordered_by_mistake", comment="two clicks")
    assert request["order"] == "1042" and request["shown"] == "Cancellation requested"
    assert request["asker"] == {"role": "customer", "name": "Ana Silva"}
    assert (request["reason"], request["comment"]) == ("ordered_by_mistake", "two clicks")
    assert request["money"]["refund"] == 1290
    assert request["money"]["parts"] == [{"payment": "p1", "amount": 1290, "state": "planned"}]
    [line] = request["lines"]
    assert (line["outcome"], line["state"], line["goods"]) == ("approved", "executing", "stopped")


async def test_a_preview_says_what_a_request_gets_and_writes_nothing(shop: Shop) -> None:
    await shop.order()
    before = await shop.load()
    seen = await preview(shop.ctx, "acme", "1042", Ask(CUSTOMER, lines=(Wanted("1", 1),)))
    assert await shop.load() == before
    request = await shop.cancel({"1": 1})
    shared = {key: value for key, value in request.items() if key in seen and key not in ("lines", "order_version")}
    assert shared == {key: json.loads(json.dumps(seen[key], default=str)) if key != "money" else shared[key]
                      for key in shared}
    assert seen["money"]["refund"] == request["money"]["refund"]
    assert not {"id", "state", "created_at"} & set(seen)


async def test_options_name_every_unit_and_the_reason(shop: Shop) -> None:
    await shop.at_stage("packed")
    await shop.cancel({"1": 1})
    options = await cancellation_options(shop.ctx, "acme", "1042", CUSTOMER)
    assert [(row["with_approval"], row["not_cancellable"], row["reason"]) for row in options["lines"]] == [
        (2, 0, None), (0, 1, "already_requested")
    ]
    assert options["lines"][0]["answer_by"] is not None and options["lines"][0]["on_silence"] == "decline"
    assert options["reasons"] and options["version"] == 2


async def test_A07_the_same_key_and_body_answer_the_same(shop: Shop) -> None:
    await shop.order()
    first = await shop.cancel({"1": 1}, key="k1")
    assert await shop.cancel({"1": 1}, key="k1") == first
    with pytest.raises(IdempotencyKeyReused):
        await shop.cancel({"1": 1}, key="k1", comment="other")
    assert len((await shop.load()).requests) == 1


async def test_a_replay_is_told_the_same_even_if_nothing_is_left(shop: Shop) -> None:
    await shop.order()
    first = await shop.cancel(key="k1")
    with pytest.raises(NothingToCancel):
        await shop.cancel(key="k2")
    assert await shop.cancel(key="k1") == first


async def test_A02_many_at_once_cancel_every_unit_once(shop: Shop) -> None:
    await shop.order()
    outcomes = await asyncio.gather(*(shop.cancel({"1": 1}) for _ in range(8)), return_exceptions=True)
    approved = [
        line for each in outcomes if isinstance(each, dict) for line in each["lines"] if line["outcome"] == "approved"
    ]
    assert len(approved) == 3
    assert (await shop.load()).fulfilment_orders[0].lines[0].cancelled == 3


async def test_a_stale_version_is_refused(shop: Shop) -> None:
    await shop.order()
    await shop.cancel({"1": 1})
    with pytest.raises(OrderChanged):
        await shop.cancel({"1": 1}, if_match=1)
    await shop.cancel({"1": 1}, if_match=2)


async def test_unknown_lines_and_reasons_are_named(shop: Shop) -> None:
    await shop.order()
    with pytest.raises(BadFields) as refused:
        await shop.cancel({"9": 1})
    assert [fault.field for fault in refused.value.faults] == ["lines[0].line"]
    with pytest.raises(BadFields) as refused:
        await shop.cancel({"1": 1}, reason="because")
    assert [fault.field for fault in refused.value.faults] == ["reason"]
    assert (await shop.load()).version == 1, "nothing was written"


async def test_retraction_until_the_pivot(shop: Shop) -> None:
    await shop.policy(grace="PT10M")
    await shop.order()
    request = await shop.cancel({"1": 1})
    retracted = await shop.retract(request["id"])
    assert retracted["state"] == "retracted"
    assert await shop.retract(request["id"]) == retracted
    request = await shop.cancel({"1": 1})
    await shop.wait(minutes=10)
    with pytest.raises(TooLateToRetract):
        await shop.retract(request["id"])


async def test_the_same_order_twice_is_the_same_and_another_is_refused(shop: Shop) -> None:
    assert (await shop.order()).status == 201
    assert (await shop.order()).status == 200
    with pytest.raises(OrderExists):
        await shop.order(accepted_excess=0, coupons=["SPRING"])


async def test_the_shop_replaces_its_order_when_it_has_something_newer(shop: Shop) -> None:
    await shop.order()
    await shop.cancel({"1": 1})
    smaller = sample(number="1042", platform="sandbox", source_updated_at="2026-11-21T12:00:00Z")
    smaller["lines"][0] |= {"quantity": 2, "discount": 200, "tax": 380}
    smaller["fulfilment_orders"][0]["lines"][0]["quantity"] = 2
    changed = body_of(await replace_order(shop.ctx, "acme", "1042", json.dumps(smaller).encode()))
    assert [request["asker"]["role"] for request in changed["requests"]] == ["customer", "platform"]
    removed = changed["requests"][1]
    assert removed["state"] == "completed"
    assert [(part["amount"], part["state"]) for part in removed["money"]["parts"]] == [(1290, "paused")]
    again = body_of(await replace_order(shop.ctx, "acme", "1042", json.dumps(smaller).encode()))
    assert again["version"] == changed["version"], "equal or older changes nothing"
    none_left = sample(number="1042", source_updated_at="2026-11-21T13:00:00Z")
    none_left["lines"][0]["quantity"] = 1
    none_left["fulfilment_orders"] = None
    body_of(await replace_order(shop.ctx, "acme", "1042", json.dumps(none_left).encode()))
    none_left["source_updated_at"] = "2026-11-21T14:00:00Z"
    none_left["lines"][0]["id"] = "2"
    with pytest.raises(UnitsCommitted):
        await replace_order(shop.ctx, "acme", "1042", json.dumps(none_left).encode())


async def test_the_shops_own_refund_takes_the_place_of_the_paused_one(shop: Shop) -> None:
    await shop.order()
    smaller = sample(number="1042", platform="sandbox", source_updated_at="2026-11-21T12:00:00Z")
    smaller["lines"][0] |= {"quantity": 2, "discount": 200, "tax": 380}
    smaller["fulfilment_orders"][0]["lines"][0]["quantity"] = 2
    await replace_order(shop.ctx, "acme", "1042", json.dumps(smaller).encode())
    await shop.money("refunded", 1290, reference="shop")
    order = await shop.load()
    assert [duty.state for duty in order.duties] == ["superseded"]
    assert order.payments[0].refunded == 1290


async def test_what_the_shop_never_refunds_becomes_a_worklist_row(shop: Shop) -> None:
    await shop.order()
    smaller = sample(number="1042", platform="sandbox", source_updated_at="2026-11-21T12:00:00Z")
    smaller["lines"][0] |= {"quantity": 2, "discount": 200, "tax": 380}
    smaller["fulfilment_orders"][0]["lines"][0]["quantity"] = 2
    await replace_order(shop.ctx, "acme", "1042", json.dumps(smaller).encode())
    await shop.wait(days=14)
    work = [item.kind for item in (await shop.load()).work if item.closed_at is None]
    assert work == ["refund_not_seen"]
