"""What the bank, a human or a notice does to one duty: once, in any order, with nothing paid twice."""

from dataclasses import replace

import pytest

from countermand.decide.duties import (
    begin_manual,
    begin_refund,
    mark_refunded,
    refund_bounced,
    refund_landed,
    refund_refused,
    refund_sent,
    void_found_captured,
    void_refused,
    write_off,
)
from countermand.decide.fees import nominal_fee
from countermand.decide.payment_events import PaymentEventType
from countermand.decide.settlement import settle
from countermand.model.fulfilment import Stage
from countermand.model.payment import DutyKind, DutyState
from countermand.model.policy import Fault, Fee, StageFee, Terms
from countermand.model.request import Kind
from tests.decide.money_world import (
    DAY,
    NOW,
    POLICY,
    an_order,
    authorised,
    cancel,
    captured,
    land_all,
    planned,
    refunded,
    states,
    told,
)

WHOLE = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 3})
ID = WHOLE.duties[0].id
SENT = begin_refund(WHOLE, ID, NOW)[0]
LANDED = refund_landed(SENT, ID, "re_1", 4465, NOW)


def test_a_refund_takes_the_newest_capture_first_and_the_rest_becomes_another() -> None:
    old, new = captured(2000, captured_at=NOW - DAY), captured(2465, "p2", captured_at=NOW)
    order = cancel(an_order(payments=(new, old)), "cr_a", {"1": 3})
    order, sent = begin_refund(order, ID, NOW)
    assert (sent.payment, sent.amount) == ("p2", 2465)
    assert [(each.amount, each.state, each.due_at) for each in order.duties[1:]] == [(2000, DutyState.PLANNED, NOW)]
    assert settle(order, POLICY, NOW) == order


def test_a_refund_for_which_nothing_is_owed_any_more_is_not_sent() -> None:
    order = replace(WHOLE, payments=(captured(4465, refunded=4465),))
    assert begin_refund(order, ID, NOW)[1].state is DutyState.SUPERSEDED


def test_a_landed_refund_is_counted_once_however_often_it_is_told() -> None:
    again = refund_landed(LANDED, ID, "re_1", 4465, NOW)
    assert again == LANDED and refunded(again) == 4465
    assert refunded(told(again, PaymentEventType.REFUNDED, 4465, reference="re_1")) == 4465


def test_the_notice_that_comes_before_our_own_answer_is_ours() -> None:
    order = told(SENT, PaymentEventType.REFUNDED, 4465, reference="re_1")
    assert states(order) == [DutyState.REFUNDED]
    assert refunded(refund_landed(order, ID, "re_1", 4465, NOW)) == 4465


def test_a_refund_the_provider_sends_later_is_known_by_its_reference() -> None:
    order = told(refund_sent(SENT, ID, "re_1"), PaymentEventType.REFUNDED, 4465, reference="re_1")
    assert states(order) == [DutyState.REFUNDED]


def test_a_refusal_opens_a_new_generation_or_a_humans_task() -> None:
    again = refund_refused(SENT, ID, "closed account", again=True).duties[0]
    assert (again.state, again.generation, again.failure) == (DutyState.PENDING, 2, "closed account")
    assert refund_refused(SENT, ID, "closed account", again=False).duties[0].state is DutyState.MANUAL_REQUIRED


def test_a_refund_that_bounces_is_owed_again_and_paid_once_more() -> None:
    order = settle(refund_bounced(LANDED, ID, "account closed", again=True), POLICY, NOW)
    assert refunded(order) == 0 and states(order) == [DutyState.PENDING]
    assert refunded(land_all(order)) == 4465


@pytest.mark.parametrize("failed_first", [True, False])
def test_refunded_and_failed_notices_end_alike_in_either_order(failed_first: bool) -> None:
    notices = [PaymentEventType.REFUNDED, PaymentEventType.REFUND_FAILED]
    order = SENT
    for kind in [*(reversed(notices) if failed_first else notices), *notices]:
        order = told(order, kind, 4465, reference="re_1")
    assert refunded(order) == 0 and states(order) == [DutyState.PENDING]
    assert refunded(land_all(order)) == 4465


def test_a_provider_without_a_plugin_is_paid_by_hand_and_marked_once() -> None:
    order, duty = begin_manual(WHOLE, ID, "no plugin", NOW)
    assert duty.state is DutyState.MANUAL_REQUIRED and duty.payment == "p1"
    order = mark_refunded(order, ID, None, NOW)
    assert refunded(mark_refunded(order, ID, None, NOW)) == 4465


def test_a_written_off_refund_stays_spoken_for() -> None:
    order = write_off(begin_manual(WHOLE, ID, "no plugin", NOW)[0], ID, "customer moved")
    assert settle(order, POLICY, NOW) == order and planned(order) == {} and refunded(order) == 0


def test_a_void_that_finds_the_money_captured_becomes_one_refund() -> None:
    order = cancel(an_order(payments=(authorised(4465),)), "cr_a", {"1": 3})
    order = settle(void_found_captured(order, ID, 4465, NOW), POLICY, NOW)
    assert [(each.kind, each.state, each.amount) for each in order.duties] == [
        (DutyKind.REFUND, DutyState.PENDING, 4465)
    ]
    assert refunded(land_all(order)) == 4465


