"""Intake and edits: POST, PUT, versions, and every fault of a body named."""

import json
from typing import Any

import pytest

from tests.contract.world import Shop, Site, an_order, faults, mug, plain, slug


def test_the_same_body_again_is_200_and_another_is_409(shop: Shop) -> None:
    body = an_order("same")
    first = shop.post("/orders", body)
    assert first.status_code == 201 and first.json()["version"] == 1
    turned = json.loads(json.dumps(body, sort_keys=True)) | {"coupons": None}
    again = shop.post("/orders", turned)
    assert again.status_code == 200 and again.json()["version"] == 1
    other = shop.post("/orders", {**body, "placed_at": "2026-11-21T10:00:01Z"})
    assert other.status_code == 409 and slug(other) == "order-exists"


def test_the_sample_of_the_document_is_taken_and_shown_as_it_is(shop: Shop) -> None:
    number = shop.order(
        lines=[mug(seller=None, kind="goods", tags=[], expected_at=None)], charges=[], accepted_excess=0
    )
    view = shop.view(number)
    assert (view["number"], view["version"], view["currency"]) == (number, 1, "EUR")
    line = view["lines"][0]
    counters = {name: line[name] for name in ("quantity", "open", "held", "cancelled", "despatched")}
    assert counters == {"quantity": 3, "open": 3, "held": 0, "cancelled": 0, "despatched": 0}
    assert line["shown"] == "Order received" and view["requests"] == [] and view["parcels"] == []
    payment = view["payments"][0]
    assert (payment["state"], payment["captured"], payment["refunded"]) == ("captured", 4465, 0)


def test_only_the_required_fields_are_needed(shop: Shop) -> None:
    body = {"number": "small", "placed_at": "2026-11-21T10:00:00Z", "currency": "EUR", "customer": {},
            "lines": [plain("1", 2, 100)]}
    assert shop.post("/orders", body).status_code == 201
    view = shop.view("small")
    home = view["fulfilment_orders"][0]
    assert (home["holder"], home["stage"]) == ("main", "unreleased") and len(view["fulfilment_orders"]) == 1
    made = shop.done("small")
    assert made["money"]["refund"] == 0 and made["money"]["when"] == "nothing_due" and made["money"]["parts"] == []
    for name in body:
        assert any(each.startswith(name) for each in faults(shop.post("/orders", {**body, name: None})))
    for name in ("id", "sku", "title", "quantity", "unit_price"):
        line = {key: value for key, value in plain("1", 2, 100).items() if key != name}
        assert f"lines[0].{name}" in faults(shop.post("/orders", {**body, "lines": [line]}))


def test_the_state_of_a_payment_may_be_left_out(shop: Shop) -> None:
    for money, state in (({"captured": 4465}, "captured"), ({"authorised": 4465}, "authorised")):
        payment = {"id": "p1", "provider": "sandbox", "reference": f"pi_{state}", **money}
        assert shop.payment(shop.order(payments=[payment]))["state"] == state


def test_the_larger_of_authorised_and_captured_counts(shop: Shop) -> None:
    payment = {"id": "p1", "provider": "sandbox", "reference": "pi_larger", "authorised": 4465, "captured": 1000}
    number = shop.order(payments=[payment])
    made = shop.done(number)
    assert (made["money"]["refund"], made["money"]["void"]) == (1000, 3465)


@pytest.mark.parametrize("state", ["pending", "on_delivery", "on_account"])
def test_an_unpaid_order_moves_no_money(shop: Shop, state: str) -> None:
    payment = {"id": "p1", "provider": "cash", "state": state, "authorised": 0, "captured": 0}
    made = shop.done(shop.order(payments=[payment]))
    assert (made["money"]["refund"], made["money"]["void"], made["money"]["when"]) == (0, 0, "nothing_due")


def test_a_provider_without_a_plugin_is_taken_and_its_refund_is_a_humans(shop: Shop) -> None:
    payment = {"id": "p1", "provider": "cheque", "reference": "c-1", "captured": 4465}
    number = shop.order(payments=[payment])
    made = shop.until(shop.cancel(number), "needs_attention")
    assert made["money"]["parts"][0]["state"] == "manual_required"
    assert [each["state"] for each in shop.refunds(number)] == ["manual_required"]
    assert shop.refunds(number)[0]["due_by"]
    assert number in {each["order"] for each in shop.get("/worklist?limit=200")["items"]}


BAD_LINES: list[tuple[str, Any]] = [
    ("quantity", 0), ("quantity", -1), ("quantity", 1_000_000_000), ("quantity", 1.5), ("quantity", "２"),
    ("quantity", "3"), ("quantity", True), ("quantity", float("nan")), ("unit_price", -1), ("unit_price", 1.0),
    ("unit_price", 10**30), ("seller", "nobody"), ("tags", "red"), ("kind", "toy"), ("expected_at", "tomorrow"),
    ("sku", ""), ("id", "a b"), ("discount", 99999), ("colour", "red"),
]


