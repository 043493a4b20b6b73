"""Published money failures of other systems, each as a claim about ours (amounts, tax, discount, shipping, currency).

D12, an amount typed by a person, belongs to the pages; here amounts are whole minor units and nothing else.
"""

from dataclasses import replace

import pytest

from countermand.decide.payment_events import PaymentEventType
from countermand.decide.refund_timing import When
from countermand.model.money import minor_digits, share
from countermand.model.order import Bundle, ChargeRule, Line, LineKind
from countermand.model.payment import DutyState
from tests.decide.money_world import (
    DAY,
    MUG,
    SHIPPING,
    an_order,
    ask,
    authorised,
    book,
    cancel,
    captured,
    land_all,
    land_one,
    money,
    planned,
    refunded,
    stands,
    told,
)
from tests.decide.money_world import pivot as stop

TEA = Line("2", "TEA", "Tea", 1, 2000, tax=140)
PLATE = Line("1", "PLATE", "Plate", 1, 1000, tax=190)


def test_D01_one_of_two_lines_brings_its_own_tax_and_not_the_orders() -> None:
    order = an_order((PLATE, TEA), (), (captured(3330),))
    assert planned(cancel(order, "cr_a", {"2": 1})) == {"cr_a": 2140}


def test_D02_three_single_cancels_of_a_taxed_discounted_line_sum_exactly() -> None:
    line = Line("1", "MUG", "Mug", 3, 1000, discount=100, tax=57)
    order = an_order((line,), (), (captured(2957),))
    for request_id in ("cr_a", "cr_b", "cr_c"):
        order = cancel(order, request_id, {"1": 1})
    assert sorted(planned(order).values()) == [985, 986, 986]
    assert refunded(land_all(order)) == 2957
    assert [share(57, k, 3) - share(57, k - 1, 3) for k in (1, 2, 3)] == [19, 19, 19]


def test_D03_a_whole_cancel_with_taxed_shipping_and_inclusive_prices_leaves_nothing() -> None:
    line = replace(MUG, tax=527)
    order = an_order((line,), (replace(SHIPPING, tax=80),), (captured(3800),), prices_include_tax=True)
    order = land_all(cancel(order, "cr_a", {"1": 3}))
    assert (refunded(order), stands(order).worth) == (3800, 0)


def test_D04_an_order_with_a_coupon_brings_what_was_paid_and_not_the_list_price() -> None:
    order = an_order((replace(MUG, discount=1800, tax=0),), (), (captured(1800),), coupons=("HALF",))
    assert refunded(land_all(cancel(order, "cr_a", {"1": 3}))) == 1800


def test_D05_amounts_come_from_stored_lines_and_not_from_counters_that_were_zeroed() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 3})
    assert all(row.open + row.held == 0 for row in order.fulfilment_orders[0].lines)
    assert planned(order) == {"cr_a": 4465}


def test_D06_a_discount_is_kept_when_a_partial_cancel_drops_below_its_threshold() -> None:
    order = an_order((replace(MUG, discount=900, tax=0),), (), (captured(2700),), coupons=("OVER30",))
    order = cancel(order, "cr_a", {"1": 2})
    assert planned(order) == {"cr_a": 1800}
    assert stands(order).worth == 900


def test_D07_percent_discount_two_of_three_bring_180_and_not_200() -> None:
    line = Line("1", "PEN", "Pen", 3, 100, discount=30)
    assert planned(cancel(an_order((line,), (), (captured(270),)), "cr_a", {"1": 2})) == {"cr_a": 180}


def test_D08_shipping_that_went_back_with_the_first_partial_leaves_the_second_to_work() -> None:
    shipping = (replace(SHIPPING, lines=("1",)),)
    order = an_order((PLATE, TEA), shipping, (captured(3925),))
    order = land_all(cancel(order, "cr_a", {"1": 1}), order.placed_at + 60 * DAY)
    assert refunded(order) == 1190 + 595
    order = land_all(cancel(order, "cr_b", {"2": 1}))
    assert refunded(order) == 3925


def test_D09_shipping_is_never_counted_twice() -> None:
    order = land_all(cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 3}))
    assert refunded(order) == 3 * 1200 - 300 + 570 + 500 + 95 == sum(each.captured for each in order.payments)


def test_D10_a_refund_of_shipping_alone_has_an_amount_that_reaches_the_provider() -> None:
    gift = Line("1", "GIFT", "Gift", 1, 0)
    order = cancel(an_order((gift,), payments=(captured(595),)), "cr_a", {"1": 1})
    assert planned(order) == {"cr_a": 595}
    assert refunded(land_all(order)) == 595


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
def test_D11_amounts_are_minor_units_of_the_iso_table_and_are_never_scaled(currency: str, digits: int) -> None:
    order = an_order((Line("1", "A", "A", 3, 100),), (), (captured(300),), currency=currency)
    assert minor_digits(currency) == digits
    assert planned(cancel(order, "cr_a", {"1": 1})) == {"cr_a": 100}


def test_D12_amounts_inside_an_order_are_whole_minor_units() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 1})
    shown = money(order, "cr_a")
    for amount in (shown.refund, shown.void, shown.fee, *(part.amount for part in shown.parts)):
        assert type(amount) is int


