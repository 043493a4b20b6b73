"""The shop changes its order: what it says of the sale counts, and nothing that happened here is undone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand.decide.conclude import conclude
from countermand.decide.edit import CurrencyChanged, UnitsBelowCommitted, edit_order, is_newer
from countermand.decide.intake_money import order_total
from countermand.decide.units import move
from countermand.model.fulfilment import ParcelState, Stage
from countermand.model.order import Order, counts
from countermand.model.payment import Duty, DutyKind, DutyState, PaymentState
from countermand.model.policy import PolicyBook
from countermand.model.policy_document import default_policy
from countermand.model.request import (
    Asker,
    GoodsState,
    Kind,
    Outcome,
    Part,
    PartState,
    Request,
    Role,
)
from tests.decide.samples_intake import MISSING, body, read

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
POLICIES = PolicyBook(default_policy(3), {})


def line(units: int, line_id: str = "1", **changes: object) -> dict[str, Any]:
    return {"id": line_id, "sku": f"S{line_id}", "title": "Mug", "quantity": units, "unit_price": 100, **changes}


def home(name: str, *rows: tuple[str, int], stage: str = "unreleased", holder: str = "main") -> dict[str, Any]:
    lines = [{"line": line_id, "quantity": units} for line_id, units in rows]
    return {"id": name, "holder": holder, "stage": stage, "lines": lines}


def sold(*lines: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A body without money, so that only the goods matter, unless stated."""
    return body(**{
        "lines": list(lines), "payments": MISSING, "shipping": MISSING, "fulfilment_orders": MISSING, **changes
    })


def edit(order: Order, told: dict[str, Any], number: int = 1) -> Order:
    return edit_order(
        order, read(told, compare_payments=False), request_id=f"cr_shop{number}", policies=POLICIES, now=NOW,
        fulfilment_stated="fulfilment_orders" in told,
    )


def rows(order: Order) -> dict[str, dict[str, tuple[int, int, int, int, int]]]:
    """Quantity, open, held, cancelled and removed by fulfilment order and line."""
    return {
        each.id: {row.line: (row.quantity, row.open, row.held, row.cancelled, row.removed) for row in each.lines}
        for each in order.fulfilment_orders
    }


def balanced(order: Order) -> bool:
    return all(
        row.quantity == row.open + row.held + row.cancelled + row.despatched and row.removed <= row.cancelled
        for each in order.fulfilment_orders for row in each.lines
    ) and all(counts(order, each.id).quantity == each.quantity for each in order.lines)


def test_the_same_body_again_changes_no_unit_and_asks_for_nothing() -> None:
    order = read(sold(line(3)))
    assert edit(order, sold(line(3))) == order


def test_what_the_shop_takes_out_becomes_one_completed_request_by_the_platform() -> None:
    order = edit(read(sold(line(3), line(2, "2"))), sold(line(1), line(2, "2")))
    (request,) = order.requests
    assert (request.id, request.kind, request.asker) == ("cr_shop1", Kind.CANCELLATION, Asker(Role.PLATFORM))
    assert (request.policy_version, request.created_at) == (3, NOW)
    (part,) = request.parts
    assert (part.line, part.fulfilment_order, part.quantity) == ("1", "F1", 2)
    assert (part.outcome, part.state, part.goods) == (Outcome.APPROVED, PartState.COMPLETED, GoodsState.STOPPED)
    assert part.restock is False
    assert rows(order) == {"F1": {"1": (3, 1, 0, 2, 2), "2": (2, 2, 0, 0, 0)}}
    assert (order.line("1").quantity, order.line("1").removed) == (3, 2)
    assert order_total(order) == 300


def test_a_line_that_the_shop_no_longer_names_has_no_units_left() -> None:
    order = edit(read(sold(line(3), line(2, "2", discount=50, tax=9))), sold(line(3)))
    assert rows(order)["F1"]["2"] == (2, 0, 0, 2, 2)
    assert (order.line("2").removed, order.line("2").discount, order.line("2").tax) == (2, 0, 0)
    assert order_total(order) == 300 and balanced(order)


def test_the_amounts_of_a_line_are_the_shops_new_ones() -> None:
    order = edit(read(sold(line(3))), sold(line(2, unit_price=90, discount=5, tax=7, title="Cup")))
    changed = order.line("1")
    assert (changed.title, changed.unit_price, changed.discount, changed.tax) == ("Cup", 90, 5, 7)
    assert order_total(order) == 2 * 90 - 5 + 7


