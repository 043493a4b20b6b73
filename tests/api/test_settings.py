"""What a merchant sets up over HTTP: policy, holders, sellers, webhook endpoints."""


from tests.api.world import World, an_order


async def test_a_policy_is_read_changed_and_versioned(world: World) -> None:
    first = await world.get("/policy")
    assert (first.json()["version"], first.headers["etag"]) == (1, '"1"')
    changed = await world.put("/policy", {**first.json(), "partial_allowed": False})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["partial_allowed"] is False
    assert (await world.get("/policy")).json() == changed.json()
    number = await world.order()
    made = await world.cancel(number, ("1", 1))
    assert (made["policy_version"], made["lines"][0]["reason"]) == (2, "partial_not_allowed")


async def test_every_fault_of_a_policy_is_named(world: World) -> None:
    body = {"automatic_until": "shipped", "grace": -1, "colour": "red"}
    answer = await world.put("/policy", body)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == set(body)
    assert (await world.get("/policy")).json()["version"] == 1
    assert (await world.put("/policy", [])).status_code == 422


async def test_a_policy_that_changed_meanwhile_is_not_overwritten(world: World) -> None:
    policy = (await world.get("/policy")).json()
    assert (await world.put("/policy", policy, headers={"If-Match": '"1"'})).status_code == 200
    stale = await world.put("/policy", policy, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["type"], stale.json()["version"]) == (412, "/problems/policy-changed", 2)


async def test_a_new_holder_can_be_sent_orders(world: World) -> None:
    body = {"id": "depot", "name": "Depot", "kind": "3pl", "control": "none", "email": "depot@example.com"}
    made = await world.post("/holders", body)
    assert made.status_code == 201
    assert made.json() == {**body, "plugin": None, "seller": None}
    assert "depot" in [each["id"] for each in (await world.get("/holders")).json()["items"]]
    assert (await world.post("/orders", an_order("1", holder="depot"))).status_code == 201
    taken = await world.post("/holders", body)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/name-taken")
    assert "depot" not in [each["id"] for each in (await world.get("/holders", by="rival")).json()["items"]]


async def test_a_new_seller_can_have_lines(world: World) -> None:
    assert (await world.post("/sellers", {"id": "glass", "name": "Glass"})).status_code == 201
    assert (await world.post("/sellers", {"id": "glass"})).status_code == 409
    body = an_order("1")
    body["lines"][0]["seller"] = "glass"
    assert (await world.post("/orders", body)).status_code == 201
    assert [each["id"] for each in (await world.get("/sellers")).json()["items"]] == ["ceramics", "glass"]


WRONG_SETTINGS = [
    ("/holders", {}, "id"), ("/holders", {"id": "North Site"}, "id"),
    ("/holders", {"id": "x", "kind": "shop"}, "kind"),
    ("/holders", {"id": "x", "control": 1}, "control"), ("/holders", {"id": "x", "seller": "nobody"}, "seller"),
    ("/holders", {"id": "x", "plugin": "nothing"}, "plugin"), ("/holders", {"id": "x", "email": "no"}, "email"),
    ("/sellers", {"id": "-"}, "id"), ("/sellers", {"id": "x", "colour": "red"}, "colour"),
    ("/webhook-endpoints", {}, "url"), ("/webhook-endpoints", {"url": "ftp://x"}, "url"),
    ("/webhook-endpoints", {"url": "http://shop.example/"}, "url"),
    ("/webhook-endpoints", {"url": "https://user:secret@shop.example/"}, "url"),
    ("/webhook-endpoints", {"url": "https://shop.example/", "types": ["order.exploded"]}, "types[0]"),
    ("/webhook-endpoints", {"url": "https://[::1/"}, "url"), ("/webhook-endpoints", {"url": "https:///x"}, "url"),
    ("/webhook-endpoints", {"url": "http://localhost.evil.example/"}, "url"),
]


async def test_wrong_settings_name_the_field(world: World) -> None:
    for path, body, field in WRONG_SETTINGS:
        answer = await world.post(path, body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


async def test_a_webhook_secret_is_shown_once(world: World) -> None:
    body = {"url": "https://shop.example/hook", "types": ["request.completed"]}
    made = await world.post("/webhook-endpoints", body)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    [shown] = (await world.get("/webhook-endpoints")).json()["items"]
    assert shown["types"] == ["request.completed"]
    assert "secret" not in shown
    path = f"/webhook-endpoints/{made.json()['id']}"
    assert (await world.call("DELETE", path, by="rival")).status_code == 404
    gone = await world.call("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await world.call("DELETE", path)).status_code == 404


THIS_MACHINE = ["http://127.0.0.1:9000/x", "http://localhost/x", "http://[::1]:9000/x"]


async def test_this_very_machine_may_be_told_without_tls(world: World) -> None:
    for url in THIS_MACHINE:
        assert (await world.post("/webhook-endpoints", {"url": url})).status_code == 201
