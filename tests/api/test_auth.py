"""Who may call: keys, scopes, whose key it is, and whose things are there at all."""


from tests.api.world import World, an_order, two_lines

EVERY_CALL = [
    ("POST", "/orders"), ("GET", "/orders"), ("PUT", "/orders/1"), ("GET", "/orders/1"), ("GET", "/orders/1/audit"),
    ("POST", "/orders/1/fulfilment-events"), ("POST", "/orders/1/payment-events"),
    ("POST", "/orders/1/customer-links"), ("GET", "/orders/1/cancellation-options"),
    ("POST", "/orders/1/cancellation-previews"), ("POST", "/orders/1/cancellation-requests"),
    ("GET", "/cancellation-requests"), ("GET", "/cancellation-requests/cr_1"),
    ("POST", "/cancellation-requests/cr_1/retraction"), ("GET", "/cases"), ("POST", "/cases/ca_1-1/answer"),
    ("POST", "/cases/ca_1-1/more-time"), ("GET", "/refunds"), ("GET", "/worklist"), ("GET", "/policy"),
    ("PUT", "/policy"), ("GET", "/holders"), ("POST", "/holders"), ("GET", "/sellers"), ("POST", "/sellers"),
    ("GET", "/webhook-endpoints"), ("POST", "/webhook-endpoints"), ("DELETE", "/webhook-endpoints/we_1"),
    ("POST", "/cancellation-batches"), ("GET", "/cancellation-batches/cb_1"),
]


async def test_every_call_wants_a_key_before_it_looks_at_anything_else(world: World) -> None:
    for method, path in EVERY_CALL:
        broken = b"{broken" if method in ("POST", "PUT") else None
        answer = await world.call(method, path, by="nobody", content=broken)
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/not-signed-in"


NO_KEYS = ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer ck_acme", "Bearer ck_acme_", "Bearer ck_acme_wrong",
 "Bearer ck_nobody_secret", "Bearer sk_acme_secret", "Bearer ck_ACME_x", "Bearer ck_acme_" + "x" * 300,
 "Bearer ck_acme'--_x"]


async def test_what_is_no_key_of_ours_is_refused(world: World) -> None:
    for header in NO_KEYS:
        answer = await world.get("/orders", by="nobody", headers={"Authorization": header})
        assert answer.status_code == 401


async def test_revoked_and_expired_keys_are_refused(world: World) -> None:
    for name in ("revoked", "expired"):
        assert (await world.get("/orders", by=name)).status_code == 401


async def test_a_key_may_only_do_what_its_scopes_say(world: World) -> None:
    assert (await world.get("/orders", by="reader")).status_code == 200
    refused = await world.post("/orders", an_order("1"), by="reader")
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/not-allowed"
    assert refused.json()["scope"] == "orders:write"


async def test_the_secret_of_one_merchant_opens_nothing_of_another(world: World) -> None:
    secret = world.keys["acme"].rpartition("_")[2]
    stolen = {"Authorization": f"Bearer ck_rival_{secret}"}
    assert (await world.get("/orders", by="nobody", headers=stolen)).status_code == 401


async def test_another_merchants_things_are_not_there(world: World) -> None:
    number = await world.order(number="SAME", stage="packed")
    await world.order(number="SAME", by="rival", lines=[{**an_order("x")["lines"][0], "title": "Rival's mug"}])
    request = await world.cancel(number, ("1", 1))
    theirs = (await world.get("/orders/SAME", by="rival")).json()
    assert theirs["lines"][0]["title"] == "Rival's mug"
    assert theirs["requests"] == []
    case = request["lines"][0]["case"]
    for method, path, body in (
        ("GET", f"/cancellation-requests/{request['id']}", None),
        ("POST", f"/cancellation-requests/{request['id']}/retraction", {}),
        ("POST", f"/cases/{case}/answer", {"answer": "approve"}),
        ("POST", f"/cases/{case}/more-time", {}),
    ):
        answer = await world.call(method, path, body, by="rival")
        assert answer.status_code == 404, (path, answer.text)
    for path in ("/cancellation-requests", "/cases", "/refunds", "/worklist"):
        assert (await world.get(path, by="rival")).json() == {"items": [], "next_cursor": None}


