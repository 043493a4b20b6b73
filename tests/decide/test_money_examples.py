"""The worked examples: what one order of three mugs brings, whatever happens first."""

from countermand.decide.payment_events import PaymentEventType
from countermand.decide.refund_timing import When
from countermand.decide.settlement import settle
from countermand.model.payment import DutyKind, DutyState
from tests.decide.money_world import (
    DAY,
    NOW,
    POLICY,
    an_order,
    ask,
    authorised,
    cancel,
    captured,
    land_all,
    money,
    pivot,
    planned,
    refunded,
    retract,
    stands,
    states,
    told,
)

HALF_CAPTURED = an_order(payments=(captured(1000), authorised(3465, "p2")))


def test_one_mug_of_a_partly_captured_order_lowers_what_may_be_captured_and_refunds_nothing() -> None:
    order = cancel(HALF_CAPTURED, "cr_a", {"1": 1})
    assert stands(order).refund_due == 0
    assert stands(order).capture_limit == 2175
    shown = money(order, "cr_a")
    assert (shown.refund, shown.void, shown.capture_limit, shown.when) == (0, 0, 2175, When.NOTHING_DUE)
    assert order.duties == ()


def test_captured_in_full_all_the_same_gives_the_mug_back() -> None:
    order = told(cancel(HALF_CAPTURED, "cr_a", {"1": 1}), PaymentEventType.CAPTURED, 3465, payment="p2")
    assert planned(order) == {"cr_a": 1290}
    assert [each.payment for each in money(order, "cr_a").parts] == ["p2"]
    assert refunded(land_all(order)) == 1290


def test_a_platform_is_told_the_limit_and_a_full_capture_turns_it_into_a_refund() -> None:
    shop = an_order(payments=(captured(1000), authorised(3465, "p2")), platform="shop")
    order = land_all(cancel(shop, "cr_a", {"1": 1}))
    assert [(duty.kind, duty.amount, duty.state) for duty in order.duties] == [
        (DutyKind.LIMIT, 2175, DutyState.LIMITED)
    ]
    order = told(order, PaymentEventType.CAPTURED, 3465, payment="p2")
    assert [(duty.kind, duty.amount, duty.state) for duty in order.duties] == [
        (DutyKind.REFUND, 1290, DutyState.PLANNED)
    ]


def test_captured_up_to_the_limit_the_rest_is_let_go() -> None:
    order = told(cancel(HALF_CAPTURED, "cr_a", {"1": 1}), PaymentEventType.CAPTURED, 2175, payment="p2")
    assert states(order, DutyKind.VOID) == [DutyState.VOID_PENDING]
    order = land_all(order)
    assert sum(payment.capturable for payment in order.payments) == 0
    assert refunded(order) == 0


def test_three_mugs_one_by_one_with_the_first_retracted_leave_the_shipping() -> None:
    order = an_order(payments=(captured(4465),))
    for request_id in ("cr_a", "cr_b", "cr_c"):
        order = ask(order, request_id, {"1": 1})
    assert [money(order, each).refund for each in ("cr_a", "cr_b", "cr_c")] == [1290, 1290, 1885]
    order = retract(order, "cr_a")
    assert [money(order, each).refund for each in ("cr_a", "cr_b", "cr_c")] == [0, 1290, 1290]
    order = settle(pivot(pivot(order, "cr_b"), "cr_c"), POLICY, NOW)
    assert planned(order) == {"cr_b": 1290, "cr_c": 1290}
    assert stands(order).worth == 4465 - 2580


def test_one_mug_of_a_captured_order_waits_for_the_rest_as_the_contract_shows() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 1})
    shown = money(order, "cr_a")
    assert (shown.refund, shown.void, shown.fee, shown.capture_limit) == (1290, 0, 0, None)
    assert (shown.when, shown.due_by) == (When.AFTER_REMAINING_DESPATCHED, NOW + 14 * DAY)
    assert [(each.payment, each.amount, each.state) for each in shown.parts] == [("p1", 1290, DutyState.PLANNED)]


def test_a_whole_order_goes_back_at_once_and_whole() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 3})
    assert order.duties[0].due_at == NOW
    assert money(order, "cr_a").when is When.AT_ONCE
    assert refunded(land_all(order)) == 4465


def test_an_uncaptured_order_is_voided_and_nothing_is_refunded() -> None:
    order = cancel(an_order(payments=(authorised(4465),)), "cr_a", {"1": 3})
    shown = money(order, "cr_a")
    assert (shown.refund, shown.void, shown.when) == (0, 4465, When.AT_ONCE)
    order = land_all(order)
    assert states(order, DutyKind.VOID) == [DutyState.VOIDED] and not planned(order)
    assert money(order, "cr_a").void == 4465


def test_captured_after_the_void_it_goes_back_once() -> None:
    order = land_all(cancel(an_order(payments=(authorised(4465),)), "cr_a", {"1": 3}))
    late = told(order, PaymentEventType.CAPTURED, 4465)
    assert [(duty.kind, duty.state, duty.amount) for duty in late.duties] == [
        (DutyKind.REFUND, DutyState.PLANNED, 4465)
    ]
    twice = told(land_all(late), PaymentEventType.CAPTURED, 4465)
    assert refunded(land_all(twice)) == 4465


def test_a_request_that_is_only_asked_shows_what_it_will_bring_and_owes_nothing_yet() -> None:
    order = settle(ask(an_order(payments=(captured(4465),)), "cr_a", {"1": 3}), POLICY, NOW)
    assert order.duties == ()
    shown = money(order, "cr_a")
    assert shown.refund == 4465
    assert [(each.payment, each.amount, each.state) for each in shown.parts] == [("p1", 4465, DutyState.NOT_DUE)]


def test_an_unpaid_order_moves_no_money() -> None:
    order = cancel(an_order(), "cr_a", {"1": 3})
    shown = money(order, "cr_a")
    assert order.duties == () and (shown.refund, shown.void, shown.when, shown.due_by, shown.parts) == (
        0, 0, When.NOTHING_DUE, None, ()
    )
