"""Intake and money of the order of DESIGN section 7, in figures worked out by hand.

Three mugs: 3*1200 - 300 + 570 = 3870 net, 1290 each; shipping 500 + 95 = 595; 4465 in all.
"""

from datetime import timedelta

from tests.contract.world import Shop, Site, an_order, faults, instant, mug, plain, waited


def test_the_totals_of_the_sample_must_be_4465_to_the_cent(shop: Shop) -> None:
    for wrong in (4464, 4466):
        assert "payments" in " ".join(faults(shop.post("/orders", an_order(f"W{wrong}", paid=wrong))))
    body = an_order("W-excess", paid=4500, accepted_excess=35)
    assert shop.post("/orders", body).status_code == 201


def test_a_whole_order_gives_everything_back_at_once(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number)
    assert made["money"]["refund"] == 4465 and made["money"]["when"] == "at_once"
    assert made["money"]["due_by"] and made["money"]["fee"] == 0 and made["money"]["void"] == 0
    made = shop.until(made, "completed")
    assert made["money"]["parts"] == [{"payment": "p1", "amount": 4465, "state": "refunded"}]
    assert shop.payment(number)["refunded"] == 4465 and shop.line(number) == (0, 0, 3, 0)


def test_one_mug_is_1290_planned_until_the_rest_left(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 1)
    money = made["money"]
    assert made["state"] == "executing" and made["lines"][0]["goods"] == "stopped"
    assert (money["refund"], money["void"], money["fee"], money["capture_limit"]) == (1290, 0, 0, None)
    assert money["when"] == "after_remaining_despatched"
    assert money["parts"] == [{"payment": "p1", "amount": 1290, "state": "planned"}]
    assert abs(instant(money["due_by"]) - instant(made["created_at"]) - timedelta(days=14)) < timedelta(seconds=2)
    assert shop.payment(number)["refunded"] == 0
    shop.told(number, "despatched")
    assert shop.until(made, "completed")["money"]["parts"][0]["state"] == "refunded"
    assert shop.payment(number)["refunded"] == 1290


def test_a_partial_refund_does_not_wait_longer_than_the_policy_says(site: Site) -> None:
    shop = site.shop(partial_refund_at_latest="PT1S")
    number = shop.order()
    made = shop.until(shop.cancel(number, 1), "completed")
    assert shop.payment(number)["refunded"] == 1290 and made["money"]["when"] == "after_remaining_despatched"


def test_partials_that_add_up_to_the_whole_give_the_shipping_back(shop: Shop) -> None:
    number = shop.order()
    made = [shop.cancel(number, 1), shop.cancel(number, 1), shop.cancel(number, 1)]
    assert [each["money"]["refund"] for each in made] == [1290, 1290, 1885]
    for each in made:
        shop.until(each, "completed")
    assert shop.payment(number)["refunded"] == 4465
    assert [shop.request(each)["money"]["refund"] for each in made] == [1290, 1290, 1885]


def test_part_captured_part_authorised_refunds_and_voids_nothing_and_limits_the_capture(shop: Shop) -> None:
    number = shop.order(payments=two_payments("A"))
    made = shop.cancel(number, 1)
    money = made["money"]
    assert (money["refund"], money["void"], money["capture_limit"]) == (0, 0, 2175)
    shop.pay(number, "captured", 3465, payment="p2", reference="pi_A2")
    waited(lambda: shop.request(made), lambda seen: seen["money"]["refund"] == 1290)
    shop.told(number, "despatched")
    waited(lambda: paid_back(shop, number), lambda back: back == 1290)
    shop.pay(number, "captured", 3465, payment="p2", reference="pi_A2")
    shop.until(made, "completed")
    assert paid_back(shop, number) == 1290
    assert sum(each["amount"] for each in shop.refunds(number) if each["state"] == "refunded") == 1290


def test_the_limit_holds_when_only_what_is_allowed_is_captured(shop: Shop) -> None:
    number = shop.order(payments=two_payments("B"))
    made = shop.cancel(number, 1)
    shop.pay(number, "captured", 2175, payment="p2", reference="pi_B2")
    shop.told(number, "despatched")
    made = shop.until(made, "completed")
    assert paid_back(shop, number) == 0 and made["money"]["refund"] == 0


def test_cancelling_the_rest_of_a_part_captured_order_refunds_1000_and_voids_3465(shop: Shop) -> None:
    number = shop.order(payments=two_payments("C"))
    made = shop.cancel(number)
    assert (made["money"]["refund"], made["money"]["void"]) == (1000, 3465)
    shop.until(made, "completed")
    assert shop.payment(number)["refunded"] == 1000 and shop.payment(number, "p2")["authorised"] == 3465
    assert [each["state"] for each in shop.refunds(number) if each["kind"] == "void"] == ["voided"]


