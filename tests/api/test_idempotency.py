"""One key, one effect: replayed to the letter, refused for another body, and alone among twins."""

import asyncio

import pytest

from countermand.errors import InProgress
from countermand.store.port import Idempotency
from countermand.web import idempotency
from countermand.web.idempotency import Twins
from tests.api.world import World, an_order

KEY = {"Idempotency-Key": "k-1"}


async def test_a_repeated_request_is_told_the_same_and_cancels_once(world: World) -> None:
    number = await world.order()
    path, body = f"/orders/{number}/cancellation-requests", {"lines": [{"line": "1", "quantity": 1}]}
    first = await world.post(path, body, headers=KEY)
    again = await world.post(path, body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (await world.get(f"/orders/{number}")).json()["lines"][0]["open"] == 2


async def test_a_replay_is_told_even_if_it_would_be_refused_by_now(world: World) -> None:
    number = await world.order()
    path = f"/orders/{number}/cancellation-requests"
    first = await world.post(path, {}, headers=KEY)
    again = await world.post(path, {}, headers={**KEY, "If-Match": '"1"'})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content


async def test_another_body_under_the_same_key_is_refused(world: World) -> None:
    number = await world.order()
    path = f"/orders/{number}/cancellation-requests"
    await world.post(path, {"lines": [{"line": "1", "quantity": 1}]}, headers=KEY)
    other = await world.post(path, {"lines": [{"line": "1", "quantity": 2}]}, headers=KEY)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert (await world.get(f"/orders/{number}")).json()["lines"][0]["open"] == 2


async def test_a_key_belongs_to_one_path_and_one_merchant(world: World) -> None:
    first, second = await world.order(), await world.order()
    await world.order(number=first, by="rival")
    for number, by in ((first, "acme"), (second, "acme"), (first, "rival")):
        answer = await world.post(f"/orders/{number}/cancellation-requests", {}, headers=KEY, by=by)
        assert answer.status_code == 201
        assert answer.json()["order"] == number


async def test_a_refusal_is_judged_again(world: World) -> None:
    number = await world.order()
    path, body = f"/orders/{number}/cancellation-requests", {"reason": "no_such_reason"}
    assert (await world.post(path, body, headers=KEY)).status_code == 422
    assert (await world.post(path, {}, headers=KEY)).status_code == 201


UNUSABLE_KEYS = ["", " ", "two words", "x" * 256, "é"]


async def test_an_unusable_key_is_refused(world: World) -> None:
    for key in UNUSABLE_KEYS:
        number = await world.order()
        path = f"/orders/{number}/cancellation-requests"
        answer = await world.post(path, {}, headers={"Idempotency-Key": key.encode("latin-1")})  # type: ignore[dict-item]
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_twins_that_arrive_together_have_one_effect(world: World) -> None:
    number = await world.order()
    path, body = f"/orders/{number}/cancellation-requests", {"lines": [{"line": "1", "quantity": 1}]}
    answers = await asyncio.gather(*(world.post(path, body, headers=KEY) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert (await world.get(f"/orders/{number}")).json()["lines"][0]["open"] == 2


async def test_every_changing_post_can_be_repeated(world: World) -> None:
    number = await world.order(stage="packed", holder="north")
    case = (await world.cancel(number))["lines"][0]["case"]
    waiting = await world.cancel(await world.order(stage="packed", holder="north"))
    event = {"event_id": "e1", "fulfilment_order": "F1", "event": "packed", "mode": "report",
             "occurred_at": "2026-11-21T12:00:00Z"}
    paid = {"event_id": "e1", "payment": "p1", "type": "captured", "amount": 4465, "reference": "x",
            "occurred_at": "2026-11-21T12:00:00Z"}
    for path, body in (
        ("/orders", an_order("once")), (f"/orders/{number}/customer-links", {}),
        (f"/orders/{number}/fulfilment-events", event), (f"/orders/{number}/payment-events", paid),
        (f"/cases/{case}/more-time", {}), (f"/cases/{case}/answer", {"answer": "approve"}),
        (f"/cancellation-requests/{waiting['id']}/retraction", {}), ("/holders", {"id": "depot"}),
        ("/sellers", {"id": "glass"}), ("/webhook-endpoints", {"url": "https://shop.example/hook"}),
        ("/cancellation-batches", {"orders": [{"number": number}]}),
    ):
        first = await world.post(path, body, headers=KEY)
        again = await world.post(path, body, headers=KEY)
        assert 200 <= first.status_code < 300, (path, first.text)
        assert (again.status_code, again.content) == (first.status_code, first.content), path
    assert len((await world.get("/webhook-endpoints")).json()["items"]) == 1


async def test_a_twin_that_waits_too_long_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.01)
    twins, key = Twins(), Idempotency("POST /x", "k", "d")
    async with twins.alone("acme", key):
        async with twins.alone("rival", key):
            pass
        with pytest.raises(InProgress) as told:
            async with twins.alone("acme", key):
                pass
    assert told.value.extra["retry_after"] == 1
    async with twins.alone("acme", key):
        pass
