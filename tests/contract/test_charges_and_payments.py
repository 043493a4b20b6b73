"""Charges of every scope and rule, and what the bank tells us, in figures worked out by hand."""

import json
from typing import Any

import pytest

from tests.contract.world import Shop, Site, plain, waited


@pytest.fixture(scope="session")
def prompt_shop(running_site: Site) -> Shop:
    """A shop that refunds partials at once and has a seller."""
    made = running_site.shop(refund_timing="at_once")
    running_site.shell("sellers", "create", "lamps", "--merchant", made.merchant)
    return made


@pytest.fixture
def prompt(site: Site, prompt_shop: Shop) -> Shop:
    return prompt_shop


LINES = [plain("1", 2, 1000), plain("2", 1, 500, seller="lamps")]


def charged(shop: Shop, **charge: Any) -> str:
    """2 x 1000 + 500 and one charge of 300 + 60."""
    charges = [{"id": "c1", "kind": "shipping", "amount": 300, "tax": 60, **charge}]
    return shop.order(lines=LINES, shipping=None, charges=charges, paid=2860)


def brought(shop: Shop, number: str, *wanted: tuple[str, int]) -> list[int]:
    return [int(shop.cancel(number, each)["money"]["refund"]) for each in wanted]


def test_a_charge_for_the_whole_order_goes_back_when_all_is_cancelled(prompt: Shop) -> None:
    assert brought(prompt, charged(prompt), ("2", 1), ("1", 1), ("1", 1)) == [500, 1000, 1360]


def test_a_charge_in_proportion_follows_the_net_value_cumulatively(prompt: Shop) -> None:
    # 360 * 500/2500 = 72, 360 * 1500/2500 = 216, 360.
    number = charged(prompt, refund="in_proportion")
    assert brought(prompt, number, ("2", 1), ("1", 1), ("1", 1)) == [572, 1144, 1144]


def test_a_charge_that_never_goes_back_stays(prompt: Shop) -> None:
    number = charged(prompt, refund="never")
    assert brought(prompt, number, ("2", 1), ("1", 2)) == [500, 2000]
    waited(lambda: prompt.payment(number)["refunded"], lambda back: back == 2500)


@pytest.mark.parametrize("scope", [{"lines": ["1"]}, {"fulfilment_order": "F1"}])
def test_a_charge_goes_back_with_its_own_lines_or_fulfilment_order(prompt: Shop, scope: dict[str, Any]) -> None:
    rows = [{"id": "F1", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 2}]},
            {"id": "F2", "holder": "main", "stage": "unreleased", "lines": [{"line": "2", "quantity": 1}]}]
    charges = [{"id": "c1", "kind": "gift_wrap", "amount": 300, "tax": 60, **scope}]
    number = prompt.order(lines=LINES, shipping=None, charges=charges, paid=2860, fulfilment_orders=rows)
    assert brought(prompt, number, ("1", 1), ("1", 1), ("2", 1)) == [1000, 1360, 500]


def test_a_charge_goes_back_with_its_seller(prompt: Shop) -> None:
    assert brought(prompt, charged(prompt, seller="lamps"), ("1", 2), ("2", 1)) == [2000, 860]
    assert brought(prompt, charged(prompt, seller="lamps"), ("2", 1), ("1", 2)) == [860, 2000]


def test_a_charge_stays_when_some_of_its_units_left_and_are_kept(prompt: Shop) -> None:
    number = charged(prompt)
    prompt.told(number, "despatched", {"2": 1})
    assert brought(prompt, number, ("1", 2)) == [2000]


@pytest.mark.parametrize("kind", ["shipping", "gift_wrap", "payment_fee", "duty", "tip", "deposit", "other"])
def test_every_kind_of_charge_is_taken(prompt: Shop, kind: str) -> None:
    assert prompt.preview(charged(prompt, kind=kind))["money"]["refund"] == 2860


def test_accepted_excess_is_never_given_back(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 1, 1000)], shipping=None, paid=1050, accepted_excess=50)
    assert prompt.done(number)["money"]["refund"] == 1000
    assert prompt.payment(number)["refunded"] == 1000


