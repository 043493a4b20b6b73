"""The way of a request through the rules: decided, held, asked, answered, stopped, too late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.decide.conclude import conclude, tick
from countermand.decide.refusal import No, Refusal
from countermand.model.fulfilment import Control, Stage
from countermand.model.policy import Override, Terms
from countermand.model.request import (
    Answerer,
    CaseState,
    Decline,
    GoodsState,
    NextStep,
    Outcome,
    PartState,
    Request,
    Role,
    Silence,
)
from tests.decide.scene import START, Scene, at_stage, sample


@pytest.mark.parametrize(
    ("stage", "outcome", "state", "goods"),
    [
        ("unreleased", Outcome.APPROVED, PartState.EXECUTING, GoodsState.STOPPED),
        ("released", Outcome.AWAITING_APPROVAL, PartState.AWAITING_APPROVAL, GoodsState.HOLD_REQUESTED),
        ("picking", Outcome.AWAITING_APPROVAL, PartState.AWAITING_APPROVAL, GoodsState.HOLD_REQUESTED),
        ("packed", Outcome.AWAITING_APPROVAL, PartState.AWAITING_APPROVAL, GoodsState.HOLD_REQUESTED),
        ("despatched", Outcome.DECLINED, PartState.DECLINED, GoodsState.REFUSE_ON_DELIVERY_ADVISED),
        ("delivered", Outcome.DECLINED, PartState.DECLINED, GoodsState.DELIVERED),
    ],
)
def test_a_new_merchants_policy_answers_by_stage(
    stage: str, outcome: Outcome, state: PartState, goods: GoodsState
) -> None:
    scene = Scene(at_stage(stage))
    request = scene.ask()
    assert isinstance(request, Request)
    [part] = request.parts
    assert (part.outcome, part.state, part.goods) == (outcome, state, goods)


def test_a_declined_part_says_why_until_when_and_what_to_do() -> None:
    scene = Scene(at_stage("despatched"))
    scene.ask()
    assert scene.part().reason is Decline.ALREADY_DESPATCHED
    assert scene.part().next_step is NextStep.REFUSE_ON_DELIVERY
    assert scene.part().until == START


def test_the_window_binds_the_customer_and_not_the_merchant() -> None:
    terms = Terms(window=timedelta(hours=1))
    scene = Scene(terms=terms)
    scene.wait(hours=1)
    scene.ask({"1": 1})
    assert scene.part().reason is Decline.WINDOW_CLOSED
    assert scene.part().until == START + timedelta(hours=1)
    scene.ask({"1": 1}, role=Role.MERCHANT)
    assert scene.part(request=2).state is PartState.EXECUTING


def test_units_are_taken_earliest_stage_first() -> None:
    body = sample(fulfilment_orders=[
        {"id": "F1", "holder": "main", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]},
        {"id": "F2", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 1}]},
    ])
    scene = Scene(body)
    scene.ask({"1": 2})
    assert [(part.fulfilment_order, part.quantity, part.outcome) for part in scene.request().parts] == [
        ("F2", 1, Outcome.APPROVED), ("F1", 1, Outcome.AWAITING_APPROVAL),
    ]


def test_more_than_is_left_is_a_declined_part() -> None:
    scene = Scene()
    scene.ask({"1": 2})
    scene.ask({"1": 3})
    assert [(part.quantity, part.reason) for part in scene.request(2).parts] == [
        (1, None), (2, Decline.NOT_ENOUGH_LEFT)
    ]


def test_only_held_units_left_are_already_requested() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask()
    scene.ask()
    assert scene.part(request=2).reason is Decline.ALREADY_REQUESTED


def test_nothing_to_cancel_only_if_no_unit_is_open_held_or_despatched() -> None:
    scene = Scene()
    scene.ask()
    refused = scene.ask()
    assert isinstance(refused, Refusal) and refused.no is No.NOTHING_TO_CANCEL


def test_the_grace_period_holds_and_can_be_retracted_until_it_ends() -> None:
    scene = Scene(terms=Terms(grace=timedelta(minutes=10)))
    scene.ask({"1": 1})
    assert scene.part().state is PartState.APPROVED and scene.units() == (2, 1, 0, 0)
    assert scene.order.duties == ()
    assert scene.retract() is None
    assert scene.part().state is PartState.RETRACTED and scene.units() == (3, 0, 0, 0)
    assert scene.retract() is None, "a second retraction is no mistake"
    scene.ask({"1": 1})
    scene.wait(minutes=10)
    assert scene.part(request=2).state is PartState.EXECUTING and scene.units() == (2, 0, 1, 0)
    refused = scene.retract(2)
    assert refused is not None and refused.no is No.TOO_LATE_TO_RETRACT


def test_a_holders_yes_stops_the_goods() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask({"1": 2})
    assert scene.answer(True) is None
    assert scene.order.cases[0].state is CaseState.ANSWERED
    assert scene.part().goods is GoodsState.STOPPED and scene.units() == (1, 0, 2, 0)


def test_a_partial_yes_splits_the_part() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask({"1": 3})
    assert scene.answer(True, "already_packed", {"1": 2}) is None
    assert sorted((part.quantity, part.outcome, part.reason) for part in scene.request().parts) == [
        (1, Outcome.DECLINED, Decline.ALREADY_PACKED), (2, Outcome.APPROVED, None),
    ]
    assert scene.units() == (1, 0, 2, 0)


def test_one_answer_wins() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask()
    scene.answer(False, "loaded")
    refused = scene.answer(True)
    assert refused is not None and refused.no is No.CASE_ALREADY_ANSWERED
    assert refused.facts["answered_by"] == "Sam" and refused.facts["answered_at"] == START
    assert scene.part().reason is Decline.LOADED and scene.units() == (3, 0, 0, 0)


@pytest.mark.parametrize(
    ("silence", "state"),
    [(Silence.DECLINE, PartState.DECLINED), (Silence.APPROVE, PartState.APPROVED)],
)
def test_silence_means_what_the_policy_says(silence: Silence, state: PartState) -> None:
    scene = Scene(at_stage("packed"), terms=Terms(on_silence=silence))
    scene.ask()
    scene.wait(hours=4)
    assert scene.order.cases[0].state is CaseState.EXPIRED
    assert scene.part().state is state
    assert scene.units()[2] == 0, "silence says yes, not that the goods are stopped"


def test_a_silent_yes_waits_for_the_stop_to_be_confirmed() -> None:
    scene = Scene(at_stage("packed"), terms=Terms(on_silence=Silence.APPROVE))
    scene.ask()
    scene.wait(hours=4)
    assert [item.kind for item in scene.order.work if item.closed_at is None] == ["stop_to_confirm"]
    scene.goods("stopped")
    assert scene.part().goods is GoodsState.STOPPED and scene.units() == (0, 0, 3, 0)
    assert all(item.closed_at is not None for item in scene.order.work)


def test_escalation_asks_the_merchant_once_and_then_the_final_default_holds() -> None:
    scene = Scene(at_stage("packed"), terms=Terms(on_silence=Silence.ESCALATE, final_default=Silence.DECLINE))
    scene.ask()
    scene.wait(hours=4)
    case = scene.order.cases[0]
    assert (case.state, case.answerer, case.escalated) == (CaseState.OPEN, Answerer.MERCHANT, True)
    assert scene.part().answer_by == START + timedelta(hours=6)
    scene.wait(hours=2)
    assert scene.part().reason is Decline.ANSWER_OVERDUE


def test_both_deadlines_may_pass_in_one_step() -> None:
    scene = Scene(at_stage("packed"), terms=Terms(on_silence=Silence.ESCALATE))
    scene.ask()
    scene.wait(days=3)
    assert scene.part().state is PartState.DECLINED


def test_more_time_is_given_once() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask()
    assert scene.more_time() is None
    assert scene.part().answer_by == START + timedelta(hours=4, minutes=10)
    refused = scene.more_time()
    assert refused is not None and refused.no is No.NO_MORE_TIME


def test_a_retraction_closes_the_case_as_overtaken() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask()
    scene.retract()
    assert scene.order.cases[0].state is CaseState.OVERTAKEN
    refused = scene.answer(True)
    assert refused is not None and refused.no is No.CASE_CLOSED


def test_all_or_nothing_asks_for_all_and_one_partial_yes_declines_all() -> None:
    body = sample(fulfilment_orders=[
        {"id": "F1", "holder": "main", "stage": "packed", "lines": [{"line": "1", "quantity": 2}]},
        {"id": "F2", "holder": "main", "stage": "unreleased", "lines": [{"line": "1", "quantity": 1}]},
    ])
    scene = Scene(body)
    scene.ask(all_or_nothing=True)
    assert {part.outcome for part in scene.request().parts} == {Outcome.AWAITING_APPROVAL}
    scene.answer(True, case=1)
    assert scene.units() == (0, 3, 0, 0), "the pivot waits for the last answer"
    scene.answer(False, "loaded", case=2)
    assert {part.state for part in scene.request().parts} == {PartState.DECLINED}
    assert scene.units() == (3, 0, 0, 0)


def test_all_or_nothing_declines_all_if_one_is_declined() -> None:
    scene = Scene()
    scene.ask({"1": 1})
    scene.ask({"1": 3}, all_or_nothing=True)
    assert {part.reason for part in scene.request(2).parts} == {Decline.ALL_OR_NOTHING, Decline.NOT_ENOUGH_LEFT}


def test_a_gate_holder_needs_no_confirmation() -> None:
    scene = Scene(at_stage("picking"), control=Control.GATE, terms=Terms(automatic_until=Stage.PACKED))
    scene.ask()
    assert scene.part().goods is GoodsState.STOPPED


def test_a_holder_who_only_reports_gets_time_for_a_late_report() -> None:
    terms = Terms(automatic_until=Stage.PACKED, stop_settle=timedelta(hours=1))
    scene = Scene(at_stage("picking"), control=Control.NONE, terms=terms)
    scene.ask()
    assert scene.part().goods is GoodsState.HOLD_REQUESTED
    scene.wait(minutes=59)
    assert scene.units() == (0, 3, 0, 0)
    scene.wait(minutes=1)
    assert scene.part().goods is GoodsState.STOPPED


def test_soft_limits_ask_the_merchant() -> None:
    scene = Scene(terms=Terms(value_limit=1000))
    scene.ask({"1": 1})
    assert scene.order.cases[0].answerer is Answerer.MERCHANT
    scene = Scene(terms=Terms(velocity_limit=2))
    scene.ask({"1": 1}, recent=2)
    assert scene.part().outcome is Outcome.AWAITING_APPROVAL


def test_overrides_hold_for_seller_country_and_tag() -> None:
    final = Override({"cancellable": False}, tag="final_sale")
    body = sample()
    body["lines"][0]["tags"] = ["final_sale"]
    scene = Scene(body, overrides=(final,))
    scene.ask()
    assert scene.part().reason is Decline.NOT_CANCELLABLE
    scene = Scene(overrides=(Override({"automatic_until": None}, country="DE"),))
    scene.ask()
    assert scene.part().outcome is Outcome.AWAITING_APPROVAL


def test_partial_cancels_can_be_forbidden() -> None:
    scene = Scene(terms=Terms(partial_allowed=False))
    scene.ask({"1": 1})
    assert (scene.part().reason, scene.part().next_step) == (
        Decline.PARTIAL_NOT_ALLOWED, NextStep.CANCEL_WHOLE_ORDER
    )
    scene.ask({"1": 3})
    assert scene.part(request=2).state is PartState.EXECUTING


def test_D19_an_indivisible_set_goes_whole_or_not_at_all() -> None:
    lines = [
        {"id": each, "sku": each, "title": each, "quantity": 1, "unit_price": 1000,
         "bundle": {"id": "set", "divisible": False}}
        for each in ("cup", "saucer")
    ]
    body = sample(lines=lines, shipping=None, fulfilment_orders=None,
                  payments=[{"id": "p1", "provider": "sandbox", "reference": "r", "captured": 2000}])
    scene = Scene(body)
    scene.ask({"cup": 1})
    assert (scene.part().reason, scene.part().next_step) == (
        Decline.BUNDLE_INDIVISIBLE, NextStep.CANCEL_WHOLE_SET
    )
    scene.ask({"cup": 1, "saucer": 1})
    assert {part.state for part in scene.request(2).parts} == {PartState.EXECUTING}


# What follows


def test_conclude_is_idempotent_and_time_alone_changes_nothing_settled() -> None:
    scene = Scene(at_stage("packed"), terms=Terms(on_silence=Silence.ESCALATE))
    scene.ask({"1": 1})
    for hours in (0, 1, 4, 7, 400):
        scene.wait(hours=hours)
        again = conclude(scene.order, scene.policies, scene.now)
        assert again == scene.order
        assert tick(again, scene.policies, scene.now) == again


def test_an_unpaid_order_completes_at_once() -> None:
    body = sample(payments=[{"id": "p1", "provider": "sandbox", "reference": "r", "state": "pending"}])
    scene = Scene(body)
    scene.ask()
    assert scene.part().state is PartState.COMPLETED and scene.order.duties == ()


def test_a_request_knows_when_it_must_be_looked_at_again() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask()
    assert scene.request().due_at == START + timedelta(hours=4)
    scene.answer(False)
    assert scene.request().due_at is None
    scene = Scene(terms=replace(Terms(), grace=timedelta(minutes=10)))
    scene.ask()
    assert scene.request().due_at == START + timedelta(minutes=10)