def test_D13_rounding_never_brings_more_than_was_captured() -> None:
    line = Line("1", "NUT", "Nut", 7, 10, discount=1)
    order = an_order((line,), (), (captured(69),))
    for number in range(7):
        order = cancel(order, f"cr_{number}", {"1": 1})
        assert sum(planned(order).values()) <= 69
    assert refunded(land_all(order)) == 69


def test_D14_two_payments_each_keep_their_cap() -> None:
    voucher = captured(2000, "voucher", captured_at=None)
    order = an_order(payments=(voucher, captured(2465, "card")))
    order = land_all(cancel(order, "cr_a", {"1": 3}))
    assert {each.id: each.refunded for each in order.payments} == {"voucher": 2000, "card": 2465}


def test_D15_a_gift_card_that_was_bought_is_worth_its_price_once() -> None:
    card = Line("1", "CARD", "Gift card", 1, 5000, kind=LineKind.GIFT_CARD)
    order = land_all(cancel(an_order((card,), (), (captured(5000),)), "cr_a", {"1": 1}))
    assert refunded(order) == 5000 and stands(order).refund_due == 0


def test_D16_settling_money_leaves_the_coupons_to_the_shop() -> None:
    order = an_order(payments=(captured(4465),), coupons=("SAVE",))
    assert land_all(cancel(order, "cr_a", {"1": 1})).coupons == ("SAVE",)


def test_D17_a_fee_above_the_refund_leaves_nothing_to_send() -> None:
    order = an_order((Line("1", "PEN", "Pen", 1, 300),), (), (captured(300),))
    order = cancel(order, "cr_a", {"1": 1}, fee=(500, 0))
    shown = money(order, "cr_a")
    assert (shown.refund, shown.fee, shown.when) == (0, 300, When.NOTHING_DUE)
    assert order.duties == ()


def test_D18_a_free_order_is_cancelled_without_a_refund() -> None:
    order = cancel(an_order((Line("1", "FREE", "Sample", 2, 0),), ()), "cr_a", {"1": 2})
    assert order.duties == () and money(order, "cr_a").when is When.NOTHING_DUE


def test_D19_a_set_that_is_cancelled_whole_brings_the_whole_set() -> None:
    whole = Bundle("set", divisible=False)
    pieces = (replace(PLATE, bundle=whole), replace(TEA, bundle=whole))
    order = an_order(pieces, (), (captured(3330),))
    assert planned(cancel(order, "cr_a", {"1": 1, "2": 1})) == {"cr_a": 3330}


@pytest.mark.parametrize("units", [(1, 1, 1), (2, 1), (1, 2), (3,)])
@pytest.mark.parametrize("rule", [ChargeRule.WHEN_ALL_CANCELLED, ChargeRule.IN_PROPORTION])
def test_D20_any_sequence_of_partial_cancels_that_ends_whole_brings_what_was_captured(
    units: tuple[int, ...], rule: ChargeRule
) -> None:
    order = an_order(charges=(replace(SHIPPING, refund=rule),), payments=(captured(1000), captured(3465, "p2")))
    for number, count in enumerate(units):
        order = cancel(order, f"cr_{number}", {"1": count})
        if number == 0:
            order = land_one(order, order.duties[0])
    assert refunded(land_all(order)) == 4465


def test_C10_a_payment_captured_after_the_cancel_goes_back_once() -> None:
    order = cancel(an_order(payments=(authorised(4465),)), "cr_a", {"1": 3})
    order = told(land_all(order), PaymentEventType.CAPTURED, 4465)
    assert refunded(land_all(order)) == 4465
    assert refunded(land_all(told(land_all(order), PaymentEventType.CAPTURED, 4465, event_id="e2"))) == 4465


def test_C13_an_uncaptured_order_is_voided_without_any_refund() -> None:
    order = land_all(cancel(an_order(payments=(authorised(4465),)), "cr_a", {"1": 3}))
    assert [duty.state for duty in order.duties] == [DutyState.VOIDED]


def test_C18_a_refund_made_elsewhere_lowers_what_we_send() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 3})
    order = told(order, PaymentEventType.REFUNDED, 1000, reference="re_shop")
    assert planned(order) == {"cr_a": 3465}
    assert refunded(land_all(order)) == 4465


def test_a_fee_is_kept_once_per_order_and_never_while_nothing_is_captured() -> None:
    order = an_order(payments=(authorised(4465),))
    order = cancel(order, "cr_a", {"1": 1}, fee=(200, 0))
    order = cancel(order, "cr_b", {"1": 2}, fee=(200, 0))
    assert money(order, "cr_b").void == 4465 and stands(order).fees == 0
    paid = an_order(payments=(captured(4465),))
    paid = cancel(cancel(paid, "cr_a", {"1": 1}, fee=(200, 10)), "cr_b", {"1": 2}, fee=(200, 20))
    assert stands(paid).fees == 230
    assert refunded(land_all(paid)) == 4465 - 230


def test_one_requests_fee_is_never_paid_by_another_requests_refund() -> None:
    lines = (Line("1", "PEN", "Pen", 1, 50), Line("2", "DESK", "Desk", 1, 1000))
    order = ask(an_order(lines, (), (captured(1050),)), "cr_a", {"1": 1}, fee=(100, 0))
    order = land_all(cancel(order, "cr_b", {"2": 1}))
    assert refunded(order) == 1000
    order = land_all(told(stop(order, "cr_a"), PaymentEventType.CAPTURED, 0, policies=book()))
    assert refunded(order) == 1000 and stands(order).fees == 50
