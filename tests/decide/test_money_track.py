"""The money track is one table: every pair that it has is walked, every other is refused."""

import itertools

import pytest

from countermand.decide.duties import advance_duty
from countermand.model.payment import NEXT_DUTY, SETTLED, Duty, DutyKind, DutyState
from countermand.model.request import IllegalTransition
from tests.decide.money_world import NOW

TABLE = """
not_due planned|paused|void_pending|limit_pending
planned pending|superseded|paused
pending submitted
submitted refunded|failed
refunded failed
failed pending|manual_required
manual_required refunded|written_off
paused pending|superseded
void_pending voided|pending|manual_required
voided planned
limit_pending limited|planned|superseded|manual_required
limited planned
written_off
superseded
"""
"""DESIGN section 3, written down a second time."""

ALLOWED = {
    (DutyState(source), DutyState(target))
    for source, _, targets in (row.partition(" ") for row in TABLE.split("\n") if row)
    for target in targets.split("|")
    if target
}


@pytest.mark.parametrize(("source", "target"), tuple(itertools.product(DutyState, DutyState)))
def test_a_duty_moves_along_the_table_and_nowhere_else(source: DutyState, target: DutyState) -> None:
    duty = Duty("rf_a-1", "cr_a", DutyKind.REFUND, 100, source, 1, NOW)
    if (source, target) in ALLOWED:
        assert advance_duty(duty, target).state is target
    else:
        with pytest.raises(IllegalTransition):
            advance_duty(duty, target)


def test_every_state_has_its_row() -> None:
    assert set(NEXT_DUTY) == set(DutyState)


def test_money_that_is_neither_settled_nor_waiting_always_has_a_way_on() -> None:
    assert all(NEXT_DUTY[state] for state in DutyState if state not in SETTLED)
