"""The asker takes the request back, while that is possible."""

from datetime import datetime

from countermand.change import Intent, change_order, json_answer
from countermand.context import Context
from countermand.decide.refusal import Refusal
from countermand.decide.retract import retract as taken_back
from countermand.errors import NotFound
from countermand.inform.views import request_view
from countermand.model.event import Actor
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.store.port import Answer, Idempotency


async def retract(
    ctx: Context, merchant: str, request_id: str, by: Actor, *, if_match: int | None = None,
    idempotency: Idempotency | None = None,
) -> Answer:
    """200 with the request; repeated 200.

    Errors: NotFound, TooLateToRetract, OrderChanged, OrderBusy.
    """
    number = await ctx.store.order_of_request(merchant, request_id)
    if number is None:
        raise NotFound(f"There is no request {request_id}.")

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        return taken_back(order, request_id)

    def render(order: Order, policies: PolicyBook, now: datetime) -> Answer:
        return json_answer(200, request_view(order, order.request(request_id), policies))

    intent = Intent("ask.retract", rule, render, by, if_match=if_match, idempotency=idempotency)
    return await change_order(ctx, merchant, number, intent)