def test_the_newest_capture_is_given_back_first_and_never_more_than_it_has(prompt: Shop) -> None:
    payments = [
        {"id": "card", "provider": "sandbox", "reference": "pi_card", "authorised": 700, "captured": 700},
        {"id": "gift", "provider": "sandbox", "reference": "pi_gift", "authorised": 300},
    ]
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, payments=payments)
    prompt.pay(number, "captured", 300, payment="gift", reference="pi_gift")
    made = prompt.done(number, 1)
    back = {each["payment"]: each["amount"] for each in made["money"]["parts"]}
    assert back == {"gift": 300, "card": 200}
    assert prompt.payment(number, "gift")["refunded"] == 300 and prompt.payment(number, "card")["refunded"] == 200


def authorised(shop: Shop, name: str) -> str:
    payment = {"id": "p1", "provider": "sandbox", "reference": f"pi_{name}", "authorised": 1000}
    return shop.order(lines=[plain("1", 2, 500)], shipping=None, payments=[payment])


def test_an_authorised_order_is_voided_and_a_late_capture_is_given_back_once(prompt: Shop) -> None:
    number = authorised(prompt, "late")
    made = prompt.done(number)
    assert (made["money"]["void"], made["money"]["refund"]) == (1000, 0)
    assert [each["state"] for each in prompt.refunds(number)] == ["voided"]
    prompt.pay(number, "captured", 1000, reference="pi_late", event_id="late-capture")
    prompt.pay(number, "captured", 1000, reference="pi_late", event_id="late-capture")
    waited(lambda: prompt.payment(number)["refunded"], lambda back: back == 1000)
    prompt.pay(number, "captured", 1000, reference="pi_late")
    assert prompt.payment(number)["refunded"] == 1000
    assert sum(each["amount"] for each in prompt.refunds(number) if each["state"] == "refunded") == 1000
    assert prompt.request(made)["lines"][0]["state"] == "completed"


def test_a_part_of_an_authorised_order_is_a_lower_capture_and_no_refund(prompt: Shop) -> None:
    number = authorised(prompt, "lower")
    made = prompt.done(number, 1)
    assert (made["money"]["refund"], made["money"]["void"], made["money"]["capture_limit"]) == (0, 0, 500)
    prompt.pay(number, "captured", 500, reference="pi_lower")
    assert prompt.payment(number)["refunded"] == 0
    assert prompt.request(made)["money"]["refund"] == 0


def test_a_refund_that_is_seen_before_its_capture_raises_the_capture(prompt: Shop) -> None:
    number = authorised(prompt, "early")
    prompt.pay(number, "refunded", 400, reference="re_early")
    payment = prompt.payment(number)
    assert payment["refunded"] == 400 and payment["captured"] >= 400


def test_a_notice_counts_once(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, paid=1000)
    for event in ("first", "first"):
        prompt.pay(number, "refunded", 500, reference="re_once", event_id=f"{number}-{event}")
    prompt.pay(number, "refunded", 500, reference="re_once")
    assert prompt.payment(number)["refunded"] == 500


def test_two_refunds_that_name_only_the_payment_are_two(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, paid=1000)
    for _ in range(2):
        prompt.pay(number, "refunded", 300)
    assert prompt.payment(number)["refunded"] == 600
    assert prompt.done(number)["money"]["refund"] == 400 and prompt.payment(number)["refunded"] == 1000


def test_orders_may_share_a_payments_reference(prompt: Shop) -> None:
    payment = {"id": "p1", "provider": "sandbox", "reference": "pi_123", "authorised": 1000}
    numbers = [prompt.order(lines=[plain("1", 2, 500)], shipping=None, payments=[payment]) for _ in range(3)]
    for number in numbers:
        prompt.pay(number, "captured", 1000, reference="pi_123")
        prompt.done(number)
        assert prompt.payment(number)["refunded"] == 1000
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, payments=[payment])
    assert prompt.done(number)["money"]["void"] == 1000
    captured = {**payment, "captured": 1000}
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, payments=[captured])
    prompt.done(number, 1)
    prompt.done(number, 1)
    assert prompt.payment(number)["refunded"] == 1000


