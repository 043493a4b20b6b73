"""Cancellation requests over HTTP: options, previews, asking, retracting, finding; and the versions they stand on."""

from datetime import datetime, timedelta

from tests.api.world import Json, World, two_lines


async def test_a_mug_is_cancelled_at_once(world: World) -> None:
    number = await world.order()
    made = await world.cancel(number, ("1", 1), reason="ordered_by_mistake", comment="two clicks",
                              asker={"role": "customer", "name": "Ana Silva"})
    assert made["id"].startswith("cr_")
    assert (made["order"], made["kind"]) == (number, "cancellation")
    assert (made["state"], made["partially"]) == ("executing", False)
    assert made["asker"] == {"role": "customer", "name": "Ana Silva"}
    assert (made["reason"], made["comment"], made["policy_version"]) == ("ordered_by_mistake", "two clicks", 1)
    [line] = made["lines"]
    assert (line["line"], line["fulfilment_order"], line["quantity"]) == ("1", "F1", 1)
    assert (line["outcome"], line["state"], line["goods"]) == ("approved", "executing", "stopped")
    money = made["money"]
    assert (money["currency"], money["refund"], money["fee"], money["capture_limit"]) == ("EUR", 1290, 0, None)
    assert money["when"] == "after_remaining_despatched"
    assert money["due_by"]
    assert money["parts"] == [{"payment": "p1", "amount": 1290, "state": "planned"}]
    shown = (await world.get(f"/cancellation-requests/{made['id']}")).json()
    assert shown == made


async def test_a_preview_tells_the_same_and_writes_nothing(world: World) -> None:
    number = await world.order()
    body = {"lines": [{"line": "1", "quantity": 1}]}
    preview = await world.post(f"/orders/{number}/cancellation-previews", body)
    assert preview.status_code == 200
    assert (await world.get(f"/orders/{number}")).json()["version"] == 1
    made = await world.cancel(number, ("1", 1))
    assert "id" not in preview.json()
    assert "state" not in preview.json()
    assert preview.json()["money"]["refund"] == made["money"]["refund"] == 1290
    assert preview.json()["lines"][0]["outcome"] == made["lines"][0]["outcome"]


async def test_an_empty_body_asks_for_everything_and_no_body_for_nothing(world: World) -> None:
    number = await world.order()
    path = f"/orders/{number}/cancellation-requests"
    assert (await world.post(path, content=b"")).status_code == 400
    made = await world.post(path, {"lines": None, "comment": None})
    assert [(line["line"], line["quantity"]) for line in made.json()["lines"]] == [("1", 3)]
    assert made.json()["money"]["refund"] == 4465
    assert made.json()["asker"]["role"] == "customer"


async def test_options_say_what_may_be_cancelled_and_why_not(world: World) -> None:
    number = await world.order(stage="packed", holder="north")
    options = (await world.get(f"/orders/{number}/cancellation-options")).json()
    [line] = options["lines"]
    assert (line["with_approval"], line["cancellable_now"], line["not_cancellable"]) == (3, 0, 0)
    assert line["on_silence"] == "decline"
    assert line["answer_by"]
    assert options["version"] == 1
    assert "ordered_by_mistake" in {reason["code"] for reason in options["reasons"]}
    gone = await world.order(stage="despatched")
    [line] = (await world.get(f"/orders/{gone}/cancellation-options?asker=merchant")).json()["lines"]
    assert (line["not_cancellable"], line["reason"]) == (3, "already_despatched")
    assert line["next_step"] == "refuse_on_delivery"


async def test_more_than_is_left_becomes_a_declined_part(world: World) -> None:
    number = await world.order()
    made = await world.cancel(number, ("1", 5))
    told = {(line["outcome"], line["quantity"], line["reason"]) for line in made["lines"]}
    assert told == {("approved", 3, None), ("declined", 2, "not_enough_left")}
    assert made["state"] in ("executing", "completed")


async def test_despatched_goods_are_declined_with_the_next_step(world: World) -> None:
    number = await world.order(stage="despatched")
    made = await world.cancel(number)
    assert made["state"] == "declined"
    assert made["lines"][0]["reason"] == "already_despatched"
    assert made["lines"][0]["next_step"] == "refuse_on_delivery"
    assert made["money"]["refund"] == 0


