"""The saga through the real store and the real sandbox: what follows from a cancellation happens once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.execute.saga import ATTEMPTS, run_saga
from countermand.execute.steps.payments import introduced
from countermand.model.money import Money
from countermand.model.payment import DutyState, PaymentState
from countermand.model.plan import StepKind, StepState
from countermand.model.request import GoodsState, PartState
from countermand.plugins.sandbox.behaviour import ALWAYS, Behaviour
from countermand.store.port import Claim
from tests.shop import Shop


async def test_a_whole_cancel_gives_back_money_and_stock_and_closes_the_lines(shop: Shop) -> None:
    await shop.order()
    request = await shop.cancel()
    [line] = request["lines"]
    assert (request["state"], line["goods"], request["money"]["refund"]) == ("executing", "stopped", 4465)
    await shop.work()
    order = await shop.load()
    assert order.requests[0].parts[0].state is PartState.COMPLETED
    assert await shop.refunded() == order.payments[0].refunded == 4465
    assert await shop.platform.stock("acme", "1042") == {"1": 3}
    assert await shop.platform.closed("acme", "1042") == {"1": 3}


async def test_a_partial_refund_waits_for_the_rest_to_be_despatched(shop: Shop) -> None:
    await shop.order()
    request = await shop.cancel({"1": 1})
    assert request["money"]["when"] == "after_remaining_despatched"
    await shop.work()
    assert await shop.refunded() == 0
    await shop.goods("despatched")
    await shop.work()
    assert await shop.refunded() == 1290
    assert (await shop.load()).requests[0].parts[0].state is PartState.COMPLETED


async def test_a_partial_refund_leaves_at_the_latest_when_the_policy_says(shop: Shop) -> None:
    await shop.order()
    await shop.cancel({"1": 1})
    await shop.wait(days=13, hours=23)
    assert await shop.refunded() == 0
    await shop.wait(hours=1)
    assert await shop.refunded() == 1290


async def test_an_authorisation_is_voided_and_nothing_refunded(shop: Shop) -> None:
    await shop.order(payments=[
        {"id": "p1", "provider": "sandbox", "reference": "pi_123", "state": "authorised", "authorised": 4465}
    ])
    request = await shop.cancel()
    assert (request["money"]["refund"], request["money"]["void"]) == (0, 4465)
    await shop.work()
    order = await shop.load()
    assert order.payments[0].state is PaymentState.VOIDED
    assert order.requests[0].parts[0].state is PartState.COMPLETED


async def test_C12_a_void_that_finds_it_captured_refunds_once(shop: Shop) -> None:
    await shop.order(payments=[
        {"id": "p1", "provider": "sandbox", "reference": "pi_123", "state": "authorised", "authorised": 4465}
    ])
    await shop.cancel()
    order = await shop.load()
    plugin, reference = await introduced(shop.ctx, order, order.payments[0])
    await plugin.observe(reference, "captured", Money(4465, "EUR"), event_id="elsewhere")
    await shop.work()
    assert await shop.refunded() == 4465
    assert (await shop.load()).payments[0].refunded == 4465


async def test_C10_a_capture_after_the_void_is_refunded_once(shop: Shop) -> None:
    await shop.order(payments=[
        {"id": "p1", "provider": "sandbox", "reference": "pi_123", "state": "authorised", "authorised": 4465}
    ])
    await shop.cancel()
    await shop.work()
    await shop.money("captured", 4465)
    await shop.money("captured", 4465)
    await shop.work()
    assert await shop.refunded() == 4465
    order = await shop.load()
    assert order.requests[0].parts[0].state is PartState.COMPLETED


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(lose_answer=1), Behaviour(timeout_after_work=40.0, lose_answer=1), Behaviour(transient=3),
        Behaviour(lose_answer=3), Behaviour(lose_answer=2, blind=1),
    ],
    ids=["answer lost", "timeout after the work", "transient", "lost thrice", "lost, then find is blind"],
)
async def test_C01_however_the_provider_fails_the_money_goes_back_once(shop: Shop, behaviour: Behaviour) -> None:
    await shop.order()
    await shop.behave("payment.refund", behaviour)
    await shop.cancel()
    for _ in range(ATTEMPTS):
        await shop.wait(minutes=20)
    assert await shop.refunded() == 4465
    order = await shop.load()
    assert order.payments[0].refunded == 4465
    assert {duty.state for duty in order.duties} == {DutyState.REFUNDED}
    assert len({step.generation for step in order.steps if step.kind is StepKind.REFUND}) == 1, "the key stays"


async def test_C04_definite_refusals_end_with_a_human_and_a_new_key_each(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(refuse="account_closed"))
    await shop.cancel()
    for _ in range(6):
        await shop.wait(hours=1)
    order = await shop.load()
    assert [duty.state for duty in order.duties] == [DutyState.MANUAL_REQUIRED]
    assert order.requests[0].parts[0].state is PartState.NEEDS_ATTENTION
    assert [item.kind for item in order.work if item.closed_at is None] == ["refund_by_hand"]
    assert "account_closed" in (order.duties[0].failure or "")
    generations = [step.generation for step in order.steps if step.kind is StepKind.REFUND]
    assert len(set(generations)) == len(generations) == 3
    await shop.money("refunded", 4465, reference="paid by hand")
    order = await shop.load()
    assert order.requests[0].parts[0].state is PartState.COMPLETED
    assert [item for item in order.work if item.closed_at is None] == []


async def test_a_provider_without_a_plugin_is_for_a_human(shop: Shop) -> None:
    await shop.order(payments=[{"id": "p1", "provider": "cheque", "reference": "c1", "captured": 4465}])
    await shop.cancel()
    await shop.work()
    order = await shop.load()
    assert [duty.state for duty in order.duties] == [DutyState.MANUAL_REQUIRED]
    assert order.requests[0].parts[0].state is PartState.NEEDS_ATTENTION


async def test_C15_the_providers_notice_before_our_answer_counts_once(shop: Shop) -> None:
    await shop.order()
    await shop.behave("payment.refund", Behaviour(lose_answer=1))
    request = await shop.cancel()
    await shop.work()
    assert (await shop.load()).duties[0].state is DutyState.SUBMITTED
    landed = await shop.payments.find("pi_123_1042", key=f"acme/{request['id']}/refund/p1/1")
    assert landed is not None
    await shop.money("refunded", 4465, reference=landed.reference)
    await shop.wait(minutes=20)
    order = await shop.load()
    assert (order.payments[0].refunded, await shop.refunded()) == (4465, 4465)
    assert order.requests[0].parts[0].state is PartState.COMPLETED


async def test_C18_a_refund_in_the_providers_dashboard_takes_the_place_of_ours(shop: Shop) -> None:
    await shop.order()
    await shop.cancel({"1": 1})
    await shop.money("refunded", 1290, reference="dashboard")
    await shop.goods("despatched")
    await shop.work()
    order = await shop.load()
    assert (order.payments[0].refunded, await shop.refunded()) == (1290, 1290)
    assert [duty.state for duty in order.duties] == [DutyState.SUPERSEDED]


async def test_C19_a_dispute_pauses_the_refund(shop: Shop) -> None:
    await shop.order()
    await shop.cancel({"1": 1})
    await shop.money("dispute_opened", 0)
    await shop.goods("despatched")
    await shop.work()
    order = await shop.load()
    assert [duty.state for duty in order.duties] == [DutyState.PAUSED] and await shop.refunded() == 0
    assert [item.kind for item in order.work if item.closed_at is None] == ["refund_paused"]


async def test_C07_a_refund_that_fails_days_later_reopens_its_duty(shop: Shop) -> None:
    await shop.order()
    await shop.cancel()
    await shop.work()
    order = await shop.load()
    await shop.money("refund_failed", 4465, reference=order.duties[0].reference)
    order = await shop.load()
    assert order.requests[0].parts[0].state is PartState.NEEDS_ATTENTION
    assert order.payments[0].refunded == 0


async def test_a_plugin_holder_is_asked_to_stop_and_its_receipt_is_the_pivot(wired: Shop) -> None:
    await wired.policy(automatic_until="packed")
    await wired.at_stage("picking")
    request = await wired.cancel()
    assert request["lines"][0]["state"] == "approved"
    await wired.work()
    order = await wired.load()
    assert await wired.warehouse.state("acme", "1042", "F1") == "cancelled"
    assert [step.state for step in order.steps if step.kind is StepKind.STOP] == [StepState.DONE]
    assert order.requests[0].parts[0].state is PartState.COMPLETED and await wired.refunded() == 4465


async def test_H02_a_stop_that_comes_too_late_declines_and_moves_no_money(wired: Shop) -> None:
    await wired.policy(automatic_until="packed")
    await wired.at_stage("packed")
    await wired.warehouse.despatch("acme", "1042", "F1")
    await wired.cancel()
    await wired.work()
    part = (await wired.load()).requests[0].parts[0]
    assert (part.state, part.goods) == (PartState.DECLINED, GoodsState.REFUSE_ON_DELIVERY_ADVISED)
    assert await wired.refunded() == 0


async def test_a_hold_is_undone_when_the_answer_is_no(wired: Shop) -> None:
    await wired.at_stage("packed")
    await wired.cancel()
    await wired.work()
    assert await wired.warehouse.state("acme", "1042", "F1") == "held"
    assert (await wired.load()).requests[0].parts[0].goods is GoodsState.HOLD_CONFIRMED
    await wired.answer(False, "loaded")
    await wired.work()
    assert await wired.warehouse.state("acme", "1042", "F1") == "working"


async def test_B15_a_warehouse_that_does_not_answer_ends_with_a_human_and_no_false_cancelled(wired: Shop) -> None:
    await wired.policy(automatic_until="packed")
    await wired.at_stage("packed")
    await wired.behave("fulfilment.cancel", Behaviour(transient=ALWAYS))
    await wired.cancel()
    for _ in range(ATTEMPTS + 2):
        await wired.wait(minutes=20)
    order = await wired.load()
    assert [item.kind for item in order.work if item.closed_at is None] == ["step_failed"]
    assert order.fulfilment_orders[0].lines[0].cancelled == 0
    await wired.goods("stopped")
    await wired.work()
    assert await wired.refunded() == 4465


async def test_silence_is_found_by_the_runner(shop: Shop) -> None:
    await shop.at_stage("packed")
    await shop.cancel()
    await shop.wait(hours=3, minutes=59)
    assert (await shop.load()).requests[0].parts[0].state is PartState.AWAITING_APPROVAL
    await shop.wait(minutes=1)
    assert (await shop.load()).requests[0].parts[0].state is PartState.DECLINED


async def test_a_grace_period_ends_by_the_runner_and_then_the_money_goes(shop: Shop) -> None:
    await shop.policy(grace="PT10M")
    await shop.order()
    await shop.cancel()
    await shop.work()
    assert await shop.refunded() == 0
    await shop.wait(minutes=10)
    assert await shop.refunded() == 4465


async def test_G07_a_lapsed_claim_writes_nothing(shop: Shop) -> None:
    await shop.order()
    await shop.cancel()
    [old] = await shop.ctx.store.claim_due("n1", 5, 5, timedelta(seconds=15), shop.clock.now())
    shop.clock.instant += timedelta(seconds=16)
    [new] = await shop.ctx.store.claim_due("n2", 5, 5, timedelta(seconds=15), shop.clock.now())
    assert new.number > old.number
    before = await shop.load()
    await run_saga(shop.ctx, Claim(old.merchant, old.order, old.request, old.number))
    assert await shop.load() == before and await shop.refunded() == 0
    await run_saga(shop.ctx, new)
    assert await shop.refunded() == 4465


async def test_C14_a_second_runner_finds_nothing_left_to_do(shop: Shop) -> None:
    await shop.order()
    await shop.cancel()
    await shop.work()
    settled = await shop.load()
    assert await shop.work() == 0
    assert await shop.load() == settled


async def test_a_journal_line_never_brings_a_settled_step_back(shop: Shop) -> None:
    await shop.order()
    await shop.cancel()
    await shop.work()
    await shop.money("refund_failed", 4465, reference=(await shop.load()).duties[0].reference)
    [claim] = await shop.ctx.store.claim_due("n1", 5, 5, timedelta(seconds=15), shop.clock.now())
    settled = next(step for step in (await shop.load()).steps if step.state is StepState.DONE)
    assert await shop.ctx.store.journal(claim, [replace(settled, state=StepState.STARTED)])
    assert settled in (await shop.load()).steps
