"""Orders over HTTP: in, replaced, listed, shown; versions, links and the audit."""

import base64

from tests.api.world import World, an_order, two_lines


async def test_an_order_is_taken_once_and_the_same_body_is_no_mistake(world: World) -> None:
    body = an_order("1042")
    first = await world.post("/orders", body)
    again = await world.post("/orders", dict(reversed(body.items())))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["version"] == again.json()["version"] == 1
    differs = await world.post("/orders", an_order("1042", coupons=["SPRING"]))
    assert differs.status_code == 409
    assert differs.json()["type"] == "/problems/order-exists"


async def test_the_order_shows_where_every_unit_is(world: World) -> None:
    number = await world.order()
    await world.cancel(number, ("1", 1))
    order = (await world.get(f"/orders/{number}")).json()
    line = order["lines"][0]
    assert (line["quantity"], line["open"], line["held"], line["cancelled"], line["despatched"]) == (3, 2, 0, 1, 0)
    assert order["requests"][0]["lines"][0]["quantity"] == 1
    assert order["payments"][0]["captured"] == 4465
    assert line["shown"]
    assert order["version"] == 2


async def test_every_fault_of_an_order_is_named(world: World) -> None:
    body = an_order("1042", colour="red", placed_at="yesterday")
    body["lines"][0]["quantity"] = 0
    body["fulfilment_orders"][0]["holder"] = "nobody"
    answer = await world.post("/orders", body)
    assert answer.status_code == 422
    fields = {each["field"] for each in answer.json()["errors"]}
    assert {"colour", "placed_at", "lines[0].quantity", "fulfilment_orders[0].holder"} <= fields
    assert (await world.get("/orders/1042")).status_code == 404


async def test_an_unknown_seller_is_named(world: World) -> None:
    body = an_order("1042")
    body["lines"][0]["seller"] = "nobody"
    answer = await world.post("/orders", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "lines[0].seller")


async def test_totals_that_do_not_add_up_are_refused(world: World) -> None:
    body = an_order("1042")
    body["payments"][0].update(authorised=4466, captured=4466)
    answer = await world.post("/orders", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "payments")


async def test_a_newer_body_replaces_and_an_older_one_is_ignored(world: World) -> None:
    await world.order(number="1042", source_updated_at="2026-11-21T10:00:00Z")
    newer = an_order("1042", source_updated_at="2026-11-21T11:00:00Z", coupons=["SPRING"])
    replaced = await world.put("/orders/1042", newer)
    assert (replaced.status_code, replaced.json()["coupons"]) == (200, ["SPRING"])
    older = await world.put("/orders/1042", an_order("1042", source_updated_at="2026-11-21T09:00:00Z"))
    assert (older.status_code, older.json()["coupons"]) == (200, ["SPRING"])
    other = await world.put("/orders/1042", an_order("1043", source_updated_at="2026-11-21T12:00:00Z"))
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "number")


async def test_a_replacement_under_an_old_version_is_refused_with_fresh_options(world: World) -> None:
    number = await world.order()
    await world.cancel(number, ("1", 1))
    newer = an_order(number, source_updated_at="2026-11-21T11:00:00Z")
    answer = await world.put(f"/orders/{number}", newer, headers={"If-Match": '"1"'})
    assert answer.status_code == 412
    assert answer.json()["options"]["version"] == answer.json()["version"] == 2


async def test_an_order_never_goes_below_what_is_cancelled(world: World) -> None:
    number = await world.order()
    await world.cancel(number, ("1", 3))
    body = an_order(number, source_updated_at="2026-11-21T11:00:00Z")
    body["lines"][0]["quantity"] = 1
    body["fulfilment_orders"][0]["lines"][0]["quantity"] = 1
    answer = await world.put(f"/orders/{number}", body)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/units-committed"


async def test_the_version_is_the_etag_and_saves_a_transfer(world: World) -> None:
    number = await world.order()
    answer = await world.get(f"/orders/{number}")
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "no-store"
    for tag in ('"1"', 'W/"1"', '"9", "1"', "*"):
        assert (await world.get(f"/orders/{number}", headers={"If-None-Match": tag})).status_code == 304
    assert (await world.get(f"/orders/{number}", headers={"If-None-Match": '"2"'})).status_code == 200


