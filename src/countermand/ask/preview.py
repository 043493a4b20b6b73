"""What would happen: the same rules as a real request, and nothing written."""

from countermand.ask.checks import unknown_lines, unknown_reason, with_velocity
from countermand.context import Context
from countermand.decide.conclude import conclude, tick
from countermand.decide.refusal import Refusal
from countermand.decide.take import take
from countermand.errors import NotFound, problem_of
from countermand.inform.views import Json, preview_view
from countermand.model.request import Ask

NOBODY = "cr_preview"


async def preview(ctx: Context, merchant: str, number: str, ask: Ask) -> Json:
    """Decision and settlement as a request would get them.

    Errors: NotFound, NothingToCancel, BadFields (unknown line or reason).
    """
    order = await ctx.store.load(merchant, number)
    if order is None:
        raise NotFound(f"There is no order {number}.")
    policies = await ctx.policies.book(ctx.store, order)
    now = ctx.host.now()
    order = tick(order, policies, now)
    if (faults := unknown_lines(order, ask)) is not None:
        raise problem_of(faults.no, faults.detail, faults.facts)
    ask = await with_velocity(ctx, order, ask, policies.current, now)
    taken = take(order, ask, policies.current, NOBODY, now)
    refused = taken if isinstance(taken, Refusal) else unknown_reason(ask, policies.current)
    if refused is not None or isinstance(taken, Refusal):
        assert refused is not None, "a refusal is the only way not to be taken"
        raise problem_of(refused.no, refused.detail, refused.facts)
    after = conclude(taken, policies, now)
    return preview_view(after, after.request(NOBODY), policies)
