"""The withdrawal: approved by law, whatever the policy says; the goods only decide the way of the money."""

from datetime import timedelta

from countermand.model.payment import DutyState
from countermand.model.policy import Terms
from countermand.model.request import Decline, GoodsState, Kind, PartState
from tests.decide.scene import START, Scene, at_stage, sample


def test_a_withdrawal_is_approved_by_law_whatever_the_policy_says() -> None:
    terms = Terms(window=timedelta(seconds=1), automatic_until=None, ask_until=None, grace=timedelta(hours=1),
                  cancellable=False, askers=frozenset(), value_limit=0)
    scene = Scene(terms=terms)
    scene.wait(days=1)
    scene.ask(kind=Kind.WITHDRAWAL)
    assert scene.part().goods is GoodsState.STOPPED and [duty.amount for duty in scene.order.duties] == [4465]


def test_a_withdrawal_after_despatch_is_executing_and_paid_at_the_return() -> None:
    scene = Scene(at_stage("despatched"))
    scene.ask(kind=Kind.WITHDRAWAL)
    part = scene.part()
    assert (part.state, part.goods) == (PartState.EXECUTING, GoodsState.REFUSE_ON_DELIVERY_ADVISED)
    [duty] = scene.order.duties
    assert (duty.state, duty.amount, duty.due_by) == (DutyState.NOT_DUE, 4465, START + timedelta(days=14))
    scene.goods("returned")
    assert [each.state for each in scene.order.duties] == [DutyState.PLANNED]


def test_units_under_a_live_withdrawal_cannot_be_taken_again() -> None:
    scene = Scene(at_stage("despatched"))
    scene.ask(kind=Kind.WITHDRAWAL)
    scene.ask(kind=Kind.WITHDRAWAL)
    assert scene.part(request=2).reason is Decline.ALREADY_REQUESTED


def test_withdrawn_goods_that_are_reported_after_all_stay_executing() -> None:
    scene = Scene(at_stage("packed"))
    scene.ask(kind=Kind.WITHDRAWAL)
    assert scene.part().state is PartState.APPROVED, "the law says yes, not that the goods are stopped"
    scene.goods("despatched")
    assert (scene.part().state, scene.part().goods) == (
        PartState.EXECUTING, GoodsState.REFUSE_ON_DELIVERY_ADVISED
    )


def test_withdrawn_goods_that_are_kept_need_attention() -> None:
    scene = Scene(at_stage("delivered"))
    scene.ask(kind=Kind.WITHDRAWAL)
    scene.wait(days=14)
    assert (scene.part().state, scene.part().goods) == (PartState.NEEDS_ATTENTION, GoodsState.KEPT)
    scene.goods("returned")
    assert [duty.state for duty in scene.order.duties] == [DutyState.PLANNED]


def test_an_exempt_tag_declines_with_the_named_exception() -> None:
    body = sample()
    body["lines"][0]["tags"] = ["personalised"]
    scene = Scene(body)
    scene.ask(kind=Kind.WITHDRAWAL)
    assert scene.part().reason is Decline.EXEMPT_PERSONALISED


