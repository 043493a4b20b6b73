"""The holder, the seller or the merchant answers a case. One answer wins."""

from collections.abc import Callable
from datetime import datetime

from countermand.change import Intent, Rule, change_order, json_answer
from countermand.context import Context
from countermand.decide import approval
from countermand.decide.approval import CaseAnswer
from countermand.decide.refusal import Refusal
from countermand.errors import NotAllowed, NotFound
from countermand.inform.views import case_view
from countermand.model.event import Actor
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.model.request import Answerer, Case
from countermand.store.port import Answer, Idempotency

MayAnswer = Callable[[Case], bool]


async def answer_case(
    ctx: Context, merchant: str, case_id: str, given: CaseAnswer, by: Actor, *,
    idempotency: Idempotency | None = None, may: MayAnswer = lambda case: True,
) -> Answer:
    """200 with the case.

    Errors: NotFound, NotAllowed, CaseAlreadyAnswered (who and when), CaseClosed, BadFields.
    """

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        return approval.answer(order, case_id, given, by.name or by.id or by.role, policies, now)

    return await _on_case(ctx, merchant, case_id, "escalate.answer", rule, by, idempotency, may)


async def more_time(
    ctx: Context, merchant: str, case_id: str, by: Actor, *,
    idempotency: Idempotency | None = None, may: MayAnswer = lambda case: True,
) -> Answer:
    """200 with the case and its new deadline; once only.

    Errors: NotFound, NotAllowed, NoMoreTime, CaseAlreadyAnswered, CaseClosed.
    """

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        return approval.more_time(order, case_id, policies)

    return await _on_case(ctx, merchant, case_id, "escalate.more_time", rule, by, idempotency, may)


async def _on_case(
    ctx: Context, merchant: str, case_id: str, name: str, rule: Rule, by: Actor,
    idempotency: Idempotency | None, may: MayAnswer,
) -> Answer:
    number = await ctx.store.order_of_case(merchant, case_id)
    if number is None:
        raise NotFound(f"There is no case {case_id}.")

    def allowed(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        case = order.case(case_id)
        if not may(case):
            whose = "the merchant" if case.answerer is Answerer.MERCHANT else f"holder {case.holder}"
            raise NotAllowed(f"This case is for {whose} to answer.")
        return rule(order, policies, now)

    def render(order: Order, policies: PolicyBook, now: datetime) -> Answer:
        return json_answer(200, case_view(order, order.case(case_id)))

    return await change_order(ctx, merchant, number, Intent(name, allowed, render, by, idempotency=idempotency))