def test_the_first_of_three_taken_back_in_grace_leaves_2580_owed_and_the_shipping_stays(site: Site) -> None:
    shop = site.shop(grace="PT4S")
    number = shop.order()
    made = [shop.cancel(number, 1) for _ in range(3)]
    assert [each["money"]["refund"] for each in made] == [1290, 1290, 1885]
    assert {each["state"] for each in made} == {"executing"} and shop.line(number) == (0, 3, 0, 0)
    taken_back = shop.post(f"/cancellation-requests/{made[0]['id']}/retraction")
    assert taken_back.status_code == 200 and taken_back.json()["state"] == "retracted"
    assert taken_back.json()["money"]["refund"] == 0
    assert [shop.request(each)["money"]["refund"] for each in made[1:]] == [1290, 1290]
    assert shop.line(number) == (1, 2, 0, 0)
    waited(lambda: shop.line(number), lambda units: units == (1, 0, 2, 0))
    shop.told(number, "despatched")
    for each in made[1:]:
        shop.until(each, "completed")
    assert shop.payment(number)["refunded"] == 2580


def test_units_are_split_cumulatively_half_to_even(shop: Shop) -> None:
    # 3 * 333 + 1 = 1000: f(1) = 333 (333.33), f(2) = 667 (666.67), f(3) = 1000.
    number = shop.order(lines=[mug(unit_price=333, discount=0, tax=1)], shipping=None, paid=1000)
    assert [shop.cancel(number, 1)["money"]["refund"] for _ in range(3)] == [333, 334, 333]
    # 4 units of 10: 2.5 -> 2, 5, 7.5 -> 8, 10.
    number = shop.order(lines=[plain("1", 4, 5, discount=10)], shipping=None, paid=10)
    assert [shop.cancel(number, 1)["money"]["refund"] for _ in range(4)] == [2, 3, 3, 2]


def test_yen_and_dinars_are_minor_units_as_sold(shop: Shop) -> None:
    number = shop.order(currency="JPY", lines=[plain("1", 2, 1000)], shipping={"amount": 500, "tax": 50}, paid=2550)
    assert shop.done(number)["money"] | {"due_by": None} == {
        "currency": "JPY", "refund": 2550, "void": 0, "fee": 0, "capture_limit": None, "when": "at_once",
        "due_by": None, "parts": [{"payment": "p1", "amount": 2550, "state": "refunded"}],
    }
    number = shop.order(currency="KWD", lines=[plain("1", 2, 12345)], shipping=None, paid=24690)
    assert shop.cancel(number, 1)["money"]["refund"] == 12345


def test_tax_inside_the_prices_is_not_added_again(shop: Shop) -> None:
    # 3*1200 - 300 = 3300, 1100 each; shipping 500.
    number = shop.order(prices_include_tax=True, lines=[mug()], paid=3800)
    assert [shop.cancel(number, 1)["money"]["refund"] for _ in range(3)] == [1100, 1100, 1600]


def test_the_last_open_units_are_refunded_at_once_when_the_rest_has_left(shop: Shop) -> None:
    number = shop.order()
    shop.told(number, "despatched", {"1": 2})
    made = shop.done(number, 1)
    assert made["money"]["when"] == "at_once" and shop.payment(number)["refunded"] == 1290


def test_what_the_captured_payment_covers_alone_lets_the_other_go(shop: Shop) -> None:
    # Two mugs of three cancelled: worth 1885 of 2580 captured, so 695 go back and nothing more may be captured.
    payments = two_payments("D")
    payments[0] |= {"authorised": 2580, "captured": 2580}
    payments[1] |= {"authorised": 1885}
    number = shop.order(payments=payments)
    made = shop.cancel(number, 2)
    assert (made["money"]["refund"], made["money"]["void"]) == (695, 1885)
    waited(lambda: [each["state"] for each in shop.refunds(number)], lambda states: "voided" in states)
    assert shop.payment(number)["refunded"] == 0
    shop.told(number, "despatched")
    shop.until(made, "completed")
    assert (shop.payment(number)["refunded"], shop.payment(number, "p2")["captured"]) == (695, 0)


def test_what_was_paid_back_before_is_not_paid_back_again(shop: Shop) -> None:
    payment = {"id": "p1", "provider": "sandbox", "reference": "pi_before", "captured": 4465, "refunded": 500}
    number = shop.order(payments=[payment])
    assert shop.done(number)["money"]["refund"] == 3965 and shop.payment(number)["refunded"] == 4465


def two_payments(name: str) -> list[dict[str, object]]:
    return [
        {"id": "p1", "provider": "sandbox", "reference": f"pi_{name}1", "state": "captured", "authorised": 1000,
         "captured": 1000},
        {"id": "p2", "provider": "sandbox", "reference": f"pi_{name}2", "state": "authorised", "authorised": 3465},
    ]


def paid_back(shop: Shop, number: str) -> int:
    return sum(int(each["refunded"]) for each in shop.view(number)["payments"])
