"""Cases through the store: one answer wins, also when two come at once."""

import asyncio

import pytest

from countermand.decide.approval import CaseAnswer
from countermand.errors import CaseAlreadyAnswered, CaseClosed, NoMoreTime, NotAllowed
from countermand.escalate.answer import answer_case, more_time
from tests.shop import HOLDER, STAFF, Shop


async def test_H01_of_two_answers_at_once_one_wins_and_the_other_is_told_who(shop: Shop) -> None:
    await shop.at_stage("packed")
    await shop.cancel()
    case = (await shop.load()).cases[0].id
    outcomes = await asyncio.gather(
        answer_case(shop.ctx, "acme", case, CaseAnswer(True), HOLDER),
        answer_case(shop.ctx, "acme", case, CaseAnswer(False), STAFF),
        return_exceptions=True,
    )
    [lost] = [each for each in outcomes if isinstance(each, CaseAlreadyAnswered)]
    order = await shop.load()
    assert lost.extra["answered_by"] == order.cases[0].answered_by
    counters = order.fulfilment_orders[0].lines[0]
    assert (counters.open, counters.cancelled) in ((3, 0), (0, 3)) and counters.held == 0


async def test_the_holders_yes_pays_out(shop: Shop) -> None:
    await shop.at_stage("packed")
    await shop.cancel()
    case = await shop.answer(True)
    assert (case["state"], case["answered_by"], case["lines"]) == ("answered", "Sam", [{"line": "1", "quantity": 3}])
    await shop.work()
    assert await shop.refunded() == 4465


async def test_more_time_once(shop: Shop) -> None:
    await shop.at_stage("packed")
    await shop.cancel()
    case = (await shop.load()).cases[0].id
    await more_time(shop.ctx, "acme", case, HOLDER)
    with pytest.raises(NoMoreTime):
        await more_time(shop.ctx, "acme", case, HOLDER)


async def test_an_answer_after_the_deadline_comes_too_late_even_before_the_runner_looked(shop: Shop) -> None:
    await shop.at_stage("packed")
    await shop.cancel()
    shop.clock.instant = (await shop.load()).cases[0].answer_by
    with pytest.raises(CaseClosed):
        await shop.answer(True)


async def test_H04_a_retraction_and_an_answer_at_once_leave_no_unit_between(shop: Shop) -> None:
    for number in ("a1", "a2", "a3"):
        await shop.at_stage("packed", number)
        request = await shop.cancel(number=number)
        await asyncio.gather(shop.retract(request["id"]), shop.answer(True, number=number), return_exceptions=True)
        counters = (await shop.load(number)).fulfilment_orders[0].lines[0]
        assert (counters.open, counters.cancelled) in ((3, 0), (0, 3)) and counters.held == 0


async def test_a_case_is_answered_by_whoever_may(shop: Shop) -> None:
    await shop.at_stage("packed")
    await shop.cancel()
    case = (await shop.load()).cases[0].id
    with pytest.raises(NotAllowed):
        await answer_case(shop.ctx, "acme", case, CaseAnswer(True), HOLDER, may=lambda case: case.holder == "other")