@pytest.mark.parametrize(("name", "value"), BAD_LINES)
def test_a_wrong_line_is_named_and_nothing_is_stored(shop: Shop, name: str, value: Any) -> None:
    answer = shop.post("/orders", an_order("bad", lines=[mug(**{name: value})]))
    if value != value:  # NaN is not JSON
        assert answer.status_code == 400 and slug(answer) == "bad-json"
    else:
        assert any(each.startswith("lines[0]") and each.endswith(name) for each in faults(answer))
    assert shop.call("GET", "/orders/bad").status_code == 404


def test_every_fault_is_named_at_once(shop: Shop) -> None:
    body = an_order("bad", currency="euro", placed_at="yesterday", lines=[mug(quantity=0), mug(unit_price="1")])
    body |= {"colour": "red", "number": "a b", "accepted_excess": -1,
             "shipping": {"amount": "5", "weight": 1}, "customer": {"email": "none"},
             "payments": [{"id": "p1", "provider": "x", "captured": -5, "state": "gone"}],
             "fulfilment_orders": [{"id": "F1", "holder": "nobody", "stage": "flying",
                                    "lines": [{"line": "9", "quantity": 3}]}]}
    named = faults(shop.post("/orders", body)).keys()
    assert named >= {
        "currency", "placed_at", "lines[0].quantity", "lines[1].unit_price", "lines[1].id", "colour", "number",
        "accepted_excess", "shipping.amount", "shipping.weight", "customer.email", "payments[0].captured",
        "payments[0].state", "fulfilment_orders[0].holder", "fulfilment_orders[0].stage",
    }


def test_units_of_the_fulfilment_orders_must_be_those_of_the_lines(shop: Shop) -> None:
    rows = [{"id": "F1", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 2}]}]
    assert "fulfilment_orders" in faults(shop.post("/orders", an_order("f", fulfilment_orders=rows)))


def test_a_number_is_one_to_64_of_the_letters_it_may_have(shop: Shop) -> None:
    assert shop.post("/orders", an_order("A-z0._#" + "9" * 57)).status_code == 201
    for number in ("", "x" * 65, "a/b", "ä", "a b"):
        assert "number" in faults(shop.post("/orders", an_order(number)))
    number = "#1001"
    shop.order(number=number)
    assert shop.get("/orders/%231001")["number"] == number


def put(shop: Shop, number: str, at: int, **changes: Any) -> Any:
    body = {**an_order(number, **changes), "source_updated_at": f"2026-11-22T10:00:{at:02d}Z"}
    return shop.call("PUT", f"/orders/{number}", body)


def fewer(quantity: int, **changes: Any) -> dict[str, Any]:
    """The line of the sample with so many mugs, discount and tax in proportion: 1290 each."""
    return mug(quantity=quantity, discount=100 * quantity, tax=190 * quantity, **changes)


def test_a_newer_edit_replaces_and_an_equal_or_older_one_is_ignored(shop: Shop) -> None:
    number = shop.order()
    assert put(shop, number, 5, customer={"name": "Bea"}).status_code == 200
    assert shop.view(number)["customer"]["name"] == "Bea"
    version = shop.view(number)["version"]
    for at in (5, 4):
        answer = put(shop, number, at, customer={"name": "Cia"})
        assert answer.status_code == 200 and answer.json()["customer"]["name"] == "Bea"
    assert shop.view(number)["version"] == version
    assert put(shop, number, 6, customer={"name": "Dea"}).status_code == 200
    assert shop.view(number)["customer"]["name"] == "Dea"


def test_an_edit_is_not_compared_with_the_payments(shop: Shop) -> None:
    number = shop.order()
    assert put(shop, number, 1, lines=[fewer(2)], shipping=None).status_code == 200


def test_what_the_shop_removed_is_a_completed_request_whose_money_waits_for_the_shops_own_refund(shop: Shop) -> None:
    number = shop.order()
    assert put(shop, number, 1, lines=[fewer(2)]).status_code == 200
    request = shop.view(number)["requests"][0]
    assert request["state"] == "completed" and request["asker"]["role"] == "platform"
    assert [(each["quantity"], each["state"], each["goods"]) for each in request["lines"]] == [
        (1, "completed", "stopped"),
    ]
    assert request["money"]["refund"] == 1290 and request["money"]["parts"][0]["state"] == "paused"
    shop.told(number, "despatched")
    assert shop.payment(number)["refunded"] == 0
    shop.pay(number, "refunded", 1290, reference=f"re_{number}")
    request = shop.view(number)["requests"][0]
    assert {each["state"] for each in shop.refunds(number)} == {"superseded"} and request["state"] == "completed"
    assert request["money"]["parts"] == [{"payment": "p1", "amount": 1290, "state": "superseded"}]
    assert shop.payment(number)["refunded"] == 1290


def test_the_shops_refund_of_what_it_removed_leaves_the_customers_alone(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 1)
    put(shop, number, 1, lines=[fewer(2)])
    shop.pay(number, "refunded", 1290)
    assert shop.request(made)["money"]["parts"][0]["state"] == "planned"
    shop.told(number, "despatched")
    shop.until(made, "completed")
    assert shop.payment(number)["refunded"] == 2580


