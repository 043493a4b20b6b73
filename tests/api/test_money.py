"""Refunds and the worklist over HTTP."""


from countermand.execute.runner import Runner
from tests.api.world import World


async def test_a_refund_is_listed_with_its_deadline_and_goes_back_once(world: World) -> None:
    number = await world.order()
    made = await world.cancel(number)
    [refund] = (await world.get(f"/refunds?order={number}")).json()["items"]
    assert (refund["order"], refund["request"], refund["amount"]) == (number, made["id"], 4465)
    assert refund["due_by"]
    await Runner(world.ctx, "node").run_once()
    [refund] = (await world.get("/refunds?state=refunded")).json()["items"]
    assert (refund["payment"], refund["amount"], refund["state"]) == ("p1", 4465, "refunded")
    assert (await world.get("/refunds?state=planned")).json() == {"items": [], "next_cursor": None}
    order = (await world.get(f"/orders/{number}")).json()
    assert order["payments"][0]["refunded"] == 4465
    assert order["requests"][0]["state"] == "completed"


async def test_a_provider_without_a_plugin_needs_a_human(world: World) -> None:
    paid = [{"id": "p1", "provider": "bank", "reference": "x", "authorised": 4465, "captured": 4465}]
    number = await world.order(payments=paid)
    await world.cancel(number)
    for _ in range(3):
        await Runner(world.ctx, "node").run_once()
    [refund] = (await world.get("/refunds?state=manual_required")).json()["items"]
    assert refund["order"] == number
    work = (await world.get("/worklist")).json()
    assert number in [each["order"] for each in work["items"]]
    assert all(each["kind"] and each["opened_at"] for each in work["items"])


WRONG_FILTERS = ["/refunds?state=paid", "/refunds?q=x", "/worklist?order=1", "/worklist?cursor=x"]


async def test_wrong_filters_are_refused(world: World) -> None:
    for path in WRONG_FILTERS:
        assert (await world.get(path)).status_code == 422
