"""Cases over HTTP: one answer wins, partial answers split, more time once."""

import asyncio

from tests.api.world import Json, World


async def a_case(world: World) -> tuple[str, Json]:
    number = await world.order(stage="packed", holder="north")
    made = await world.cancel(number)
    assert made["state"] == "awaiting_approval"
    return made["lines"][0]["case"], made


async def test_the_queue_shows_what_is_asked(world: World) -> None:
    case, made = await a_case(world)
    [shown] = (await world.get("/cases?holder=north&state=open")).json()["items"]
    assert shown["id"] == case
    assert (shown["request"], shown["order"], shown["fulfilment_order"]) == (made["id"], made["order"], "F1")
    assert (shown["holder"], shown["state"], shown["on_silence"]) == ("north", "open", "decline")
    assert shown["lines"] == [{"line": "1", "quantity": 3}]
    assert shown["answer_by"] == made["answer_by"]
    assert (shown["answered_by"], shown["answered_at"]) == (None, None)
    assert (await world.get("/cases?state=expired")).json()["items"] == []
    assert (await world.get(f"/cases?order={made['order']}")).json()["items"] == [shown]


async def test_one_answer_wins_and_the_second_is_told_who_and_when(world: World) -> None:
    case, made = await a_case(world)
    path = f"/cases/{case}/answer"
    first, second = await asyncio.gather(
        world.post(path, {"answer": "approve"}, by="north"), world.post(path, {"answer": "decline"}, by="acme")
    )
    won, lost = (first, second) if first.status_code == 200 else (second, first)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["type"] == "/problems/case-already-answered"
    assert lost.json()["answered_by"] == won.json()["answered_by"]
    assert lost.json()["answered_at"] == won.json()["answered_at"]
    assert won.json()["state"] == "answered"
    request = (await world.get(f"/cancellation-requests/{made['id']}")).json()
    assert request["state"] in ("executing", "completed", "declined")


async def test_a_partial_yes_splits_the_part(world: World) -> None:
    case, made = await a_case(world)
    answer = {"answer": "approve", "lines": [{"line": "1", "quantity": 1}]}
    assert (await world.post(f"/cases/{case}/answer", answer, by="north")).status_code == 200
    request = (await world.get(f"/cancellation-requests/{made['id']}")).json()
    told = {(line["quantity"], line["state"] == "declined", line["reason"]) for line in request["lines"]}
    assert told == {(1, False, None), (2, True, "declined_by_holder")}


async def test_a_no_gives_its_reason(world: World) -> None:
    case, made = await a_case(world)
    answer = {"answer": "decline", "reason": "already_packed"}
    assert (await world.post(f"/cases/{case}/answer", answer, by="north")).status_code == 200
    request = (await world.get(f"/cancellation-requests/{made['id']}")).json()
    assert (request["state"], request["lines"][0]["reason"]) == ("declined", "already_packed")


async def test_more_time_is_given_once(world: World) -> None:
    case, made = await a_case(world)
    given = await world.post(f"/cases/{case}/more-time", by="north")
    assert given.status_code == 200
    assert given.json()["answer_by"] > made["answer_by"]
    again = await world.post(f"/cases/{case}/more-time", by="north")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/no-more-time")


WRONG_ANSWERS = [
    ({}, "answer"), ({"answer": "maybe"}, "answer"), ({"answer": "decline", "reason": "tired"}, "reason"),
    ({"answer": "approve", "lines": [{"line": "1", "quantity": 0}]}, "lines[0].quantity"),
    ({"answer": "approve", "note": "x"}, "note"),
]


async def test_wrong_answers_name_the_field_and_leave_the_case_open(world: World) -> None:
    for body, field in WRONG_ANSWERS:
        case, made = await a_case(world)
        answer = await world.post(f"/cases/{case}/answer", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert len((await world.get(f"/cases?state=open&order={made['order']}")).json()["items"]) == 1


async def test_units_that_were_not_asked_about_are_refused(world: World) -> None:
    case, _ = await a_case(world)
    for lines in ([{"line": "9", "quantity": 1}], [{"line": "1", "quantity": 4}]):
        answer = await world.post(f"/cases/{case}/answer", {"answer": "approve", "lines": lines})
        assert answer.status_code == 422, answer.text


async def test_an_unknown_case_is_not_there(world: World) -> None:
    assert (await world.post("/cases/ca_none-1/answer", {"answer": "approve"})).status_code == 404
    assert (await world.post("/cases/ca_none-1/more-time")).status_code == 404
