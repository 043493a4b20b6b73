"""What people read follows from part, goods and money, for every combination there is."""

from dataclasses import replace
from itertools import product

import pytest

from countermand.decide.shown import (
    LOOKS,
    MoneyShown,
    Shown,
    line_shown,
    money_shown,
    order_shown,
    part_shown,
    partially,
    refund_key,
    request_key,
    request_shown,
    request_state,
)
from countermand.decide.units import move
from countermand.model.fulfilment import Stage
from countermand.model.order import Order
from countermand.model.payment import Duty, DutyKind, DutyState
from countermand.model.request import (
    Asker,
    GoodsState,
    Kind,
    Outcome,
    Part,
    PartState,
    Request,
    RequestState,
    Role,
)
from tests.decide.samples_intake import read, with_at

P, G, M = PartState, GoodsState, MoneyShown
ORDER = read()
ALL = list(product(PartState, GoodsState, MoneyShown))


def part(state: PartState, goods: GoodsState, quantity: int = 1, number: int = 1) -> Part:
    return Part(number, "1", "F1", quantity, Outcome.APPROVED, state, goods, Stage.UNRELEASED)


def request(*parts: Part) -> Request:
    return Request("cr_1", Kind.CANCELLATION, Asker(Role.CUSTOMER), None, None, 1, ORDER.placed_at, parts)


def duty(state: DutyState, kind: DutyKind = DutyKind.REFUND) -> Duty:
    return Duty("rf_1-1", "cr_1", kind, 100, state, 1, ORDER.placed_at)


def asked(*parts: Part, order: Order = ORDER, money: DutyState | None = None) -> Order:
    duties = (duty(money),) if money is not None else ()
    return replace(order, requests=(request(*parts),), duties=duties)


@pytest.mark.parametrize("state", list(PartState))
def test_every_combination_has_words_for_both_sides(state: PartState) -> None:
    for goods, money in product(GoodsState, MoneyShown):
        look = LOOKS[part_shown(state, goods, money)]
        assert look.customer and look.merchant and look.tone and look.icon
        order = asked(part(state, goods), money=DutyState.PLANNED)
        assert request_shown(order, order.requests[0]) and line_shown(order, "1") and order_shown(order)


def test_every_key_has_its_words_and_every_look_is_known_to_the_style_sheet() -> None:
    assert set(LOOKS) == set(Shown)
    assert {look.tone for look in LOOKS.values()} <= {"grey", "amber", "red", "violet", "blue", "green"}
    assert {look.mark for look in LOOKS.values()} <= {"", "wait", "open", "act"}


@pytest.mark.parametrize(("state", "goods", "money", "words"), [
    (P.AWAITING_APPROVAL, G.HOLD_REQUESTED, M.NOTHING, "Cancellation requested"),
    (P.APPROVED, G.HOLD_CONFIRMED, M.NOTHING, "Cancellation requested"),
    (P.EXECUTING, G.STOP_REQUESTED, M.NOTHING, "Cancellation requested"),
    (P.EXECUTING, G.STOPPED, M.PLANNED, "Cancellation requested"),
    (P.EXECUTING, G.STOPPED, M.ON_ITS_WAY, "Cancellation requested"),
    (P.COMPLETED, G.STOPPED, M.DONE, "Cancelled"), (P.COMPLETED, G.STOPPED, M.NOTHING, "Cancelled"),
    (P.NEEDS_ATTENTION, G.STOPPED, M.TROUBLE, "We are sorting out your refund"),
    (P.NEEDS_ATTENTION, G.STOP_REQUESTED, M.NOTHING, "Cancellation requested"),
    (P.DECLINED, G.TOO_LATE, M.NOTHING, "Could not be cancelled"),
    (P.DECLINED, G.REFUSE_ON_DELIVERY_ADVISED, M.NOTHING, "Could not be cancelled"),
    (P.DECLINED, G.RETURNING, M.NOTHING, "On its way back"), (P.RETRACTED, G.RELEASED, M.NOTHING, "Kept"),
    (P.COMPLETED, G.STRAY, M.DONE, "Refuse this parcel"), (P.EXECUTING, G.STRAY, M.PLANNED, "Refuse this parcel"),
    (P.EXECUTING, G.RETURNED, M.PLANNED, "Back at the warehouse"),
    (P.EXECUTING, G.RETURNED, M.ON_ITS_WAY, "Refund on its way"), (P.COMPLETED, G.RETURNED, M.DONE, "Refunded"),
    (P.EXECUTING, G.DELIVERED, M.AFTER_RETURN, "Waiting for the goods to come back"),
])
def test_what_the_customer_reads_of_a_part(state: P, goods: G, money: M, words: str) -> None:
    assert LOOKS[part_shown(state, goods, money)].customer == words


def test_a_failed_refund_is_never_hidden_behind_a_done_one() -> None:
    for state, goods, money in ALL:
        live = state in (P.EXECUTING, P.NEEDS_ATTENTION, P.COMPLETED)
        assert (part_shown(state, goods, money) is Shown.REFUND_FAILED) == (live and money is M.TROUBLE)