@pytest.mark.parametrize(("counter", "units", "wanted", "refused"), [
    ("cancelled", 2, 2, False), ("cancelled", 2, 1, True), ("held", 1, 1, False), ("held", 2, 1, True),
    ("despatched", 3, 3, False), ("despatched", 3, 2, True), ("cancelled", 1, None, True), ("held", 1, None, True),
])
def test_nothing_is_taken_out_that_is_cancelled_held_or_despatched(
    counter: Any, units: int, wanted: int | None, refused: bool
) -> None:
    order = move(read(sold(line(3), line(1, "2"))), "F1", "1", units, "open", counter)
    told = sold(line(1, "2")) if wanted is None else sold(line(wanted), line(1, "2"))
    if not refused:
        edited = edit(order, told)
        assert balanced(edited) and counts(edited, "1").open == wanted - units  # type: ignore[operator]
        return
    with pytest.raises(UnitsBelowCommitted) as found:
        edit(order, told)
    (short,) = found.value.lines
    assert (short.line, short.wanted, short.committed) == ("1", wanted or 0, units)
    assert "line 1" in str(found.value)


def test_what_the_shop_took_out_before_is_not_counted_twice() -> None:
    order = edit(read(sold(line(3))), sold(line(2)))
    assert edit(order, sold(line(2)), 2).requests == order.requests
    again = edit(order, sold(line(1)), 2)
    assert rows(again) == {"F1": {"1": (3, 1, 0, 2, 2)}}
    assert [request.parts[0].quantity for request in again.requests] == [1, 1]


def test_added_units_stand_beside_the_same_line() -> None:
    order = edit(read(sold(line(3))), sold(line(5), line(2, "2")))
    assert rows(order) == {"F1": {"1": (5, 5, 0, 0, 0), "2": (2, 2, 0, 0, 0)}}
    assert [each.id for each in order.lines] == ["1", "2"] and order.requests == ()


def test_a_line_that_was_taken_out_may_come_back() -> None:
    gone = edit(read(sold(line(3), line(1, "2"))), sold(line(1, "2")))
    order = edit(gone, sold(line(2), line(1, "2")), 2)
    assert rows(order)["F1"]["1"] == (5, 2, 0, 3, 3)
    assert (order.line("1").quantity, order.line("1").removed) == (5, 3) and balanced(order)


def test_units_added_after_everything_left_get_a_fulfilment_order_of_their_own() -> None:
    gone = read(sold(line(3), fulfilment_orders=[home("F1", ("1", 3), stage="despatched")]))
    order = edit(gone, sold(line(4)))
    assert rows(order) == {"F1": {"1": (3, 0, 0, 0, 0)}, "F2": {"1": (1, 1, 0, 0, 0)}}
    assert order.fulfilment_orders[1].stage is Stage.UNRELEASED and balanced(order)
    assert edit(gone, sold(line(3))).fulfilment_orders == gone.fulfilment_orders


def test_units_at_the_earliest_stage_are_taken_out_first() -> None:
    order = read(sold(line(4), fulfilment_orders=[
        home("F1", ("1", 2), stage="picking"), home("F2", ("1", 2), stage="unreleased"),
    ]))
    assert rows(edit(order, sold(line(1)))) == {"F1": {"1": (2, 1, 0, 1, 1)}, "F2": {"1": (2, 0, 0, 2, 2)}}


def test_a_fulfilment_order_may_be_split_and_moved() -> None:
    order = edit(read(sold(line(3))), sold(line(3), fulfilment_orders=[
        home("F1", ("1", 1)), home("F2", ("1", 2), holder="north"),
    ]))
    assert rows(order) == {"F1": {"1": (1, 1, 0, 0, 0)}, "F2": {"1": (2, 2, 0, 0, 0)}}
    assert order.requests == ()
    moved = edit(order, sold(line(3), fulfilment_orders=[home("F1", ("1", 1), holder="north"), home("F2", ("1", 2))]))
    assert [(each.id, each.holder, each.plugin) for each in moved.fulfilment_orders] == [
        ("F1", "north", "sandbox_3pl"), ("F2", "main", None),
    ]


def test_a_fulfilment_order_that_lost_all_its_units_is_dropped() -> None:
    order = edit(read(sold(line(3))), sold(line(3), fulfilment_orders=[home("F9", ("1", 3))]))
    assert rows(order) == {"F9": {"1": (3, 3, 0, 0, 0)}}


def test_held_units_stay_where_they_are_and_keep_their_holder() -> None:
    held = move(read(sold(line(3))), "F1", "1", 2, "open", "held")
    order = edit(held, sold(line(3), fulfilment_orders=[home("F1", ("1", 1), holder="north"), home("F2", ("1", 2))]))
    assert rows(order) == {"F1": {"1": (2, 0, 2, 0, 0)}, "F2": {"1": (1, 1, 0, 0, 0)}}
    assert order.fulfilment_order("F1").holder == "main"


