"""Options, previews, requests, retraction and withdrawals, statement by statement of DESIGN sections 3 and 7."""

from datetime import timedelta

from tests.contract.world import Shop, Site, faults, instant, mug, plain, slug, waited


def test_a_request_comes_back_in_the_shape_of_the_document(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 1, comment="two clicks")
    expected = {
        "order": number, "kind": "cancellation", "state": "executing", "partially": False,
        "shown": "Cancellation requested", "reason": "ordered_by_mistake", "comment": "two clicks",
        "policy_version": 1, "answer_by": None, "on_silence": None,
    }
    assert {name: made[name] for name in expected} == expected
    assert made["id"].startswith("cr_") and made["created_at"].endswith("Z")
    assert made["asker"]["role"] == "customer" and made["asker"]["name"] == "Ana Silva"
    assert made["order_version"] == shop.view(number)["version"]
    assert made["lines"] == [{
        "line": "1", "fulfilment_order": "F1", "quantity": 1, "outcome": "approved", "state": "executing",
        "goods": "stopped", "reason": None, "until": None, "next_step": None, "answer_by": None, "on_silence": None,
        "case": None,
    }]
    assert shop.request(made) == made


def test_a_preview_is_the_request_and_writes_nothing(shop: Shop) -> None:
    number = shop.order()
    version = shop.view(number)["version"]
    seen = shop.preview(number, 1)
    assert "id" not in seen and "state" not in seen and "created_at" not in seen
    assert shop.view(number)["version"] == version and shop.view(number)["requests"] == []
    made = shop.cancel(number, 1)
    assert seen["money"]["refund"] == made["money"]["refund"] == 1290
    assert seen["money"]["when"] == made["money"]["when"] and seen["money"]["due_by"]
    assert [(each["line"], each["quantity"], each["outcome"]) for each in seen["lines"]] == [("1", 1, "approved")]
    assert shop.preview(number)["money"]["refund"] == 3175  # 4465 - 1290


def test_options_say_how_many_now_with_approval_and_not_at_all(shop: Shop) -> None:
    rows = [{"id": "F1", "holder": "main", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]},
            {"id": "F2", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 1}]}]
    number = shop.order(fulfilment_orders=rows)
    shop.told(number, "despatched", {"1": 1})
    seen = shop.get(f"/orders/{number}/cancellation-options")
    assert seen["version"] == shop.view(number)["version"]
    rows = {}
    for each in seen["lines"]:
        tally = rows.setdefault(each["fulfilment_order"], [0, 0, 0])
        for index, name in enumerate(("cancellable_now", "with_approval", "not_cancellable")):
            tally[index] += each[name]
    assert rows == {"F1": [0, 1, 1], "F2": [1, 0, 0]}
    with_approval = next(each for each in seen["lines"] if each["with_approval"])
    assert with_approval["answer_by"] and with_approval["on_silence"] == "decline"
    never = next(each for each in seen["lines"] if each["not_cancellable"])
    assert never["reason"] == "already_despatched" and never["next_step"] == "refuse_on_delivery" and never["until"]
    codes = [each["code"] for each in seen["reasons"]]
    assert "ordered_by_mistake" in codes and "out_of_stock" not in codes
    assert "out_of_stock" in [
        each["code"] for each in shop.get(f"/orders/{number}/cancellation-options?asker=merchant")["reasons"]
    ]


def test_more_than_is_left_is_a_declined_part_beside_what_is(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 5)
    assert [(each["quantity"], each["outcome"], each["reason"]) for each in made["lines"]] == [
        (3, "approved", None), (2, "declined", "not_enough_left"),
    ]
    assert shop.until(made, "completed")["partially"] is True and shop.payment(number)["refunded"] == 4465


def test_only_held_units_left_is_already_requested(site: Site) -> None:
    shop = site.shop(grace="PT1H")
    number = shop.order()
    shop.cancel(number)
    made = shop.cancel(number)
    assert made["state"] == "declined" and {each["reason"] for each in made["lines"]} == {"already_requested"}
    assert shop.line(number) == (0, 3, 0, 0)


def test_nothing_to_cancel_is_said_only_when_no_unit_is_open_held_or_despatched(shop: Shop) -> None:
    number = shop.order()
    shop.done(number)
    again = shop.ask(number)
    assert again.status_code == 409 and slug(again) == "nothing-to-cancel"
    despatched = shop.order(stage="despatched")
    made = shop.cancel(despatched)
    assert made["state"] == "declined" and made["lines"][0]["next_step"] == "refuse_on_delivery"


