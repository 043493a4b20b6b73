"""What can be wrong with an ask once the order is known: unknown lines, and words that the policy does not have."""

from dataclasses import replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.refusal import No, Refusal
from countermand.model.order import Order
from countermand.model.policy import Policy
from countermand.model.request import Ask, Kind, Role


def unknown_lines(order: Order, ask: Ask) -> Refusal | None:
    """Every line that the order does not have, named by its place in the request."""
    known = {line.id for line in order.lines}
    faults = {
        f"lines[{index}].line": f"order {order.number} has no line {wanted.line}"
        for index, wanted in enumerate(ask.lines or ())
        if wanted.line not in known
    }
    return Refusal(No.BAD_FIELDS, "Some lines are unknown.", faults) if faults else None


def unknown_reason(ask: Ask, policy: Policy) -> Refusal | None:
    """A reason is the policy's; of a withdrawal none may be demanded (Directive 2011/83/EU, Art. 9)."""
    if ask.reason is None or ask.kind is Kind.WITHDRAWAL:
        return None
    mine = sorted(reason.code for reason in policy.reasons if may_use(reason.askers, ask.asker.role))
    if ask.reason in mine:
        return None
    return Refusal(No.BAD_FIELDS, "The reason is unknown.", {"reason": f"use one of {', '.join(mine)}"})


def may_use(askers: frozenset[Role], role: Role) -> bool:
    """Support uses the customer's reasons as well, because it speaks for the customer; the merchant may use all."""
    if role in (Role.MERCHANT, Role.PLATFORM, Role.SYSTEM):
        return True
    return role in askers or (role is Role.SUPPORT and Role.CUSTOMER in askers)


async def with_velocity(ctx: Context, order: Order, ask: Ask, policy: Policy, now: datetime) -> Ask:
    """The ask with how often this customer asked lately; read only if some rule of the policy wants to know."""
    periods = [
        terms.velocity_period
        for line in order.lines
        for terms in (policy.terms_for(line.seller, order.ship_to.country, line.tags),)
        if terms.velocity_limit is not None
    ]
    if not periods or order.customer.email is None:
        return ask
    recent = await ctx.store.recent_requests(order.merchant, order.customer.email, now - max(periods))
    return replace(ask, recent=recent)