@pytest.mark.parametrize("was", list(Stage)[:4])
@pytest.mark.parametrize("told", list(Stage)[:4])
def test_a_stage_is_raised_and_never_lowered(was: Stage, told: Stage) -> None:
    order = read(sold(line(3), fulfilment_orders=[home("F1", ("1", 3), stage=was.value)]))
    edited = edit(order, sold(line(3), fulfilment_orders=[home("F1", ("1", 3), stage=told.value)]))
    assert edited.fulfilment_order("F1").stage is max(was, told, key=lambda stage: stage.rank)


@pytest.mark.parametrize("stage", ["despatched", "delivered"])
def test_goods_that_the_shop_says_have_left_have_left(stage: str) -> None:
    told = sold(line(3), fulfilment_orders=[home("F1", ("1", 1), stage=stage), home("F2", ("1", 2))])
    order = edit(read(sold(line(3))), told)
    assert counts(order, "1").despatched == 1 and counts(order, "1").open == 2
    assert [(each.fulfilment_order, each.state) for each in order.parcels] == [("F1", ParcelState(stage))]
    assert edit(order, told, 2).parcels == order.parcels


def cancelled(order: Order, units: int, state: PartState = PartState.COMPLETED) -> Order:
    """The order with one request of the customer whose units are cancelled."""
    part = Part(1, "1", "F1", units, Outcome.APPROVED, state, GoodsState.STOPPED, Stage.UNRELEASED)
    asked = Request("cr_1", Kind.CANCELLATION, Asker(Role.CUSTOMER), None, None, 3, NOW, (part,))
    return replace(move(order, "F1", "1", units, "open", "cancelled"), requests=(asked,))


def test_cancelled_goods_that_the_shop_says_have_left_are_a_stray_parcel() -> None:
    order = cancelled(read(sold(line(1))), 1)
    edited = edit(order, sold(line(1), fulfilment_orders=[home("F1", ("1", 1), stage="despatched")]))
    assert [parcel.stray for parcel in edited.parcels] == [True]
    assert counts(edited, "1") == counts(order, "1")
    assert edited.requests[0].parts[0].goods is GoodsState.STRAY


def test_what_was_asked_here_is_kept() -> None:
    order = cancelled(read(sold(line(3))), 1)
    edited = edit(order, sold(line(2)))
    assert edited.requests[0] == order.requests[0]
    assert rows(edited) == {"F1": {"1": (3, 1, 0, 2, 1)}}


def test_people_charges_and_the_rest_are_the_shops() -> None:
    order = edit(
        replace(read(sold(line(3))), quarantined="the totals do not add up", platform="shopify"),
        sold(line(3), customer={"name": "Bo"}, ship_to=None, shipping={"amount": 5}, coupons=["X"],
             source_updated_at="2026-11-22T00:00:00Z"),
    )
    assert (order.customer.name, order.ship_to.country, order.coupons) == ("Bo", None, ("X",))
    assert [charge.amount for charge in order.charges] == [5]
    assert (order.quarantined, order.platform, order.version) == (None, "shopify", 0)
    assert order.source_updated_at == datetime(2026, 11, 22, tzinfo=UTC)


def test_an_order_cannot_change_its_currency() -> None:
    with pytest.raises(CurrencyChanged, match="EUR"):
        edit(read(sold(line(3))), sold(line(3), currency="USD"))


def paid(**payment: object) -> dict[str, Any]:
    return sold(line(3), payments=[{"id": "p1", "provider": "sandbox", **payment}])


@pytest.mark.parametrize(("was", "told", "state", "amounts"), [
    ({"authorised": 300}, {"captured": 300}, PaymentState.CAPTURED, (300, 300, 0)),
    ({"captured": 300}, {"authorised": 300}, PaymentState.CAPTURED, (300, 300, 0)),
    ({"captured": 300, "refunded": 50}, {"captured": 300}, PaymentState.CAPTURED, (300, 300, 50)),
    ({"captured": 300}, {"captured": 300, "refunded": 80}, PaymentState.CAPTURED, (300, 300, 80)),
    ({"state": "pending"}, {"authorised": 300}, PaymentState.AUTHORISED, (300, 0, 0)),
    ({"authorised": 300}, {"state": "pending"}, PaymentState.AUTHORISED, (300, 0, 0)),
    ({"authorised": 300}, {"state": "voided"}, PaymentState.VOIDED, (300, 0, 0)),
    ({"captured": 300}, {"state": "voided"}, PaymentState.CAPTURED, (300, 300, 0)),
    ({"state": "on_delivery"}, {"captured": 300}, PaymentState.CAPTURED, (300, 300, 0)),
])
def test_amounts_of_a_payment_are_only_raised(
    was: dict[str, Any], told: dict[str, Any], state: PaymentState, amounts: tuple[int, int, int]
) -> None:
    (payment,) = edit(read(paid(**was)), paid(**told)).payments
    assert payment.state is state
    assert (payment.authorised, payment.captured, payment.refunded) == amounts