def test_a_refused_void_waits_for_a_human_until_the_provider_lets_go() -> None:
    order = cancel(an_order(payments=(authorised(4465),)), "cr_a", {"1": 3})
    order = settle(void_refused(order, ID, "not possible"), POLICY, NOW)
    assert states(order, DutyKind.VOID) == [DutyState.MANUAL_REQUIRED]
    assert states(told(order, PaymentEventType.EXPIRED, 0), DutyKind.VOID) == [DutyState.REFUNDED]


def test_a_dispute_pauses_the_refund_and_its_end_lets_it_go_on() -> None:
    order = told(WHOLE, PaymentEventType.DISPUTE_OPENED, 0, reference="du_1")
    assert states(order) == [DutyState.PAUSED]
    order = told(order, PaymentEventType.DISPUTE_CLOSED, 0, reference="du_1")
    assert states(order) == [DutyState.PENDING]
    assert refunded(land_all(order)) == 4465


def test_money_that_the_bank_took_back_is_not_refunded_and_is_owed_again_when_the_shop_wins() -> None:
    order = told(WHOLE, PaymentEventType.DISPUTE_OPENED, 4465, reference="du_1")
    order = told(order, PaymentEventType.DISPUTE_OPENED, 4465, reference="du_1", event_id="e2")
    assert planned(order) == {} and order.payments[0].charged_back == 4465
    won = told(order, PaymentEventType.DISPUTE_CLOSED, 4465, reference="du_1")
    assert refunded(land_all(won)) == 4465
    lost = told(order, PaymentEventType.DISPUTE_CLOSED, 0, reference="du_1")
    assert refunded(land_all(lost)) == 0 and lost.payments[0].charged_back == 4465


def test_a_disputes_end_that_is_told_before_its_beginning_ends_alike() -> None:
    order = told(WHOLE, PaymentEventType.DISPUTE_CLOSED, 4465, reference="du_1")
    order = told(order, PaymentEventType.DISPUTE_OPENED, 4465, reference="du_1")
    assert (order.payments[0].disputed, order.payments[0].charged_back) == (False, 0)


def test_another_payment_carries_what_a_disputed_one_cannot() -> None:
    order = cancel(an_order(payments=(captured(2465), captured(2000, "p2"))), "cr_a", {"1": 1})
    order = told(order, PaymentEventType.DISPUTE_OPENED, 0, payment="p2", reference="du_1")
    assert states(order) == [DutyState.PLANNED]
    assert begin_refund(order, ID, NOW)[1].payment == "p1"


def test_a_goodwill_refund_before_any_request_belongs_to_none() -> None:
    order = told(an_order(payments=(captured(4465),)), PaymentEventType.REFUNDED, 465, reference="re_0")
    assert order.payments[0].refunded_apart == 465
    assert planned(cancel(order, "cr_a", {"1": 3})) == {"cr_a": 4000}


def test_a_refund_seen_before_its_capture_raises_captured_with_it() -> None:
    order = told(an_order(payments=(authorised(4465),)), PaymentEventType.REFUNDED, 1000, reference="re_0")
    assert (order.payments[0].captured, order.payments[0].refunded) == (1000, 1000)
    order = told(order, PaymentEventType.CAPTURED, 4465)
    assert order.payments[0].captured == 4465


def test_a_payment_that_nobody_knew_is_added() -> None:
    order = told(an_order(), PaymentEventType.CAPTURED, 700, payment="new", reference="pi_9")
    assert (order.payment("new").provider, order.payment("new").captured) == ("unknown", 700)


def test_a_doubled_or_backward_notice_of_a_payment_changes_nothing() -> None:
    order = an_order(payments=(captured(4465),))
    for kind in (PaymentEventType.AUTHORISED, PaymentEventType.CAPTURED, PaymentEventType.VOIDED):
        assert told(order, kind, 4465).payments[0] == order.payments[0]


def test_the_nominal_fee_is_fixed_plus_a_share_of_the_goods_and_the_highest_stage_reached() -> None:
    steps = (StageFee(Stage.PICKING, 50, 500), StageFee(Stage.PACKED, 100, 1000))
    terms = Terms(fee=Fee(200, 1000, steps))
    order = an_order()
    assert nominal_fee(order, "1", 1, Stage.UNRELEASED, terms, Fault.CUSTOMER) == (200, 129)
    assert nominal_fee(order, "1", 1, Stage.PICKING, terms, Fault.CUSTOMER) == (250, 194)
    assert nominal_fee(order, "1", 3, Stage.PACKED, terms, Fault.CUSTOMER) == (300, 774)
    assert nominal_fee(order, "1", 1, Stage.PACKED, terms, Fault.MERCHANT) == (0, 0)
    assert nominal_fee(order, "1", 1, Stage.PACKED, terms, Fault.CUSTOMER, Kind.WITHDRAWAL) == (0, 0)