async def test_units_under_a_question_are_not_asked_for_twice(world: World) -> None:
    number = await world.order(stage="packed", holder="north")
    await world.cancel(number)
    again = await world.cancel(number)
    assert (again["state"], again["lines"][0]["reason"]) == ("declined", "already_requested")


async def test_nothing_is_left_to_cancel_twice(world: World) -> None:
    number = await world.order()
    await world.cancel(number)
    answer = await world.post(f"/orders/{number}/cancellation-requests", {})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-cancel")


async def test_faults_come_in_their_order(world: World) -> None:
    """Shape before existence, existence before state, state before vocabulary."""
    number = await world.order()
    await world.cancel(number)
    path = f"/orders/{number}/cancellation-requests"
    wrong = {"lines": [{"line": "1", "quantity": 0}], "reason": "no_such_reason"}
    assert (await world.post("/orders/none/cancellation-requests", wrong)).status_code == 422
    vocabulary = {"reason": "no_such_reason"}
    assert (await world.post("/orders/none/cancellation-requests", vocabulary)).status_code == 404
    assert (await world.post(path, vocabulary)).status_code == 409
    fresh = await world.order()
    answer = await world.post(f"/orders/{fresh}/cancellation-requests", vocabulary)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert (await world.get(f"/orders/{fresh}")).json()["version"] == 1


async def test_a_line_of_another_order_is_named(world: World) -> None:
    number = await world.order()
    body = {"lines": [{"line": "1", "quantity": 1}, {"line": "99", "quantity": 1}]}
    answer = await world.post(f"/orders/{number}/cancellation-requests", body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["lines[1].line"]
    assert (await world.get(f"/orders/{number}")).json()["lines"][0]["open"] == 3


WRONG_BODIES = [
    *(({"lines": [{"line": "1", "quantity": wrong}]}, "lines[0].quantity")
      for wrong in (0, -1, 10**9, 1.5, True, "２", "1", None)),
    ({"comment": "x" * 501}, "comment"), ({"comment": "a\x00b"}, "comment"), ({"comment": 5}, "comment"),
    ({"lines": []}, "lines"), ({"line": "1"}, "line"), ({"kind": "return"}, "kind"), ({"asker": "Ana"}, "asker"),
    ({"lines": [{"line": "1", "quantity": 1}] * 2}, "lines[1].line"), ({"asker": {"role": "king"}}, "asker.role"),
    ([], "body"),
]


async def test_wrong_bodies_change_nothing_and_name_the_field(world: World) -> None:
    for body, field in WRONG_BODIES:
        number = await world.order()
        answer = await world.post(f"/orders/{number}/cancellation-requests", body)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-fields"), answer.text
        assert [each["field"] for each in answer.json()["errors"]] == [field]
        order = (await world.get(f"/orders/{number}")).json()
        assert (order["version"], order["requests"]) == (1, [])


BROKEN = [b"{", b'{"comment": "\xff"}', b'{"kind": NaN}', b"{} x", b'{"lines": [], "lines": []}', b"[" * 50_000]


async def test_broken_json_is_told_as_such(world: World) -> None:
    for content in BROKEN:
        number = await world.order()
        answer = await world.post(f"/orders/{number}/cancellation-requests", content=content)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-json")


async def test_half_a_surrogate_pair_is_named_and_can_be_told_back(world: World) -> None:
    number = await world.order()
    path = f"/orders/{number}/cancellation-requests"
    answer = await world.post(path, content=b'{"comment": "\\ud800"}')
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "comment")
    answer = await world.post(path, content=b'{"\\ud800": 1, "kind": "\\udfff"}')
    assert answer.status_code == 422


async def test_a_comment_in_any_script_comes_back_as_it_was(world: World) -> None:
    number = await world.order()
    comment = "👩‍👩‍👧 \u202egnp.exe <script>alert(1)</script>\nzwei Zeilen"
    made = await world.cancel(number, ("1", 1), comment=comment)
    assert made["comment"] == comment
    assert (await world.get(f"/cancellation-requests/{made['id']}")).json()["comment"] == comment


