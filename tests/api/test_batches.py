"""Batches over HTTP: an outcome for each order, each cancelled once however often the work begins anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.ask.batch import BatchWorker
from tests.api.world import World


async def test_each_order_of_a_batch_has_its_outcome(world: World) -> None:
    whole, part = await world.order(), await world.order()
    body = {
        "orders": [{"number": whole}, {"number": part, "lines": [{"line": "1", "quantity": 1}]}, {"number": "none"}],
        "reason": "out_of_stock", "comment": "flood", "asker": {"role": "merchant", "name": "Bo"},
    }
    started = await world.post("/cancellation-batches", body)
    assert (started.status_code, started.json()["state"], started.json()["total"]) == (202, "running", 3)
    path = f"/cancellation-batches/{started.json()['id']}"
    assert [each["status"] for each in (await world.get(path)).json()["items"]] == [None] * 3
    assert await BatchWorker(world.ctx).run_once()
    done = (await world.get(path)).json()
    assert (done["state"], done["done"]) == ("finished", 3)
    assert [(each["number"], each["status"]) for each in done["items"]] == [(whole, 201), (part, 201), ("none", 404)]
    assert done["items"][2]["outcome"]["problem"] == "/problems/not-found"
    request = (await world.get(f"/cancellation-requests/{done['items'][1]['outcome']['request']}")).json()
    assert (request["reason"], request["comment"], request["asker"]["role"]) == ("out_of_stock", "flood", "merchant")
    assert [line["quantity"] for line in request["lines"]] == [1]
    assert not await BatchWorker(world.ctx).run_once()
    assert (await world.get(path, by="rival")).status_code == 404


class Killed(Exception):
    pass


async def dies(name: str) -> None:
    if name == "ask.batch.before_record":
        raise Killed


async def test_a_batch_that_died_before_it_wrote_the_outcome_cancels_nothing_twice(world: World) -> None:
    number = await world.order()
    line = [{"line": "1", "quantity": 1}]
    started = await world.post("/cancellation-batches", {"orders": [{"number": number, "lines": line}]})
    dying = replace(world.ctx, host=replace(world.ctx.host, point=dies))
    with pytest.raises(Killed):
        await BatchWorker(dying, claim_lasts=timedelta(milliseconds=300)).run_once()
    order = (await world.get(f"/orders/{number}")).json()
    assert (order["lines"][0]["open"], len(order["requests"])) == (2, 1)
    assert not await BatchWorker(world.ctx).run_once(), "the dead worker's claim still holds"
    await world.ctx.host.sleep(0.4)
    assert await BatchWorker(world.ctx).run_once()
    [item] = (await world.get(f"/cancellation-batches/{started.json()['id']}")).json()["items"]
    assert (item["status"], item["outcome"]["request"]) == (201, order["requests"][0]["id"])
    order = (await world.get(f"/orders/{number}")).json()
    assert (order["lines"][0]["open"], len(order["requests"])) == (2, 1)


WRONG_BATCHES = [
    ({}, "orders"), ({"orders": []}, "orders"), ({"orders": ["1"]}, "orders[0]"),
    ({"orders": [{"number": "no spaces"}]}, "orders[0].number"), ({"orders": [{}]}, "orders[0].number"),
    ({"orders": [{"number": "1"}, {"number": "1"}]}, "orders[1].number"),
    ({"orders": [{"number": "1", "lines": [{"line": "1", "quantity": 0}]}]}, "orders[0].lines[0].quantity"),
    ({"orders": [{"number": "1"}], "notify": True}, "notify"),
]


async def test_wrong_batches_name_the_field(world: World) -> None:
    for body, field in WRONG_BATCHES:
        answer = await world.post("/cancellation-batches", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