def test_absent_lines_take_what_is_open_and_answer_for_what_left(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "despatched", {"1": 1})
    made = shop.cancel(number)
    assert [(each["quantity"], each["outcome"], each["reason"]) for each in made["lines"]] == [
        (2, "approved", None), (1, "declined", "already_despatched"),
    ]
    number = shop.order()
    shop.told(number, "despatched", {"1": 1})
    made = shop.cancel(number, all_or_nothing=True)
    assert [(each["quantity"], each["outcome"]) for each in made["lines"]] == [(2, "approved")]
    number = shop.order()
    shop.told(number, "despatched", {"1": 1})
    made = shop.cancel(number, kind="withdrawal")
    assert [(each["quantity"], each["outcome"]) for each in made["lines"]] == [(2, "approved"), (1, "approved")]


def test_all_or_nothing_declines_all_when_one_is_declined(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 4, all_or_nothing=True)
    assert made["state"] == "declined" and {each["outcome"] for each in made["lines"]} == {"declined"}
    assert shop.line(number) == (3, 0, 0, 0)


def test_a_retraction_in_the_grace_period_opens_the_goods_and_is_repeatable(site: Site) -> None:
    shop = site.shop(grace="PT1H")
    number = shop.order()
    made = shop.cancel(number)
    assert made["state"] == "executing" and made["lines"][0]["state"] == "approved"
    path = f"/cancellation-requests/{made['id']}/retraction"
    first = shop.post(path)
    assert first.status_code == 200 and first.json()["state"] == "retracted"
    assert shop.post(path).status_code == 200
    assert shop.line(number) == (3, 0, 0, 0) and shop.payment(number)["refunded"] == 0
    assert first.json()["lines"][0]["goods"] == "released"


def test_after_the_pivot_it_is_too_late_to_retract(shop: Shop) -> None:
    made = shop.cancel(shop.order())
    late = shop.post(f"/cancellation-requests/{made['id']}/retraction")
    assert late.status_code == 409 and slug(late) == "too-late-to-retract"
    declined = shop.cancel(shop.order(stage="despatched"))
    late = shop.post(f"/cancellation-requests/{declined['id']}/retraction")
    assert late.status_code == 409 and slug(late) == "too-late-to-retract"
    assert shop.post("/cancellation-requests/cr_01kq3v5x0me5gb3k8w4rz2yq7n/retraction").status_code == 404


def test_support_asks_with_its_channel(shop: Shop) -> None:
    made = shop.cancel(shop.order(), 1, asker={"role": "support", "name": "Sam", "channel": "phone"})
    assert made["asker"] == {"role": "support", "name": "Sam", "channel": "phone"}


def test_a_reason_that_the_asker_may_not_choose_is_refused_with_the_field(shop: Shop) -> None:
    number = shop.order()
    assert "reason" in faults(shop.ask(number, 1, reason="no_such_reason"))
    assert "reason" in faults(shop.ask(number, 1, reason="out_of_stock"))
    assert shop.ask(number, 1, reason="out_of_stock", asker={"role": "merchant"}).status_code == 201


def test_state_conflict_is_judged_before_vocabulary_and_shape_before_existence(shop: Shop) -> None:
    number = shop.order()
    shop.done(number)
    answer = shop.ask(number, reason="no_such_reason")
    assert answer.status_code == 409 and slug(answer) == "nothing-to-cancel"
    assert shop.post("/orders/NONE/cancellation-requests", {"linse": []}).status_code == 422
    assert shop.post("/orders/NONE/cancellation-requests", {"reason": "no_such_reason"}).status_code == 404


def test_exempt_tags_decline_a_withdrawal_with_the_named_exception(shop: Shop) -> None:
    lines = [mug(tags=["personalised"]), plain("2", 1, 100, tags=["perishable"]), plain("3", 1, 100)]
    number = shop.order(lines=lines, paid=4665)
    made = shop.cancel(number, kind="withdrawal", reason=None)
    assert {each["line"]: each["reason"] for each in made["lines"]} == {
        "1": "exempt_personalised", "2": "exempt_perishable", "3": None,
    }
    assert made["money"]["refund"] == 100


