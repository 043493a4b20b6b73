"""How the API answers: problems, idempotency, lists, tenancies, restricted keys, and the side calls."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from tests.contract.world import Shop, Site, an_order, faults, mug, plain, slug, waited


@pytest.fixture(scope="session")
def two(running_site: Site) -> tuple[Shop, Shop]:
    mine, theirs = running_site.shop(control="confirm"), running_site.shop()
    running_site.shell("holders", "create", "north", "--merchant", mine.merchant)
    running_site.shell("sellers", "create", "lamps", "--merchant", mine.merchant)
    for holder in ("main", "north"):
        mine.keys[holder] = running_site.new_key(mine.merchant, "--holder", holder)
    mine.keys["lamps"] = running_site.new_key(mine.merchant, "--seller", "lamps")
    mine.keys["reader"] = running_site.new_key(mine.merchant, "--scope", "orders:read")
    return mine, theirs


@pytest.fixture
def mine(site: Site, two: tuple[Shop, Shop]) -> Shop:
    return two[0]


@pytest.fixture
def theirs(site: Site, two: tuple[Shop, Shop]) -> Shop:
    return two[1]


def test_everything_that_goes_wrong_is_problem_json(shop: Shop) -> None:
    client, key = shop.client, {"Authorization": f"Bearer {shop.key}"}
    number = shop.order()
    json_type = {**key, "Content-Type": "application/json"}
    answers = {
        "not there": (client.get("/api/v1/nowhere", headers=key), 404),
        "no order": (client.get("/api/v1/orders/none", headers=key), 404),
        "method": (client.delete(f"/api/v1/orders/{number}", headers=key), 405),
        "no key": (client.get("/api/v1/orders"), 401),
        "wrong key": (client.get("/api/v1/orders", headers={"Authorization": "Bearer ck_acme_nonsense"}), 401),
        "media": (client.post("/api/v1/orders", content=b"<a/>", headers={**key, "Content-Type": "text/xml"}), 415),
        "broken": (client.post("/api/v1/orders", content=b"{", headers=json_type), 400),
        "bytes": (client.post("/api/v1/orders", content=b'{"number": "\xff"}', headers=json_type), 400),
        "size": (client.post("/api/v1/orders", content=b'"' + b"x" * 20_000_000 + b'"', headers=json_type), 413),
        "no object": (client.post("/api/v1/orders", content=b"[]", headers=json_type), 422),
    }
    for name, (answer, status) in answers.items():
        assert answer.status_code == status, (name, answer.status_code, answer.text[:300])
        slug(answer)
    assert "Allow" in answers["method"][0].headers


def test_the_documents_and_the_health_checks_stand_at_their_places(shop: Shop) -> None:
    assert shop.client.get("/api/openapi.json").json()["openapi"].startswith("3.1")
    for path in ("/api/docs", "/healthz", "/readyz", "/metrics"):
        assert shop.client.get(path).status_code == 200, path


def test_the_same_key_and_body_answer_the_same_once(shop: Shop) -> None:
    number = shop.order()
    path, body = f"/orders/{number}/cancellation-requests", {"lines": [{"line": "1", "quantity": 1}]}
    first = shop.post(path, body, Idempotency_Key="k1")
    again = shop.post(path, body, Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (201, first.json()) and shop.line(number)[0] == 2
    other = shop.post(path, {"lines": [{"line": "1", "quantity": 2}]}, Idempotency_Key="k1")
    assert other.status_code == 422 and slug(other) == "idempotency-key-reused"
    assert shop.post(path, body, Idempotency_Key="k2").json()["id"] != first.json()["id"]
    elsewhere = shop.order()
    assert shop.post(f"/orders/{elsewhere}/cancellation-requests", body, Idempotency_Key="k1").status_code == 201


def test_a_refusal_is_judged_again_under_its_key(mine: Shop) -> None:
    number = mine.order(stage="packed")
    made = mine.cancel(number)
    claim = {"event_id": f"c{number}", "fulfilment_order": "F1", "event": "despatched", "mode": "claim",
             "occurred_at": "2026-11-21T12:00:00Z"}
    path = f"/orders/{number}/fulfilment-events"
    assert mine.post(path, claim, Idempotency_Key=f"c{number}").status_code == 409
    assert mine.answer(made["lines"][0]["case"], "decline").status_code == 200
    assert mine.post(path, claim, Idempotency_Key=f"c{number}").status_code == 200


def test_twins_in_flight_make_one_request(shop: Shop) -> None:
    number = shop.order()
    path = f"/orders/{number}/cancellation-requests"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.post(path, {}, Idempotency_Key="twins"), range(8)))
    assert {each.status_code for each in answers} <= {201, 409}
    assert len({each.json()["id"] for each in answers if each.status_code == 201}) == 1
    assert len(shop.view(number)["requests"]) == 1


@pytest.mark.parametrize("text", ["\x00", "a\u202eb", "👨\u200d👩", "<script>", "x" * 500])
def test_comments_are_stored_as_they_are_or_refused_with_the_field(shop: Shop, text: str) -> None:
    number = shop.order()
    answer = shop.ask(number, 1, comment=text)
    if answer.status_code == 422:
        assert list(faults(answer)) == ["comment"] and text == "\x00"
    else:
        assert answer.status_code == 201 and shop.request(answer.json())["comment"] == text


def test_comments_that_are_too_long_or_broken_are_refused(shop: Shop) -> None:
    number = shop.order()
    assert "comment" in faults(shop.ask(number, 1, comment="x" * 501))
    assert shop.ask(number, 1, comment="\ud800").status_code in (400, 422)
    assert shop.view(number)["requests"] == []


@pytest.mark.parametrize("quantity", ["0", "-1", "1e9", "1000000000", "1.5", '"２"', "null", "true", "NaN", "1e400"])
def test_a_wrong_quantity_is_named_and_changes_nothing(shop: Shop, quantity: str) -> None:
    number = shop.order()
    body = '{"lines": [{"line": "1", "quantity": ' + quantity + "}]}"
    answer = shop.client.post(
        f"/api/v1/orders/{number}/cancellation-requests", content=body,
        headers={"Authorization": f"Bearer {shop.key}", "Content-Type": "application/json"},
    )
    if quantity == "NaN":
        assert answer.status_code == 400 and slug(answer) == "bad-json"
    else:
        assert list(faults(answer)) == ["lines[0].quantity"]
    assert shop.view(number)["version"] == 1


def test_lists_turn_pages_with_a_cursor_that_is_safe_in_an_address(site: Site) -> None:
    shop = site.shop()
    numbers = {shop.order() for _ in range(5)}
    seen: list[str] = []
    query = "?limit=2"
    for _ in range(3):
        page = shop.get("/orders" + query)
        seen += [each["number"] for each in page["items"]]
        cursor = page["next_cursor"]
        assert len(page["items"]) <= 2
        if cursor is None:
            break
        assert all(letter.isalnum() or letter in "-_.~" for letter in cursor)
        query = f"?limit=2&cursor={cursor}"
    assert cursor is None and sorted(seen) == sorted(numbers)
    for wrong in ("limit=0", "limit=201", "limit=x", "cursor=nonsense", "colour=red"):
        assert shop.call("GET", f"/orders?{wrong}").status_code in (400, 422), wrong


def test_orders_are_found_by_what_is_known_of_them(site: Site) -> None:
    shop = site.shop()
    first = shop.order(customer={"name": "Ana", "email": "ana@example.com"})
    shop.order(stage="packed", placed_at="2026-10-01T10:00:00Z", customer={"name": "Bo", "email": "bo@example.com"})
    made = shop.cancel(first, 1)
    for query, wanted in {
        "stage=packed": 1, "email=ana@example.com": 1, "sku=MUG": 2, "sku=NONE": 0, f"q={first}": 1,
        "placed_from=2026-11-01T00:00:00Z": 1, "placed_to=2026-11-01T00:00:00Z": 1,
        f"request_state={made['state']}": 1, "request_state=declined": 0,
    }.items():
        assert len(shop.get(f"/orders?{query}")["items"]) == wanted, query


def test_nobody_sees_or_touches_another_merchants_rows(mine: Shop, theirs: Shop) -> None:
    number = mine.order(number="shared", stage="packed")
    theirs.order(number="shared", customer={"name": "Other"})
    made = mine.cancel(number)
    case = made["lines"][0]["case"]
    assert theirs.call("GET", f"/cancellation-requests/{made['id']}").status_code == 404
    assert theirs.post(f"/cancellation-requests/{made['id']}/retraction").status_code == 404
    assert theirs.answer(case, "approve").status_code == 404
    assert theirs.post(f"/cases/{case}/more-time").status_code == 404
    assert theirs.cases("shared") == [] and theirs.line("shared") == (3, 0, 0, 0)
    assert theirs.view("shared")["customer"]["name"] == "Other"
    only_mine = mine.order(number="mine-only")
    for path in ("", "/cancellation-options", "/audit"):
        assert theirs.call("GET", f"/orders/{only_mine}{path}").status_code == 404
    assert theirs.ask(only_mine).status_code == 404 and theirs.goods(only_mine, "packed").status_code == 404
    for path in ("/orders", "/cases", "/refunds", "/cancellation-requests", "/worklist", "/holders", "/sellers"):
        text = json.dumps(theirs.get(path))
        assert "mine-only" not in text and made["id"] not in text and "north" not in text


def test_a_holders_key_answers_its_own_cases_and_speaks_of_its_own_goods(mine: Shop) -> None:
    number = mine.order(stage="packed")
    case = mine.cancel(number, 1)["lines"][0]["case"]
    assert [each["id"] for each in mine.get(f"/cases?order={number}", by="main")["items"]] == [case]
    assert mine.get(f"/cases?order={number}", by="north")["items"] == []
    assert mine.answer(case, "approve", by="north").status_code in (403, 404)
    assert mine.goods(number, "despatched", {"1": 1}, by="north").status_code in (403, 404)
    answered = mine.answer(case, "approve", by="main")
    assert answered.status_code == 200 and answered.json()["answered_by"]
    assert mine.goods(number, "despatched", {"1": 2}, mode="claim", by="main").status_code == 200
    for method, path, body in (
        ("PUT", "/policy", {}), ("POST", "/orders", an_order("x")), ("GET", "/refunds", None),
        ("POST", "/holders", {"id": "x"}), ("POST", f"/orders/{number}/cancellation-requests", {}),
        ("POST", f"/orders/{number}/customer-links", {}),
    ):
        answer = mine.call(method, path, body, by="main")
        assert answer.status_code == 403, (path, answer.status_code)
        slug(answer)


def test_a_sellers_key_sees_and_cancels_only_its_own_lines(mine: Shop) -> None:
    lines = [mug(), plain("2", 2, 100, seller="lamps")]
    number, other = mine.order(lines=lines, paid=4665), mine.order()
    seen = mine.get(f"/orders/{number}", by="lamps")
    assert [each["id"] for each in seen["lines"]] == ["2"]
    assert not seen.get("payments") and "4465" not in json.dumps(seen)
    assert mine.call("GET", f"/orders/{other}", by="lamps").status_code == 404
    assert {each["number"] for each in mine.get("/orders?limit=200", by="lamps")["items"]} == {number}
    path = f"/orders/{number}/cancellation-requests"
    assert list(faults(mine.post(path, {"lines": [{"line": "1", "quantity": 1}]}, by="lamps"))) == ["lines[0].line"]
    made = mine.post(path, {}, by="lamps").json()
    assert [(each["line"], each["quantity"]) for each in made["lines"]] == [("2", 2)]
    assert made["asker"]["role"] == "seller" and mine.line(number) == (3, 0, 0, 0)
    theirs = mine.cancel(number, ("1", 1))
    assert mine.call("GET", f"/cancellation-requests/{theirs['id']}", by="lamps").status_code == 404


def test_a_key_does_what_its_scopes_say(mine: Shop) -> None:
    number = mine.order()
    assert mine.call("GET", f"/orders/{number}", by="reader").status_code == 200
    assert mine.call("POST", f"/orders/{number}/cancellation-requests", {}, by="reader").status_code == 403


def test_the_audit_is_a_chain_that_names_who_did_what(shop: Shop) -> None:
    number = shop.order()
    shop.done(number)
    entries = shop.get(f"/orders/{number}/audit?limit=200")["items"]
    first = shop.get(f"/orders/{number}/audit?limit=1")
    rest = shop.get(f"/orders/{number}/audit?cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == entries and rest["next_cursor"] is None
    assert [each["sequence"] for each in entries] == list(range(1, len(entries) + 1)) and len(entries) >= 3
    for before, after in pairwise(entries):
        assert after["previous"] == before["digest"]
    assert all(each["at"] and each["actor"] and each["events"] for each in entries)


def test_refunds_are_listed_with_their_day_and_found_by_state(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 1)
    [refund] = shop.refunds(number)
    assert {name: refund[name] for name in ("order", "request", "payment", "amount", "state")} == {
        "order": number, "request": made["id"], "payment": "p1", "amount": 1290, "state": "planned",
    }
    assert refund["due_by"] == made["money"]["due_by"] and refund["id"].startswith("rf_")
    assert shop.get(f"/refunds?order={number}&state=planned")["items"] == [refund]
    assert shop.get(f"/refunds?order={number}&state=refunded")["items"] == []


def test_a_batch_says_for_every_order_what_became_of_it(shop: Shop) -> None:
    numbers = [shop.order() for _ in range(3)]
    shop.done(numbers[2])
    started = shop.post("/cancellation-batches", {
        "orders": [{"number": each} for each in [*numbers, "missing"]], "reason": "out_of_stock",
        "asker": {"role": "merchant"},
    })
    assert started.status_code in (200, 201, 202)
    path = f"/cancellation-batches/{started.json()['id']}"
    batch = waited(lambda: shop.get(path), lambda seen: seen["state"] == "finished")
    assert (batch["total"], batch["done"]) == (4, 4)
    assert {each["number"]: each["status"] for each in batch["items"]} == {
        numbers[0]: 201, numbers[1]: 201, numbers[2]: 409, "missing": 404,
    }
    waited(lambda: shop.payment(numbers[0])["refunded"], lambda back: back == 4465)


def test_a_customers_link_opens_the_order_and_a_new_one_ends_the_old(shop: Shop) -> None:
    number = shop.order()
    first = shop.post(f"/orders/{number}/customer-links")
    assert first.status_code == 201 and first.json()["expires_at"].endswith("Z")
    opened = shop.client.get(first.json()["url"], follow_redirects=True)
    assert opened.status_code == 200 and number in opened.text
    second = shop.post(f"/orders/{number}/customer-links").json()
    assert second["url"] != first.json()["url"]
    shop.client.cookies.clear()
    assert number not in shop.client.get(first.json()["url"], follow_redirects=True).text
    assert number in shop.client.get(second["url"], follow_redirects=True).text
    shop.client.cookies.clear()


def test_holders_sellers_and_endpoints_are_made_and_listed(site: Site) -> None:
    shop = site.shop()
    assert shop.post("/holders", {"id": "east", "control": "gate"}).status_code == 201
    assert shop.post("/holders", {"id": "east"}).status_code in (200, 409)
    assert {each["id"]: each["control"] for each in shop.get("/holders")["items"]} == {"main": "gate", "east": "gate"}
    first = shop.get("/holders?limit=1")
    assert [each["id"] for each in first["items"]] == ["main"] and first["next_cursor"]
    assert shop.get(f"/holders?cursor={first['next_cursor']}")["items"][0]["id"] == "east"
    assert shop.post("/sellers", {"id": "lamps"}).status_code == 201
    assert "lamps" in {each["id"] for each in shop.get("/sellers")["items"]}
    assert "control" in faults(shop.post("/holders", {"id": "west", "control": "maybe"}))
    made = shop.post("/webhook-endpoints", {"url": "https://shop.example.com/hook", "types": ["request.completed"]})
    assert made.status_code == 201
    assert [each["id"] for each in shop.get("/webhook-endpoints")["items"]] == [made.json()["id"]]
    assert shop.call("DELETE", f"/webhook-endpoints/{made.json()['id']}").status_code in (200, 204)
    assert shop.get("/webhook-endpoints")["items"] == []
