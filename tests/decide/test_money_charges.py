"""Charges, withdrawals and timing: what goes back with whom, and when."""

from dataclasses import replace

from countermand.decide.payment_events import PaymentEventType
from countermand.decide.refund_timing import When
from countermand.decide.settlement import settle
from countermand.decide.units import with_part
from countermand.model.fulfilment import Control, FulfilmentLine, FulfilmentOrder, Stage
from countermand.model.order import Charge, ChargeKind, ChargeRule, Line
from countermand.model.payment import DutyState
from countermand.model.policy import ProofOfReturn, RefundTiming
from countermand.model.request import GoodsState, Kind, Role, advance_goods
from tests.decide.money_world import (
    DAY,
    MUG,
    NOW,
    POLICY,
    SHIPPING,
    an_order,
    ask,
    book,
    cancel,
    captured,
    come_back,
    despatch,
    land_all,
    money,
    pivot,
    planned,
    refunded,
    stands,
    told,
    too_late,
)

PEN = Line("1", "PEN", "Pen", 4, 100, seller="brewer")
INK = Line("2", "INK", "Ink", 1, 600, seller="potter")


def with_charge(**more: object) -> Charge:
    return replace(Charge("c", ChargeKind.OTHER, 100), **more)  # type: ignore[arg-type]


def brought(charge: Charge, units: dict[str, int], kind: Kind = Kind.CANCELLATION) -> int:
    """What a cancel brings beyond its goods."""
    order = an_order((PEN, INK), (charge,), (captured(1100),))
    goods = sum({"1": 100, "2": 600}[line] * count for line, count in units.items())
    return planned(cancel(order, "cr_a", units, kind=kind)).get("cr_a", 0) - goods


def test_a_charge_goes_back_when_its_whole_scope_is_gone_and_not_before() -> None:
    assert brought(with_charge(), {"1": 4}) == 0
    assert brought(with_charge(), {"1": 4, "2": 1}) == 100
    assert brought(with_charge(seller="brewer"), {"1": 3}) == 0
    assert brought(with_charge(seller="brewer"), {"1": 4}) == 100
    assert brought(with_charge(lines=("2",)), {"2": 1}) == 100
    assert brought(with_charge(seller="nobody"), {"1": 4, "2": 1}) == 0


def test_a_charge_of_one_fulfilment_order_follows_its_units_alone() -> None:
    homes = tuple(
        FulfilmentOrder(name, "main", Stage.UNRELEASED, Control.GATE, (FulfilmentLine("1", 2, 2),))
        for name in ("F1", "F2")
    )
    order = an_order((PEN,), (with_charge(fulfilment_order="F2"),), (captured(500),), homes)
    assert planned(cancel(order, "cr_a", {"1": 2})) == {"cr_a": 200}
    assert planned(cancel(order, "cr_a", {"1": 2}, at="F2")) == {"cr_a": 300}


def test_a_proportional_charge_goes_back_by_net_value_and_loses_nothing() -> None:
    rule = ChargeRule.IN_PROPORTION
    assert brought(with_charge(refund=rule), {"1": 1}) == 10
    assert brought(with_charge(refund=rule), {"2": 1}) == 60
    assert brought(with_charge(refund=rule), {"1": 4, "2": 1}) == 100
    free = an_order((Line("1", "FREE", "Free", 4, 0),), (with_charge(refund=rule),), (captured(100),))
    assert planned(cancel(free, "cr_a", {"1": 1})) == {"cr_a": 25}


def test_a_charge_that_never_goes_back_stays() -> None:
    assert brought(with_charge(refund=ChargeRule.NEVER), {"1": 4, "2": 1}) == 0


def test_goods_that_left_and_are_kept_keep_the_shipping() -> None:
    order = despatch(an_order(payments=(captured(4465),)), "1", 1)
    assert planned(cancel(order, "cr_a", {"1": 2})) == {"cr_a": 2580}


def test_standard_shipping_goes_back_to_whoever_withdraws_and_an_express_surcharge_does_not() -> None:
    whole = {"1": 4, "2": 1}
    standard = with_charge(kind=ChargeKind.SHIPPING, refund=ChargeRule.NEVER)
    assert brought(standard, whole, Kind.WITHDRAWAL) == 100
    assert brought(standard, whole) == 0
    assert brought(replace(standard, surcharge=True), whole, Kind.WITHDRAWAL) == 0
    for rule in (ChargeRule.WHEN_ALL_CANCELLED, ChargeRule.IN_PROPORTION):
        express = with_charge(kind=ChargeKind.SHIPPING, surcharge=True, refund=rule)
        assert brought(express, whole, Kind.WITHDRAWAL) == 0
        assert brought(express, whole) == 100


