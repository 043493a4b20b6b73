"""Events of the goods and of the money over HTTP; the ship gate's answers."""

from typing import Any

from tests.api.world import Json, World

NOON = "2026-11-21T12:00:00Z"


def goods(event: str, event_id: str, mode: str = "claim", **more: Any) -> Json:
    return {
        "event_id": event_id, "fulfilment_order": "F1", "event": event, "mode": mode, "occurred_at": NOON, **more,
    }


async def tell(world: World, number: str, body: Json, **more: Any) -> Any:
    return await world.post(f"/orders/{number}/fulfilment-events", body, **more)


async def test_a_granted_claim_despatches_and_answers_the_same_again(world: World) -> None:
    number = await world.order()
    first = await tell(world, number, goods("despatched", "e1"))
    assert first.status_code == 200
    assert first.json() == {"ship": [{"line": "1", "quantity": 3}], "do_not_ship": [], "version": 2}
    again = await tell(world, number, goods("despatched", "e1"))
    assert again.json() == first.json()
    other = await tell(world, number, goods("despatched", "e2"))
    assert (other.status_code, other.json()["type"]) == (409, "/problems/already-despatched")


async def test_a_cancelled_order_does_not_ship(world: World) -> None:
    number = await world.order()
    await world.cancel(number)
    answer = await tell(world, number, goods("despatched", "e1"))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/order-cancelled")
    [line] = answer.json()["lines"]
    assert (line["line"], line["open"], line["held"], line["cancelled"]) == ("1", 0, 0, 3)


async def test_a_partly_cancelled_order_ships_only_what_is_named_and_open(world: World) -> None:
    number = await world.order()
    await world.cancel(number, ("1", 1))
    whole = await tell(world, number, goods("despatched", "e1"))
    assert (whole.status_code, whole.json()["type"]) == (409, "/problems/lines-changed")
    rest = await tell(world, number, goods("despatched", "e2", lines=[{"line": "1", "quantity": 2}]))
    assert (rest.status_code, rest.json()["ship"]) == (200, [{"line": "1", "quantity": 2}])


async def test_an_order_on_hold_waits_for_the_answer(world: World) -> None:
    number = await world.order(stage="packed", holder="north")
    made = await world.cancel(number)
    answer = await tell(world, number, goods("despatched", "e1"), by="north")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/order-on-hold")
    assert answer.json()["case"] == made["lines"][0]["case"]
    assert answer.json()["answer_by"] == made["answer_by"]


async def test_a_report_is_never_refused_and_cancelled_goods_become_a_stray(world: World) -> None:
    number = await world.order()
    await world.cancel(number)
    sent = goods("despatched", "e1", mode="report", carrier="DHL", tracking_number="00340")
    answer = await tell(world, number, sent)
    assert answer.status_code == 200
    order = (await world.get(f"/orders/{number}")).json()
    assert (order["parcels"][0]["stray"], order["lines"][0]["cancelled"]) == (True, 3)


WRONG_EVENTS = [
    ({"event_id": None}, "event_id"), ({"event": "sailed"}, "event"), ({"mode": "guess"}, "mode"),
    ({"occurred_at": "noon"}, "occurred_at"), ({"lines": []}, "lines"), ({"by": "Bo"}, "by"),
    ({"lines": [{"line": "1", "quantity": True}]}, "lines[0].quantity"),
    ({"fulfilment_order": "F9"}, "fulfilment_order"),
    ({"tracking_url": "javascript:alert(1)"}, "tracking_url"), ({"fulfilment_order": 1}, "fulfilment_order"),
]


async def test_wrong_events_name_the_field_and_change_nothing(world: World) -> None:
    for change, field in WRONG_EVENTS:
        number = await world.order()
        answer = await tell(world, number, {**goods("despatched", "e1"), **change})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
        assert (await world.get(f"/orders/{number}")).json()["version"] == 1


async def test_events_of_an_unknown_order_find_nothing(world: World) -> None:
    assert (await tell(world, "none", goods("packed", "e1"))).status_code == 404
    assert (await world.post("/orders/none/payment-events", payment("captured", "e1"))).status_code == 404


def payment(kind: str, event_id: str, **more: Any) -> Json:
    return {
        "event_id": event_id, "payment": "p1", "type": kind, "amount": 4465, "reference": "x", "occurred_at": NOON,
        **more,
    }


async def test_a_capture_is_recorded_once(world: World) -> None:
    unpaid = [{"id": "p1", "provider": "bank", "reference": "x", "authorised": 4465, "captured": 0}]
    number = await world.order(payments=unpaid)
    path = f"/orders/{number}/payment-events"
    first = await world.post(path, payment("captured", "e1"))
    again = await world.post(path, payment("captured", "e1"))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    [shown] = (await world.get(f"/orders/{number}")).json()["payments"]
    assert (shown["captured"], shown["state"]) == (4465, "captured")


async def test_an_unknown_payment_is_added(world: World) -> None:
    number = await world.order(payments=[])
    body = payment("authorised", "e1", payment="p9")
    assert (await world.post(f"/orders/{number}/payment-events", body)).status_code == 200
    payments = (await world.get(f"/orders/{number}")).json()["payments"]
    assert [each["id"] for each in payments] == ["p9"]


WRONG_PAYMENT_EVENTS = [
    ({"amount": -1}, "amount"), ({"amount": 1.5}, "amount"), ({"type": "stolen"}, "type"),
    ({"payment": None}, "payment"),
]


async def test_wrong_payment_events_name_the_field(world: World) -> None:
    for change, field in WRONG_PAYMENT_EVENTS:
        number = await world.order()
        answer = await world.post(f"/orders/{number}/payment-events", {**payment("captured", "e1"), **change})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