def test_a_payment_that_the_shop_leaves_out_stays_and_a_new_one_is_added() -> None:
    order = edit(read(paid(captured=300)), sold(line(3), payments=[{"id": "p2", "provider": "x", "captured": 300}]))
    assert [payment.id for payment in order.payments] == ["p1", "p2"]
    assert edit(order, sold(line(3))).payments == order.payments


def test_a_capture_that_the_shop_tells_is_the_newest() -> None:
    (payment,) = edit(read(paid(authorised=300)), paid(captured=300)).payments
    assert payment.captured_at == NOW


def test_a_refund_before_any_cancellation_belongs_to_no_request() -> None:
    (payment,) = edit(read(paid(captured=300)), paid(captured=300, refunded=80)).payments
    assert payment.refunded_apart == 80
    (payment,) = edit(cancelled(read(paid(captured=300)), 1), paid(captured=300, refunded=80)).payments
    assert (payment.refunded, payment.refunded_apart) == (80, 0)


@pytest.mark.parametrize("state", [DutyState.PENDING, DutyState.SUBMITTED, DutyState.FAILED])
def test_our_own_refund_on_its_way_is_not_counted_a_second_time(state: DutyState) -> None:
    ours = Duty("rf_1-1", "cr_1", DutyKind.REFUND, 80, state, 1, NOW, "p1")
    order = replace(cancelled(read(paid(captured=300)), 1), duties=(ours,))
    assert edit(order, paid(captured=300, refunded=80)).payments[0].refunded == 0


@pytest.mark.parametrize(("known", "told", "newer"), [
    (None, None, True), (None, NOW, True), (NOW, None, False), (NOW, NOW, False),
    (NOW, NOW - timedelta(seconds=1), False), (NOW, NOW + timedelta(microseconds=1), True),
])
def test_only_a_newer_state_of_the_shop_counts(known: datetime | None, told: datetime | None, newer: bool) -> None:
    order = read(sold(line(3)))
    assert is_newer(replace(order, source_updated_at=known), replace(order, source_updated_at=told)) is newer


few = st.integers(0, 4)
homes = st.lists(st.tuples(few, few, st.sampled_from(["main", "north"])), min_size=1, max_size=3)


def stated(split: list[tuple[int, int, str]]) -> dict[str, Any] | None:
    """A body of two lines over some fulfilment orders; None if nothing is left."""
    first, second = sum(each[0] for each in split), sum(each[1] for each in split)
    lines = [line(units, name) for name, units in (("1", first), ("2", second)) if units]
    placed = [
        home(f"F{number}", *((name, units) for name, units in (("1", one), ("2", two)) if units), holder=holder)
        for number, (one, two, holder) in enumerate(split, 1) if one or two
    ]
    return sold(*lines, fulfilment_orders=placed) if lines else None


@given(homes, st.lists(st.tuples(homes, st.booleans()), max_size=4), st.lists(few, min_size=6, max_size=6))
def test_no_sequence_of_edits_loses_a_unit_or_touches_what_is_spoken_for(
    split: list[tuple[int, int, str]], edits: list[tuple[list[tuple[int, int, str]], bool]], taken: list[int]
) -> None:
    first = stated(split)
    if first is None:
        return
    order = read(first)
    amounts = iter(taken)
    for each in order.fulfilment_orders:
        for row in each.lines:
            order = move(order, each.id, row.line, min(row.open, next(amounts)), "open", "held")
    for number, (changed, says_who) in enumerate(edits):
        told = stated(changed)
        if told is None:
            continue
        if not says_who:
            del told["fulfilment_orders"]
        before = order
        try:
            order = edit(order, told, number)
        except UnitsBelowCommitted:
            continue
        assert balanced(order)
        assert {each.id: counts(order, each.id).held for each in before.lines} == {
            each.id: counts(before, each.id).held for each in before.lines
        }
        sold_now = {each["id"]: each["quantity"] for each in told["lines"]}
        kept = {each.id: each.quantity - each.removed for each in order.lines}
        assert {name: units for name, units in kept.items() if units} == sold_now
        assert edit(order, told, 99).requests == order.requests
        assert sum(part.quantity for request in order.requests for part in request.parts) == sum(
            each.removed for each in order.lines
        )




def test_the_money_of_what_the_shop_took_out_waits_for_the_shops_own_refund() -> None:
    order = conclude(edit(read(paid(captured=300)), sold(line(2))), POLICIES, NOW)
    (duty,) = order.duties
    assert (duty.request, duty.amount, duty.state) == ("cr_shop1", 100, DutyState.PAUSED)
    told = sold(line(2), payments=[{"id": "p1", "provider": "sandbox", "captured": 300, "refunded": 100}])
    settled = conclude(edit(order, told), POLICIES, NOW)
    assert [duty.state for duty in settled.duties] == [DutyState.SUPERSEDED]
    assert settled.payments[0].refunded == 100