@pytest.mark.parametrize(("states", "shown"), [
    ([], M.NOTHING), ([DutyState.PLANNED], M.PLANNED), ([DutyState.PAUSED], M.PLANNED),
    ([DutyState.NOT_DUE], M.AFTER_RETURN), ([DutyState.PENDING], M.ON_ITS_WAY), ([DutyState.SUBMITTED], M.ON_ITS_WAY),
    ([DutyState.REFUNDED], M.DONE), ([DutyState.REFUNDED, DutyState.PLANNED], M.PLANNED),
    ([DutyState.REFUNDED, DutyState.FAILED], M.TROUBLE), ([DutyState.MANUAL_REQUIRED], M.TROUBLE),
    ([DutyState.SUPERSEDED], M.NOTHING), ([DutyState.WRITTEN_OFF], M.NOTHING),
])
def test_the_money_of_a_request_in_one_word(states: list[DutyState], shown: MoneyShown) -> None:
    assert money_shown([duty(state) for state in states]) is shown


@pytest.mark.parametrize("state", list(DutyState))
def test_every_state_of_money_has_a_word(state: DutyState) -> None:
    assert money_shown([duty(state)]) in set(MoneyShown)
    order = asked(part(P.EXECUTING, G.STOPPED), money=state)
    key = refund_key(order, order.requests[0])
    assert key is None or LOOKS[key]


def test_letting_an_authorisation_go_is_no_refund_unless_it_fails() -> None:
    assert money_shown([duty(DutyState.VOID_PENDING, DutyKind.VOID)]) is M.NOTHING
    assert money_shown([duty(DutyState.MANUAL_REQUIRED, DutyKind.VOID)]) is M.TROUBLE


@pytest.mark.parametrize(("states", "shown", "partly"), [
    ([P.COMPLETED], "Cancelled", False), ([P.COMPLETED, P.DECLINED], "Partly cancelled", True),
    ([P.DECLINED], "Could not be cancelled", False), ([P.RETRACTED], "Kept", False),
    ([P.COMPLETED, P.RETRACTED], "Cancelled", False), ([P.EXECUTING, P.DECLINED], "Cancellation requested", False),
    ([P.AWAITING_APPROVAL, P.COMPLETED], "Cancellation requested", False),
])
def test_what_is_shown_of_a_whole_request(states: list[PartState], shown: str, partly: bool) -> None:
    goods = {P.COMPLETED: G.STOPPED, P.EXECUTING: G.STOPPED, P.AWAITING_APPROVAL: G.HOLD_REQUESTED}
    parts = [part(state, goods.get(state, G.NOT_NEEDED), number=n) for n, state in enumerate(states, 1)]
    order = asked(*parts)
    assert request_shown(order, order.requests[0]) == shown
    assert partially(order.requests[0]) is partly


def test_a_request_without_parts_is_declined() -> None:
    order = asked()
    assert request_state(order.requests[0]) is RequestState.DECLINED
    assert request_key(order, order.requests[0]) is Shown.DECLINED


@pytest.mark.parametrize(("stage", "shown"), [
    (Stage.UNRELEASED, "Order received"), (Stage.RELEASED, "Being prepared"), (Stage.PICKING, "Being prepared"),
    (Stage.PACKED, "Packed"), (Stage.DESPATCHED, "Shipped"), (Stage.DELIVERED, "Delivered"),
])
def test_an_untouched_order_shows_how_far_its_goods_are(stage: Stage, shown: str) -> None:
    order = read(with_at("fulfilment_orders[0].stage", stage.value))
    assert (line_shown(order, "1"), order_shown(order)) == (shown, shown)


def test_a_declined_request_leaves_the_goods_where_they_are() -> None:
    order = asked(part(P.DECLINED, G.TOO_LATE), order=read(with_at("fulfilment_orders[0].stage", "despatched")))
    assert order_shown(order) == "Shipped"


@pytest.mark.parametrize(("units", "shown"), [(1, "Partly cancelled"), (3, "Cancelled")])
def test_a_completed_cancellation_shows_on_the_line_and_the_order(units: int, shown: str) -> None:
    order = asked(part(P.COMPLETED, G.STOPPED, units), order=move(ORDER, "F1", "1", units, "open", "cancelled"))
    assert (line_shown(order, "1"), order_shown(order)) == (shown, shown)


def test_a_cancellation_under_way_shows_before_what_is_done() -> None:
    order = move(ORDER, "F1", "1", 3, "open", "cancelled")
    order = asked(part(P.EXECUTING, G.STOPPED, 1), part(P.COMPLETED, G.STOPPED, 2, 2), order=order)
    assert (line_shown(order, "1"), order_shown(order)) == ("Cancellation requested",) * 2


def test_an_order_put_aside_looks_received_to_the_customer() -> None:
    assert order_shown(replace(ORDER, quarantined="the totals do not add up")) == "Order received"


@pytest.mark.parametrize(("left", "key"), [(0, Shown.REFUND_PLANNED), (1, Shown.REFUND_DUE)])
def test_a_planned_refund_waits_only_while_something_still_has_to_leave(left: int, key: Shown) -> None:
    order = move(ORDER, "F1", "1", 3 - left, "open", "cancelled")
    order = asked(part(P.EXECUTING, G.STOPPED, 3 - left), order=order, money=DutyState.PLANNED)
    assert refund_key(order, order.requests[0]) is key
