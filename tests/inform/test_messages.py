"""Which letters a commit causes: those that the difference of the two orders gives, each once."""

from dataclasses import replace

import pytest

from countermand.decide.transitions import transitions
from countermand.inform.messages import Template, messages_for, order_link
from countermand.model.event import Message
from countermand.model.fulfilment import Control
from countermand.model.order import Order, with_duty
from countermand.model.payment import DutyState
from countermand.model.policy import Terms
from countermand.model.request import Kind, Role
from tests.decide.scene import Scene, at_stage, sample


class Told:
    """A scene, and the letters that each of its verbs causes."""

    def __init__(self, *args, **kwargs) -> None:
        self.scene = Scene(*args, **kwargs)
        self.seen: Order = self.scene.order
        self.all: list[Message] = []

    def since(self) -> list[str]:
        """The templates of the letters that the last verb caused."""
        before, self.seen = self.seen, self.scene.order
        made = messages_for(before, self.seen, transitions(before, self.seen), self.scene.now)
        self.all += made
        return sorted(f"{each.audience}: {each.template}" for each in made)


def test_goods_that_are_stopped_at_once_are_told_in_one_letter() -> None:
    told = Told()
    told.scene.ask()
    assert told.since() == ["customer: cancelled"]


def test_a_part_of_an_order_is_told_as_a_part() -> None:
    told = Told()
    told.scene.ask({"1": 1})
    assert told.since() == ["customer: partly_cancelled"]


def test_in_the_grace_period_the_request_is_received_and_then_cancelled() -> None:
    from datetime import timedelta

    told = Told(terms=Terms(grace=timedelta(minutes=10)))
    told.scene.ask()
    assert told.since() == ["customer: request_received"]
    told.scene.wait(minutes=11)
    assert told.since() == ["customer: cancelled"]


def test_whoever_holds_the_goods_is_asked_and_the_customer_told_so() -> None:
    told = Told(at_stage("picking"))
    told.scene.ask()
    assert told.since() == ["customer: awaiting", "holder: holder_new_case"]
    told.scene.answer(False, "already_packed")
    assert told.since() == ["customer: declined"]


def test_a_yes_of_the_holder_leads_to_the_letter_that_it_is_cancelled() -> None:
    told = Told(at_stage("picking"))
    told.scene.ask()
    told.since()
    told.scene.answer(True)
    assert told.since() == ["customer: cancelled"]


def test_what_has_shipped_is_declined() -> None:
    told = Told(at_stage("despatched"))
    told.scene.ask()
    assert told.since() == ["customer: declined"]


def test_a_despatch_that_overtakes_the_question_is_told_as_a_parcel_to_refuse() -> None:
    told = Told(at_stage("packed"))
    told.scene.ask()
    told.since()
    told.scene.goods("despatched")
    assert told.since() == ["customer: refuse_parcel"]


def test_a_request_taken_back_is_told() -> None:
    told = Told(at_stage("picking"))
    told.scene.ask()
    told.since()
    told.scene.retract()
    assert told.since() == ["customer: retracted"]


def test_a_stray_parcel_is_to_be_refused_and_its_return_told() -> None:
    told = Told()
    told.scene.ask()
    told.since()
    told.scene.goods("despatched", tracking="JD01")
    assert told.since() == ["customer: refuse_parcel"]
    told.scene.goods("returned")
    assert told.since() == ["customer: returned"]


def test_a_withdrawal_gets_its_receipt_and_no_other_confirmation() -> None:
    told = Told(at_stage("delivered"))
    told.scene.ask(kind=Kind.WITHDRAWAL)
    assert told.since() == ["customer: withdrawal_receipt"]


@pytest.mark.parametrize(
    ("state", "letters"),
    [
        (DutyState.REFUNDED, ["customer: refund_sent"]),
        (DutyState.FAILED, ["customer: refund_problem"]),
        (DutyState.MANUAL_REQUIRED, ["customer: refund_problem", "merchant: merchant_attention"]),
        (DutyState.SUBMITTED, []),
    ],
)
def test_money_is_told_when_it_went_or_when_it_is_stuck(state: DutyState, letters: list[str]) -> None:
    told = Told()
    told.scene.ask()
    told.since()
    told.scene.order = with_duty(told.scene.order, replace(told.scene.order.duties[0], state=state))
    assert told.since() == letters


def test_every_letter_has_a_key_of_its_own_and_nothing_is_told_twice() -> None:
    told = Told(at_stage("picking"))
    told.scene.ask({"1": 1})
    told.since()
    told.scene.ask({"1": 1})
    told.since()
    told.scene.answer(True)
    told.since()
    told.scene.answer(False, "loaded", case=2)
    told.since()
    keys = [message.dedupe for message in told.all]
    assert len(keys) == len(set(keys)) == 6
    assert told.since() == []


def test_without_an_address_the_customer_is_told_nothing_and_the_holder_is_asked() -> None:
    told = Told(at_stage("picking", customer={"name": "Ana Silva"}))
    told.scene.ask()
    assert told.since() == ["holder: holder_new_case"]


def test_what_the_shop_itself_took_out_the_shop_itself_tells() -> None:
    told = Told()
    told.scene.ask(role=Role.PLATFORM)
    assert told.since() == []


def test_an_order_that_comes_in_causes_no_letter() -> None:
    order = Scene(sample()).order
    assert messages_for(None, order, transitions(None, order), order.placed_at) == ()


def test_a_link_is_sent_as_often_as_it_is_asked_for() -> None:
    scene = Scene(control=Control.CONFIRM)
    first = order_link(scene.order, scene.now)
    scene.wait(minutes=1)
    again = order_link(scene.order, scene.now)
    assert first.template == Template.ORDER_LINK
    assert first.dedupe != again.dedupe