def test_withdrawn_goods_that_left_bring_a_forecast_and_are_paid_when_they_are_back() -> None:
    order = despatch(an_order(payments=(captured(4465),)), "1", 3)
    order = settle(too_late(order, "cr_a", "1", 3, kind=Kind.WITHDRAWAL), POLICY, NOW)
    assert [(each.state, each.amount, each.due_by) for each in order.duties] == [
        (DutyState.NOT_DUE, 4465, NOW + 14 * DAY)
    ]
    assert money(order, "cr_a").when is When.AFTER_GOODS_RETURN
    back = settle(come_back(order, "cr_a"), POLICY, NOW + DAY)
    assert [(each.state, each.amount, each.due_at) for each in back.duties] == [
        (DutyState.PLANNED, 4465, NOW + DAY)
    ]
    assert refunded(land_all(back)) == 4465


def test_proof_of_sending_is_enough_where_the_policy_says_so() -> None:
    order = despatch(an_order(payments=(captured(4465),)), "1", 3)
    order = too_late(order, "cr_a", "1", 3, kind=Kind.WITHDRAWAL)
    part = advance_goods(order.request("cr_a").parts[0], GoodsState.RETURNING)
    order = with_part(order, "cr_a", part)
    assert settle(order, POLICY, NOW).duties[0].state is DutyState.NOT_DUE
    sending = book(withdrawal_refund_at=ProofOfReturn.RETURNING)
    order = settle(order, sending, NOW)
    assert order.duties[0].state is DutyState.PLANNED
    assert refunded(land_all(order, policies=sending)) == 4465


def test_refused_goods_are_paid_when_they_are_back_and_lost_ones_count_as_back() -> None:
    for goods in (GoodsState.RETURNED, GoodsState.LOST):
        order = despatch(an_order(payments=(captured(4465),)), "1", 2)
        order = settle(too_late(order, "cr_a", "1", 2), POLICY, NOW)
        assert order.duties == () and money(order, "cr_a").refund == 0
        order = settle(come_back(order, "cr_a", goods), POLICY, NOW + 30 * DAY)
        assert planned(order) == {"cr_a": 2580}
        assert order.duties[0].due_at == NOW + 30 * DAY
        assert order.duties[0].due_by == NOW + 44 * DAY


def test_a_stray_parcel_that_comes_back_is_not_paid_twice() -> None:
    order = land_all(cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 3}))
    part = advance_goods(order.request("cr_a").parts[0], GoodsState.STRAY, GoodsState.RETURNED)
    order = settle(with_part(order, "cr_a", replace(part, returned=3)), POLICY, NOW)
    assert stands(order).refund_due == 0 and refunded(land_all(order)) == 4465


def test_a_partial_refund_waits_for_the_rest_and_no_longer_than_promised() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 1})
    assert order.duties[0].due_at == NOW + 14 * DAY
    left = settle(despatch(order, "1", 2), POLICY, NOW + DAY)
    assert left.duties[0].due_at == NOW + DAY
    at_once = settle(order, book(refund_timing=RefundTiming.AT_ONCE), NOW)
    assert at_once.duties[0].due_at == NOW


def test_requests_are_paid_by_their_own_share_whatever_order_the_money_lands_in() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 1})
    order = land_all(order)
    order = cancel(order, "cr_b", {"1": 2})
    assert planned(order) == {"cr_b": 4465 - 1290}
    order = told(order, PaymentEventType.CAPTURED, 0)
    assert money(order, "cr_a").refund == 1290 and money(order, "cr_b").refund == 3175


def test_what_the_shop_took_out_waits_for_the_shops_own_refund() -> None:
    order = cancel(an_order(payments=(captured(4465),)), "cr_a", {"1": 1})
    order = pivot(ask(order, "cr_b", {"1": 1}, role=Role.PLATFORM), "cr_b")
    home = order.fulfilment_orders[0]
    rows = (replace(home.lines[0], removed=1),)
    fewer = replace(MUG, discount=200, tax=380, removed=1)
    edited = replace(order, lines=(fewer,), fulfilment_orders=(replace(home, lines=rows),))
    edited = settle(edited, POLICY, NOW)
    assert [(each.request, each.amount, each.state) for each in edited.duties] == [
        ("cr_a", 1290, DutyState.PLANNED), ("cr_b", 1290, DutyState.PAUSED)
    ]
    seen = told(edited, PaymentEventType.REFUNDED, 1290, reference="re_shop")
    assert [each.state for each in seen.duties] == [DutyState.PLANNED, DutyState.SUPERSEDED]
    assert refunded(land_all(seen)) == 2580


def test_shipping_alone_stays_when_one_of_two_lines_is_left() -> None:
    order = an_order((PEN, INK), (SHIPPING,), (captured(1595),))
    assert planned(cancel(order, "cr_a", {"1": 4})) == {"cr_a": 400}