async def test_a_version_that_is_not_the_orders_is_refused_with_fresh_options(world: World) -> None:
    number = await world.order()
    await world.cancel(number, ("1", 1))
    path, body = f"/orders/{number}/cancellation-requests", {"lines": [{"line": "1", "quantity": 1}]}
    stale = await world.post(path, body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/order-changed")
    assert stale.json()["options"]["version"] == 2
    assert stale.json()["options"]["lines"][0]["cancellable_now"] == 2
    assert (await world.post(path, body, headers={"If-Match": 'W/"2"'})).status_code == 422
    assert (await world.post(path, body, headers={"If-Match": "1"})).status_code == 412
    assert (await world.post(path, body, headers={"If-Match": '"2"'})).status_code == 201
    assert (await world.post(path, body, headers={"If-Match": "*"})).status_code == 201


async def test_a_request_is_retracted_while_the_goods_can_still_go_on(world: World) -> None:
    number = await world.order(stage="packed", holder="north")
    made = await world.cancel(number)
    path = f"/cancellation-requests/{made['id']}/retraction"
    stale = await world.post(path, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    taken_back = await world.post(path)
    assert (taken_back.status_code, taken_back.json()["state"]) == (200, "retracted")
    assert (await world.post(path, {})).status_code == 200
    assert (await world.get(f"/orders/{number}")).json()["lines"][0]["open"] == 3
    case = made["lines"][0]["case"]
    late = await world.post(f"/cases/{case}/answer", {"answer": "approve"})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/case-closed")


async def test_stopped_goods_cannot_be_retracted(world: World) -> None:
    number = await world.order()
    made = await world.cancel(number)
    answer = await world.post(f"/cancellation-requests/{made['id']}/retraction")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-late-to-retract")
    unknown = await world.post("/cancellation-requests/cr_none/retraction")
    assert unknown.status_code == 404
    odd = await world.post(f"/cancellation-requests/{made['id']}/retraction", {"why": "x"})
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "why")


async def test_requests_are_found_by_state_and_order(world: World) -> None:
    asked = await world.order(stage="packed", holder="north")
    done = await world.order()
    waiting, executing = await world.cancel(asked), await world.cancel(done, ("1", 1))

    async def found(query: str) -> list[str]:
        answer = await world.get(f"/cancellation-requests?{query}")
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await found("state=awaiting_approval") == [waiting["id"]]
    assert await found(f"order={done}") == [executing["id"]]
    assert await found("order=none") == []
    assert await found("") == [executing["id"], waiting["id"]]
    page = (await world.get("/cancellation-requests?limit=1")).json()
    rest = (await world.get(f"/cancellation-requests?limit=1&cursor={page['next_cursor']}")).json()
    assert (page["items"][0]["id"], rest["items"][0]["id"]) == (executing["id"], waiting["id"])
    assert rest["next_cursor"] is None
    for query, field in (("state=done", "state"), ("order=%20", "order"), ("q=x", "q")):
        answer = await world.get(f"/cancellation-requests?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_all_or_nothing_holds_nothing_if_one_part_is_declined(world: World) -> None:
    await world.post("/orders", two_lines("MIXED"))
    event: Json = {
        "event_id": "e1", "fulfilment_order": "F2", "event": "despatched", "mode": "report",
        "occurred_at": "2026-11-21T12:00:00Z",
    }
    assert (await world.post("/orders/MIXED/fulfilment-events", event)).status_code == 200
    made = await world.cancel("MIXED", ("1", 1), ("2", 1), all_or_nothing=True)
    assert made["state"] == "declined"
    assert (await world.get("/orders/MIXED")).json()["lines"][0]["open"] == 3


async def test_a_withdrawal_takes_despatched_goods_too(world: World) -> None:
    number = await world.order(stage="despatched")
    made = await world.cancel(number, kind="withdrawal")
    assert made["state"] == "executing"
    assert made["money"]["when"] == "after_goods_return"
    assert made["lines"][0]["outcome"] == "approved"


async def test_the_deadline_and_what_silence_means_are_told(world: World) -> None:
    made = await world.cancel(await world.order(stage="packed", holder="north"))
    asked, answer_by = (datetime.fromisoformat(made[name]) for name in ("created_at", "answer_by"))
    assert answer_by - asked == timedelta(hours=4)
    assert made["on_silence"] == "decline"
