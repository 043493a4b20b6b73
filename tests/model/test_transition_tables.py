"""The three tracks: a pair that the table has is walked, and every other pair is refused."""

from itertools import product

import pytest

from countermand.model.fulfilment import Stage
from countermand.model.payment import ADJUSTABLE, IN_FLIGHT, NEXT_DUTY, SETTLED, DutyState
from countermand.model.plan import NEXT_STEP, StepState
from countermand.model.request import (
    NEXT_GOODS,
    NEXT_PART,
    GoodsState,
    IllegalTransition,
    Outcome,
    Part,
    PartState,
    RequestState,
    advance_goods,
    advance_part,
    folded_state,
)

P, G, D = PartState, GoodsState, DutyState

PART_WAYS = {
    P.AWAITING_APPROVAL: "approved declined retracted", P.APPROVED: "executing retracted declined",
    P.EXECUTING: "completed declined needs_attention", P.NEEDS_ATTENTION: "executing completed declined",
    P.COMPLETED: "needs_attention", P.DECLINED: "executing", P.RETRACTED: "",
}
GOODS_WAYS = {
    G.NOT_NEEDED: "", G.HOLD_REQUESTED: "hold_confirmed stop_requested stopped released too_late",
    G.HOLD_CONFIRMED: "stop_requested stopped released too_late", G.STOP_REQUESTED: "stopped too_late",
    G.TOO_LATE: "refuse_on_delivery_advised",
    G.REFUSE_ON_DELIVERY_ADVISED: "refused delivered returning returned lost",
    G.REFUSED: "returning returned lost", G.RETURNING: "returned lost",
    G.DELIVERED: "refused returning returned kept", G.KEPT: "returning returned", G.LOST: "returned",
    G.STOPPED: "stray", G.STRAY: "refused delivered returning returned lost", G.RELEASED: "", G.RETURNED: "",
}
DUTY_WAYS = {
    D.NOT_DUE: "planned paused void_pending limit_pending", D.PLANNED: "pending superseded paused",
    D.PENDING: "submitted", D.SUBMITTED: "refunded failed", D.REFUNDED: "failed",
    D.FAILED: "pending manual_required", D.MANUAL_REQUIRED: "refunded written_off",
    D.PAUSED: "pending superseded", D.VOID_PENDING: "voided pending manual_required", D.VOIDED: "planned",
    D.LIMIT_PENDING: "limited planned superseded manual_required", D.LIMITED: "planned", D.WRITTEN_OFF: "",
    D.SUPERSEDED: "",
}


def part(state: PartState = P.APPROVED, goods: GoodsState = G.NOT_NEEDED) -> Part:
    return Part(1, "1", "F1", 1, Outcome.APPROVED, state, goods, Stage.UNRELEASED)


@pytest.mark.parametrize(("was", "to"), list(product(PartState, PartState)))
def test_the_decision_track_has_these_ways_and_no_others(was: PartState, to: PartState) -> None:
    assert (to in NEXT_PART[was]) == (to.value in PART_WAYS[was].split())
    if to in NEXT_PART[was]:
        assert advance_part(part(was), to).state is to
    else:
        with pytest.raises(IllegalTransition, match=to.value):
            advance_part(part(was), to)


@pytest.mark.parametrize(("was", "to"), list(product(GoodsState, GoodsState)))
def test_the_goods_track_has_these_ways_and_no_others(was: GoodsState, to: GoodsState) -> None:
    assert (to in NEXT_GOODS[was]) == (to.value in GOODS_WAYS[was].split())
    if to in NEXT_GOODS[was]:
        assert advance_goods(part(goods=was), to).goods is to
    else:
        with pytest.raises(IllegalTransition, match=to.value):
            advance_goods(part(goods=was), to)


def test_a_way_along_the_goods_track_is_checked_pair_by_pair() -> None:
    unreleased = part(goods=G.HOLD_REQUESTED)
    assert advance_goods(unreleased, G.HOLD_CONFIRMED, G.STOP_REQUESTED, G.STOPPED).goods is G.STOPPED
    with pytest.raises(IllegalTransition):
        advance_goods(unreleased, G.HOLD_CONFIRMED, G.STOPPED, G.RELEASED)


@pytest.mark.parametrize(("was", "to"), list(product(DutyState, DutyState)))
def test_the_money_track_has_these_ways_and_no_others(was: DutyState, to: DutyState) -> None:
    assert (to in NEXT_DUTY[was]) == (to.value in DUTY_WAYS[was].split())


def test_every_duty_is_adjustable_spoken_for_over_or_not_begun() -> None:
    begun = {D.VOID_PENDING, D.LIMIT_PENDING, D.NOT_DUE}
    assert ADJUSTABLE | IN_FLIGHT | SETTLED | begun == set(DutyState)
    assert not ADJUSTABLE & (IN_FLIGHT | SETTLED)


@pytest.mark.parametrize("table", [NEXT_PART, NEXT_GOODS, NEXT_DUTY, NEXT_STEP])
def test_every_state_has_a_row_and_no_state_leads_to_itself(table: dict[object, frozenset[object]]) -> None:
    states = type(next(iter(table)))
    assert set(table) == set(states)  # type: ignore[call-overload]
    assert not any(state in following for state, following in table.items())


def test_a_done_step_is_never_done_again() -> None:
    assert NEXT_STEP[StepState.DONE] == frozenset() == NEXT_STEP[StepState.SKIPPED]


@pytest.mark.parametrize(("states", "folded"), [
    ({P.AWAITING_APPROVAL, P.COMPLETED, P.NEEDS_ATTENTION, P.EXECUTING}, RequestState.AWAITING_APPROVAL),
    ({P.APPROVED, P.NEEDS_ATTENTION}, RequestState.EXECUTING), ({P.EXECUTING, P.DECLINED}, RequestState.EXECUTING),
    ({P.NEEDS_ATTENTION, P.COMPLETED}, RequestState.NEEDS_ATTENTION),
    ({P.COMPLETED, P.DECLINED, P.RETRACTED}, RequestState.COMPLETED), ({P.DECLINED}, RequestState.DECLINED),
    ({P.DECLINED, P.RETRACTED}, RequestState.RETRACTED), ({P.RETRACTED}, RequestState.RETRACTED),
])
def test_the_state_of_a_request_is_a_fold(states: set[PartState], folded: RequestState) -> None:
    assert folded_state(frozenset(states)) is folded