def test_a_withdrawal_knows_no_window_grace_fee_or_limit(site: Site) -> None:
    shop = site.shop(control="confirm", window="PT1S", grace="PT1H", fee={"fixed": 100}, value_limit=1,
                     partial_allowed=False, ask_until=None)
    number = shop.order()
    assert shop.preview(number)["lines"][0]["reason"] == "window_closed"
    made = shop.cancel(number, 1, kind="withdrawal", reason=None)
    assert made["lines"][0]["outcome"] == "approved" and made["lines"][0]["goods"] == "stopped"
    money = made["money"]
    assert money["refund"] == 1290 and money["fee"] == 0
    rest = shop.until(shop.cancel(number, kind="withdrawal", reason=None), "completed")
    assert rest["money"]["refund"] == 3175 and shop.payment(number)["refunded"] == 4465


def test_standard_shipping_goes_back_in_a_withdrawal_and_an_express_surcharge_does_not(shop: Shop) -> None:
    charges = [{"id": "c1", "kind": "shipping", "amount": 700, "tax": 0, "surcharge": True}]
    number = shop.order(charges=charges, paid=5165)
    made = shop.done(number, kind="withdrawal", reason=None)
    assert made["money"]["refund"] == 4465
    number = shop.order(charges=charges, paid=5165)
    assert shop.cancel(number)["money"]["refund"] == 5165


def test_stopped_withdrawn_goods_are_refunded_at_once_even_when_partial(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 1, kind="withdrawal", reason=None)
    assert made["money"]["when"] == "at_once"
    made = shop.until(made, "completed")
    assert shop.payment(number)["refunded"] == 1290 and shop.line(number) == (2, 0, 1, 0)


def test_withdrawn_goods_on_the_way_are_due_fourteen_days_after_the_declaration(site: Site) -> None:
    shop = site.shop(withdrawal_refund_at="returning")
    number = shop.order(stage="delivered")
    made = shop.cancel(number, 1, kind="withdrawal", reason=None)
    assert instant(made["money"]["due_by"]) - instant(made["created_at"]) == timedelta(days=14)
    shop.told(number, "returning", {"1": 1})
    waited(lambda: shop.payment(number)["refunded"], lambda back: back == 1290)


def test_restock_false_is_taken_and_wrong_members_are_named(shop: Shop) -> None:
    number = shop.order()
    answer = shop.post(f"/orders/{number}/cancellation-requests",
                       {"lines": [{"line": "1", "quantity": 1, "restock": False}]})
    assert answer.status_code == 201
    wrong = shop.post(f"/orders/{number}/cancellation-requests", {
        "lines": [{"line": "1", "quantity": 0}, {"line": "x" * 65, "quantity": 1, "colour": "red"}], "kind": "refund",
        "asker": {"role": "king"}, "all_or_nothing": "yes",
    })
    assert faults(wrong).keys() >= {
        "lines[0].quantity", "lines[1].line", "lines[1].colour", "kind", "asker.role", "all_or_nothing",
    }


def test_a_line_of_another_order_is_refused_with_the_field(shop: Shop) -> None:
    number = shop.order()
    shop.order(lines=[plain("77", 1, 100)], shipping=None, paid=100)
    assert list(faults(shop.ask(number, ("77", 1)))) == ["lines[0].line"]
    assert shop.view(number)["requests"] == []


def test_requests_are_found_by_state_and_order(shop: Shop) -> None:
    number = shop.order()
    first, second = shop.cancel(number, 1), shop.cancel(number, 1)
    found = shop.get(f"/cancellation-requests?order={number}")["items"]
    assert {each["id"] for each in found} == {first["id"], second["id"]}
    found = shop.get(f"/cancellation-requests?order={number}&state=executing")["items"]
    assert {each["id"] for each in found} == {first["id"], second["id"]}
    assert shop.get(f"/cancellation-requests?order={number}&state=declined")["items"] == []


def test_a_bundle_that_is_indivisible_goes_whole_or_not_at_all(shop: Shop) -> None:
    bundle = {"id": "set", "divisible": False}
    lines = [plain("1", 2, 100, bundle=bundle), plain("2", 4, 50, bundle=bundle), plain("3", 1, 30)]
    number = shop.order(lines=lines, shipping=None, paid=430)
    made = shop.cancel(number, ("1", 1), ("3", 1))
    assert {each["line"]: each["reason"] for each in made["lines"]} == {"1": "bundle_indivisible", "3": None}
    made = shop.cancel(number, ("1", 1), ("2", 2))
    assert {each["outcome"] for each in made["lines"]} == {"approved"} and made["money"]["refund"] == 200
    free = {"id": "free", "divisible": True}
    lines = [plain("1", 2, 100, bundle=free), plain("2", 1, 50, bundle=free)]
    number = shop.order(lines=lines, shipping=None, paid=250)
    assert shop.cancel(number, ("1", 1))["lines"][0]["outcome"] == "approved"