def test_the_shops_own_refund_is_not_given_again(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, paid=1000)
    prompt.pay(number, "refunded", 400, reference="re_own")
    made = prompt.done(number)
    assert made["money"]["refund"] == 600 and prompt.payment(number)["refunded"] == 1000


def test_a_dispute_pauses_the_refund_until_it_is_closed(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, paid=1000)
    prompt.pay(number, "dispute_opened", 1000, reference="dp_1")
    made = prompt.cancel(number)
    assert prompt.line(number) == (0, 0, 2, 0)
    assert {each["state"] for each in prompt.refunds(number)} <= {"paused", "not_due"}
    assert prompt.request(made)["money"]["refund"] in (0, 1000)
    prompt.pay(number, "dispute_closed", 1000, reference="dp_1")
    waited(lambda: prompt.payment(number)["refunded"], lambda back: back == 1000)


def test_a_planned_refund_is_paused_by_a_dispute_and_goes_on_after_it(shop: Shop) -> None:
    number = shop.order()
    made = shop.cancel(number, 1)
    shop.pay(number, "dispute_opened", 100, reference="dp_3")
    assert [each["state"] for each in shop.refunds(number)] == ["paused"]
    assert shop.refunds(number)[0]["due_by"]
    shop.told(number, "despatched")
    assert shop.payment(number)["refunded"] == 0
    shop.pay(number, "dispute_closed", 100, reference="dp_3")
    shop.until(made, "completed")
    assert shop.payment(number)["refunded"] == 1290


def test_a_lost_dispute_gives_nothing_back_twice(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, paid=1000)
    prompt.pay(number, "dispute_opened", 1000, reference="dp_2")
    prompt.pay(number, "dispute_closed", 0, reference="dp_2")
    prompt.done(number)
    assert prompt.payment(number)["refunded"] == 0


@pytest.mark.parametrize("named", ["by the refund", "by the payment"])
def test_a_refund_that_fails_days_later_reopens_the_request_and_is_tried_again(prompt: Shop, named: str) -> None:
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, paid=1000)
    made = prompt.done(number)
    reference = prompt.refunds(number)[0]["reference"] if named == "by the refund" else f"pi_{number}"
    prompt.pay(number, "refund_failed", 1000, reference=reference)
    waited(lambda: prompt.payment(number)["refunded"], lambda back: back == 1000)
    assert "needs_attention" in json.dumps(prompt.get(f"/orders/{number}/audit"))
    prompt.until(made, "completed")
    assert sum(each["amount"] for each in prompt.refunds(number) if each["state"] == "refunded") == 1000


def test_the_failure_of_another_refund_takes_nothing_from_ours(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 2, 500)], shipping=None, paid=1000)
    prompt.pay(number, "refunded", 100, reference="re_other")
    prompt.done(number)
    prompt.pay(number, "refund_failed", 300, reference="re_other")
    waited(lambda: prompt.payment(number)["refunded"], lambda back: back == 1000)
    landed = sum(each["amount"] for each in prompt.refunds(number) if each["state"] == "refunded")
    assert landed == 1000


def test_an_unknown_payment_is_added(prompt: Shop) -> None:
    number = prompt.order(lines=[plain("1", 1, 500)], shipping=None, payments=[])
    prompt.pay(number, "captured", 500, payment="new", reference="pi_new")
    payment = prompt.payment(number, "new")
    assert (payment["captured"], payment["state"], payment["reference"]) == (500, "captured", "pi_new")


def test_voided_and_expired_money_can_no_longer_be_captured(prompt: Shop) -> None:
    for event in ("voided", "expired"):
        number = authorised(prompt, event)
        prompt.pay(number, event, 1000, reference=f"pi_{event}")
        made = prompt.done(number)
        assert (made["money"]["refund"], made["money"]["void"]) == (0, 0)


def test_more_captured_than_the_order_is_worth_is_not_a_requests_money(prompt: Shop) -> None:
    number = authorised(prompt, "over")
    prompt.pay(number, "captured", 1000, reference="pi_over")
    made = prompt.done(number, 1)
    assert made["money"]["refund"] == 500