def test_the_shop_may_state_its_refund_in_the_edit(shop: Shop) -> None:
    number = shop.order()
    payment = {"id": "p1", "provider": "sandbox", "reference": f"pi_{number}", "captured": 4465, "refunded": 1290}
    put(shop, number, 1, lines=[fewer(2)], payments=[payment])
    assert shop.payment(number)["refunded"] == 1290 and shop.done(number)["money"]["refund"] == 3175
    assert shop.payment(number)["refunded"] == 4465


def test_an_edit_never_goes_below_what_is_cancelled_held_and_despatched(shop: Shop) -> None:
    number = shop.order()
    shop.cancel(number, 1)
    shop.told(number, "despatched", {"1": 1})
    answer = put(shop, number, 1, lines=[fewer(1)])
    assert answer.status_code == 409 and slug(answer) == "units-committed"
    assert put(shop, number, 2, lines=[fewer(2)]).status_code == 200
    assert shop.line(number) == (0, 0, 2, 1)


def test_an_edit_adds_lines_and_units(shop: Shop) -> None:
    number = shop.order()
    assert put(shop, number, 1, lines=[fewer(4), plain("2", 1, 100)]).status_code == 200
    assert shop.line(number) == (4, 0, 0, 0) and shop.line(number, "2") == (1, 0, 0, 0)


def test_an_edit_never_lowers_what_an_event_told(shop: Shop) -> None:
    payment = {"id": "p1", "provider": "sandbox", "reference": "pi_lower", "authorised": 4465}
    number = shop.order(payments=[payment])
    shop.pay(number, "captured", 4465, reference="pi_lower")
    shop.told(number, "packed")
    assert put(shop, number, 1, payments=[payment], stage="released").status_code == 200
    assert shop.payment(number)["captured"] == 4465
    assert shop.view(number)["fulfilment_orders"][0]["stage"] == "packed"


def test_fulfilment_orders_are_split_and_moved_until_despatched(shop: Shop) -> None:
    number = shop.order()
    rows = [{"id": "F1", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 1}]},
            {"id": "F2", "holder": "main", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]}]
    assert put(shop, number, 1, fulfilment_orders=rows).status_code == 200
    view = shop.view(number)
    assert {each["id"]: (each["stage"], each["lines"][0]["quantity"]) for each in view["fulfilment_orders"]} == {
        "F1": ("unreleased", 1), "F2": ("packed", 2),
    }
    assert [each["outcome"] for each in shop.cancel(number, 3)["lines"]] == ["approved", "awaiting_approval"]


def test_another_number_or_currency_in_an_edit_is_a_fault(shop: Shop) -> None:
    number = shop.order()
    body = {**an_order("other"), "source_updated_at": "2026-11-22T10:00:00Z"}
    assert "number" in faults(shop.call("PUT", f"/orders/{number}", body))
    assert "currency" in faults(put(shop, number, 1, currency="USD"))


def test_versions_etag_and_if_match_with_fresh_options(shop: Shop) -> None:
    number = shop.order()
    answer = shop.call("GET", f"/orders/{number}")
    tag = answer.headers["ETag"]
    assert str(answer.json()["version"]) in tag
    path = f"/orders/{number}/cancellation-requests"
    assert shop.post(path, {"lines": [{"line": "1", "quantity": 1}]}, If_Match=tag).status_code == 201
    assert shop.post(path, {"lines": [{"line": "1", "quantity": 1}]}, If_Match="1").status_code == 412
    stale = shop.post(path, {"lines": [{"line": "1", "quantity": 1}]}, If_Match=tag)
    assert stale.status_code == 412 and slug(stale) == "order-changed"
    options = stale.json()["options"]
    assert options["version"] == shop.view(number)["version"]
    assert sum(each["cancellable_now"] for each in options["lines"]) == 2
    assert shop.line(number) == (2, 0, 1, 0)


def test_an_import_takes_what_is_right_and_puts_the_rest_aside_where_it_can_be_seen(site: Site) -> None:
    shop = site.shop()
    bodies = [an_order("good"), an_order("short", paid=4000), an_order("none", lines=[mug(quantity=0)]),
              an_order("new", lines=[mug(seller="unheard")])]
    file = site.shell.folder / f"{shop.merchant}.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in bodies) + "{broken\n", encoding="utf-8")
    words = ("import", file, "--merchant", shop.merchant, "--json")
    assert site.shell(*words, code=None).last == {"imported": 2, "unchanged": 0, "put_aside": 3}
    assert site.shell(*words, code=None).last == {"imported": 0, "unchanged": 2, "put_aside": 3}
    assert shop.view("good")["quarantined"] is None and shop.view("new")["lines"][0]["seller"] == "unheard"
    assert shop.view("short")["quarantined"] and shop.call("GET", "/orders/none").status_code == 404
    assert [each["order"] for each in shop.get("/worklist")["items"]] == ["short"]
    assert shop.cancel("short")["lines"][0]["reason"] == "self_service_off"
    assert put(shop, "short", 1).json()["quarantined"] is None
    assert shop.cancel("short")["lines"][0]["outcome"] == "approved"