async def test_lists_page_through_everything_exactly_once(world: World) -> None:
    for minute in range(7):
        await world.order(placed_at=f"2026-11-21T10:{minute // 2:02}:00Z")
    seen, cursor = [], ""
    for _ in range(10):
        page = (await world.get(f"/orders?limit=3&cursor={cursor}")).json()
        seen += [each["number"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(seen) == len(set(seen)) == 7


async def test_orders_are_found_by_every_filter(world: World) -> None:
    await world.order(number="A1", stage="packed")
    await world.order(number="B2", customer={"name": "Bo Lind", "email": "Bo@Example.com"})
    await world.order(number="C3", placed_at="2026-01-01T00:00:00Z")
    await world.cancel("B2")

    async def found(query: str) -> list[str]:
        answer = await world.get(f"/orders?{query}")
        assert answer.status_code == 200, answer.text
        return [each["number"] for each in answer.json()["items"]]

    assert await found("stage=packed") == ["A1"]
    assert await found("request_state=executing") + await found("request_state=completed") == ["B2"]
    assert await found("email=bo@example.com") == ["B2"]
    assert await found("q=lind") == ["B2"]
    assert set(await found("sku=MUG")) == {"A1", "B2", "C3"}
    assert await found("sku=NONE") == []
    assert await found("placed_to=2026-06-01T00:00:00Z") == ["C3"]
    assert set(await found("placed_from=2026-06-01T00:00:00Z")) == {"A1", "B2"}
    assert set(await found("stage=&q=")) == {"A1", "B2", "C3"}


WRONG_FILTERS = [
    ("colour=red", "colour"), ("stage=shipped", "stage"), ("limit=0", "limit"), ("limit=201", "limit"),
    ("placed_from=today", "placed_from"), ("cursor=xyz", "cursor"), ("q=%00", "q"), ("limit=1&limit=2", "limit"),
    ("cursor=" + base64.urlsafe_b64encode(b'["a","b"]').decode().rstrip("="), "cursor"),
    ("cursor=" + base64.urlsafe_b64encode(b"[1]").decode().rstrip("="), "cursor"),
    ("cursor=" + base64.urlsafe_b64encode(b'[99999999999999999999,"b"]').decode().rstrip("="), "cursor"),
]


async def test_a_wrong_filter_is_named(world: World) -> None:
    for query, field in WRONG_FILTERS:
        answer = await world.get(f"/orders?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_customer_link_is_minted_rotated_and_never_stored_in_clear(world: World) -> None:
    number = await world.order(number="A#1.b-c_d")
    path = "/orders/A%231.b-c_d/customer-links"
    first = await world.post(path)
    assert first.status_code == 201
    assert first.json()["url"].startswith("https://shop.example/o/acme.")
    second = await world.post(path, {})
    assert second.json()["url"] != first.json()["url"]
    assert second.json()["expires_at"].endswith("Z")
    assert (await world.post("/orders/none/customer-links")).status_code == 404
    assert number == "A#1.b-c_d"


async def test_a_repeated_link_call_is_told_the_same_link(world: World) -> None:
    number = await world.order()
    path, key = f"/orders/{number}/customer-links", {"Idempotency-Key": "link-1"}
    first = await world.post(path, {}, headers=key)
    again = await world.post(path, {}, headers=key)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    secret = first.json()["url"].rpartition(".")[2]
    assert len(secret) == 43
    fresh = await world.post(path, {}, headers={"Idempotency-Key": "link-2"})
    assert fresh.json()["url"] != first.json()["url"]


async def test_the_audit_names_who_did_what(world: World) -> None:
    number = await world.order()
    await world.cancel(number, ("1", 1), comment="two clicks")
    entries = (await world.get(f"/orders/{number}/audit")).json()["items"]
    assert [each["sequence"] for each in entries] == list(range(1, len(entries) + 1))
    assert entries[1]["previous"] == entries[0]["digest"]
    assert entries[-1]["actor"]["role"] == "merchant"
    assert any(event["type"].startswith("request.") for event in entries[-1]["events"])
    assert "two clicks" in [each["text"] for each in entries[-1]["texts"]]
    assert (await world.get("/orders/none/audit")).status_code == 404


async def test_a_marketplace_order_comes_in_whole(world: World) -> None:
    answer = await world.post("/orders", two_lines("MIXED"))
    assert answer.status_code == 201, answer.text
    assert [each["holder"] for each in answer.json()["fulfilment_orders"]] == ["main", "kiln"]
