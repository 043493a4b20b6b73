"""The ship gate and what comes back: one of ship and cancel wins, strays move no money, returns are paid once."""

from datetime import timedelta

from countermand.decide.refusal import No, Refusal
from countermand.decide.ship_gate import Passed
from countermand.model.fulfilment import Stage
from countermand.model.payment import DutyState
from countermand.model.policy import Terms
from countermand.model.request import CaseState, Decline, GoodsState, Outcome, PartState
from tests.decide.scene import START, Scene, at_stage


def refusal(result: Passed | Refusal) -> No:
    assert isinstance(result, Refusal)
    return result.no


def test_a_claim_ships_what_is_open() -> None:
    scene = Scene()
    passed = scene.goods("despatched", "claim")
    assert isinstance(passed, Passed) and passed.ship == {"1": 3}
    assert scene.units() == (0, 0, 0, 3)
    assert refusal(scene.goods("despatched", "claim")) is No.ALREADY_DESPATCHED


def test_a_claim_for_a_cancelled_order_is_refused() -> None:
    scene = Scene()
    scene.ask()
    assert refusal(scene.goods("despatched", "claim")) is No.ORDER_CANCELLED


def test_a_claim_without_lines_must_be_told_that_the_lines_changed() -> None:
    scene = Scene()
    scene.ask({"1": 1})
    refused = scene.goods("despatched", "claim")
    assert isinstance(refused, Refusal) and refused.no is No.LINES_CHANGED
    assert refused.facts["lines"] == [{"line": "1", "open": 2, "held": 0, "cancelled": 1}]
    passed = scene.goods("despatched", "claim", {"1": 2})
    assert isinstance(passed, Passed) and passed.ship == {"1": 2} and passed.do_not_ship == {"1": 1}


def test_a_claim_for_what_is_being_decided_is_on_hold() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask({"1": 1})
    refused = scene.goods("despatched", "claim")
    assert isinstance(refused, Refusal) and refused.no is No.ORDER_ON_HOLD
    assert refused.facts["case"] == scene.order.cases[0].id
    assert refused.facts["answer_by"] == scene.order.cases[0].answer_by
    assert refusal(scene.goods("despatched", "claim", {"1": 4})) is No.ORDER_ON_HOLD


def test_during_the_grace_period_the_units_cannot_be_released() -> None:
    scene = Scene(terms=Terms(grace=timedelta(minutes=10)))
    scene.ask()
    assert refusal(scene.goods("released", "claim")) is No.ORDER_CANCELLED
    assert scene.order.fulfilment_orders[0].stage is Stage.UNRELEASED


def test_a_granted_claim_that_did_not_ship_can_be_withdrawn_until_a_scan() -> None:
    scene = Scene()
    scene.goods("despatched", "claim")
    assert isinstance(scene.goods("claim_withdrawn"), Passed)
    assert scene.units() == (3, 0, 0, 0)
    scene.ask({"1": 1})
    assert scene.part().outcome is Outcome.AWAITING_APPROVAL, "it was packed by then"
    scene = Scene()
    scene.goods("despatched", "claim")
    scene.goods("despatched")
    assert scene.units() == (0, 0, 0, 3), "the report confirms the claim"
    assert refusal(scene.goods("claim_withdrawn")) is No.CLAIM_CONFIRMED


def test_a_report_overtakes_what_is_held() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask({"1": 1})
    scene.goods("despatched")
    assert scene.units() == (0, 0, 0, 3)
    assert scene.part().reason is Decline.ALREADY_DESPATCHED
    assert scene.part().goods is GoodsState.REFUSE_ON_DELIVERY_ADVISED
    assert scene.order.cases[0].state is CaseState.OVERTAKEN
    assert scene.order.duties == ()


def test_stages_are_never_lowered() -> None:
    scene = Scene()
    scene.goods("packed")
    scene.goods("picking")
    assert scene.order.fulfilment_orders[0].stage is Stage.PACKED


def test_a_cancelled_unit_that_is_reported_opens_a_stray_parcel_and_changes_no_money() -> None:
    scene = Scene()
    scene.ask()
    duties = scene.order.duties
    scene.goods("despatched", tracking="T1")
    [parcel] = scene.order.parcels
    assert parcel.stray and scene.part().goods is GoodsState.STRAY
    assert scene.units() == (0, 0, 3, 0)
    scene.goods("despatched")
    assert len(scene.order.parcels) == 1, "the stray is known"
    scene.goods("refused", of=parcel.id)
    scene.goods("returned", of=parcel.id)
    assert scene.part().goods is GoodsState.RETURNED
    assert scene.order.duties == duties
    assert counts_returned(scene) == 0


def counts_returned(scene: Scene) -> int:
    return sum(row.returned for each in scene.order.fulfilment_orders for row in each.lines)


def test_A9_too_late_refused_at_the_door_returned_refunded_once() -> None:
    scene = Scene(at_stage("despatched"))
    scene.ask()
    assert scene.order.duties == ()
    scene.goods("refused")
    assert scene.order.duties == (), "nothing is refunded before the goods are back"
    scene.goods("returned")
    assert scene.part().state is PartState.EXECUTING
    [duty] = scene.order.duties
    assert (duty.amount, duty.state, duty.due_at) == (4465, DutyState.PLANNED, START)
    scene.goods("returned")
    assert len(scene.order.duties) == 1 and counts_returned(scene) == 3


def test_B07_a_return_nobody_asked_for_is_a_worklist_row_and_moves_no_money() -> None:
    scene = Scene(at_stage("despatched"))
    scene.goods("returned")
    assert [item.kind for item in scene.order.work] == ["unexpected_return"]
    assert scene.order.duties == () and counts_returned(scene) == 0


def test_a_return_of_goods_that_never_left_names_the_wrong_order() -> None:
    scene = Scene()
    scene.goods("returned")
    assert [item.kind for item in scene.order.work] == ["unexpected_return"]
    assert scene.units() == (3, 0, 0, 0)


def test_lost_goods_count_as_returned_for_the_money() -> None:
    scene = Scene(at_stage("despatched"))
    scene.ask()
    scene.goods("lost")
    assert scene.part().goods is GoodsState.LOST and [duty.amount for duty in scene.order.duties] == [4465]


