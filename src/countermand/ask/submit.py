"""Take one request, once: decide it, hold its units, store what follows, answer honestly."""

from datetime import datetime

from countermand.ask.checks import unknown_lines, unknown_reason, with_velocity
from countermand.change import Intent, change_order, json_answer
from countermand.context import Context
from countermand.decide.refusal import Refusal
from countermand.decide.take import take
from countermand.errors import NotFound
from countermand.inform.views import request_view
from countermand.model.event import Actor
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.model.request import Ask
from countermand.store.port import Answer, Idempotency


async def submit(
    ctx: Context, merchant: str, number: str, ask: Ask, by: Actor, *, if_match: int | None = None,
    idempotency: Idempotency | None = None,
) -> Answer:
    """201 with the request, whatever was decided; a declined part is an answer, not an error.

    Errors: NotFound, OrderChanged, NothingToCancel, BadFields (unknown line or reason), OrderBusy.
    """
    request_id = ctx.host.ids.new("cr")
    asked = await _with_facts(ctx, merchant, number, ask)

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        if (faults := unknown_lines(order, asked)) is not None:
            return faults
        taken = take(order, asked, policies.current, request_id, now)
        if isinstance(taken, Refusal):
            return taken
        return unknown_reason(asked, policies.current) or taken

    def render(order: Order, policies: PolicyBook, now: datetime) -> Answer:
        return json_answer(201, request_view(order, order.request(request_id), policies))

    intent = Intent("ask.submit", rule, render, by, if_match=if_match, idempotency=idempotency)
    return await change_order(ctx, merchant, number, intent)


async def _with_facts(ctx: Context, merchant: str, number: str, ask: Ask) -> Ask:
    """Velocity is a fact from outside the order; it costs a read only where the policy limits it."""
    policy = await ctx.policies.current(ctx.store, merchant)
    limited = policy.terms.velocity_limit is not None or any(
        override.changes.get("velocity_limit") is not None for override in policy.overrides
    )
    if not limited:
        return ask
    order = await ctx.store.load(merchant, number)
    if order is None:
        raise NotFound(f"There is no order {number}.")
    return await with_velocity(ctx, order, ask, policy, ctx.host.now())