async def test_a_holders_key_sees_and_answers_only_its_own_cases(world: World) -> None:
    number = await world.order(stage="packed", holder="north")
    case = (await world.cancel(number))["lines"][0]["case"]
    assert [each["id"] for each in (await world.get("/cases", by="north")).json()["items"]] == [case]
    assert (await world.get("/cases", by="main")).json()["items"] == []
    assert (await world.get("/cases?holder=north", by="main")).json()["items"] == []
    refused = await world.post(f"/cases/{case}/answer", {"answer": "approve"}, by="main")
    assert refused.status_code == 404
    answered = await world.post(f"/cases/{case}/answer", {"answer": "approve"}, by="north")
    assert answered.status_code == 200
    assert answered.json()["answered_by"] == "north"


async def test_a_holders_key_may_do_nothing_but_answer_and_report(world: World) -> None:
    number = await world.order(holder="north")
    for method, path in (
        ("GET", "/orders"), ("GET", f"/orders/{number}"), ("GET", "/refunds"), ("GET", "/policy"),
        ("GET", "/worklist"),
        ("GET", f"/orders/{number}/audit"),
    ):
        assert (await world.call(method, path, by="north")).status_code == 403
    asked = await world.post(f"/orders/{number}/cancellation-requests", {}, by="north")
    assert asked.status_code == 403


async def test_a_holders_key_reports_only_of_goods_it_holds(world: World) -> None:
    number = await world.order(holder="north")
    event = {
        "event_id": "e1", "fulfilment_order": "F1", "event": "packed", "mode": "report",
        "occurred_at": "2026-11-21T12:00:00Z",
    }
    assert (await world.post(f"/orders/{number}/fulfilment-events", event, by="main")).status_code == 404
    assert (await world.post(f"/orders/{number}/fulfilment-events", event, by="north")).status_code == 200
    await world.post("/orders", two_lines("MIXED"))
    other = {**event, "event_id": "e2"}
    refused = await world.post("/orders/MIXED/fulfilment-events", {**other, "fulfilment_order": "F2"}, by="main")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "fulfilment_order"


async def test_a_sellers_key_sees_only_its_lines(world: World) -> None:
    await world.order(number="PLAIN")
    assert (await world.post("/orders", two_lines("MIXED"))).status_code == 201
    listed = (await world.get("/orders", by="ceramics")).json()["items"]
    assert [(each["number"], each["units"], each["first_title"]) for each in listed] == [("MIXED", 2, "Plate")]
    seen = (await world.get("/orders/MIXED", by="ceramics")).json()
    assert [line["id"] for line in seen["lines"]] == ["2"]
    assert [each["id"] for each in seen["fulfilment_orders"]] == ["F2"]
    assert "payments" not in seen
    assert (await world.get("/orders/PLAIN", by="ceramics")).status_code == 404
    options = (await world.get("/orders/MIXED/cancellation-options", by="ceramics")).json()
    assert {line["line"] for line in options["lines"]} == {"2"}


async def test_a_seller_cancels_its_own_lines_and_no_others(world: World) -> None:
    await world.post("/orders", two_lines("MIXED"))
    foreign = {"lines": [{"line": "1", "quantity": 1}]}
    refused = await world.post("/orders/MIXED/cancellation-requests", foreign, by="ceramics")
    assert refused.status_code == 422
    made = await world.cancel("MIXED", by="ceramics", asker={"role": "customer"})
    assert made["asker"]["role"] == "seller"
    assert {(line["line"], line["quantity"]) for line in made["lines"]} == {("2", 2)}
    mine = await world.cancel("MIXED", ("1", 1))
    assert (await world.get(f"/cancellation-requests/{mine['id']}", by="ceramics")).status_code == 404
    listed = (await world.get("/cancellation-requests", by="ceramics")).json()["items"]
    assert [each["id"] for each in listed] == [made["id"]]
