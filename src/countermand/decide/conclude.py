"""What every change to an order ends with: pivot, money, plan, completion, worklist, due times. Idempotent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from countermand.decide.approval import close_idle_cases, expire
from countermand.decide.pivot import pivot_ready
from countermand.decide.plan import plan, steps_of
from countermand.decide.refund_timing import goods_awaited_until
from countermand.decide.settlement import settle
from countermand.decide.units import change_parts, each_part, with_part
from countermand.decide.worklist import PLATFORM_REFUND_WAIT, refresh_work
from countermand.model.order import Order, with_request
from countermand.model.payment import SETTLED, DutyState
from countermand.model.plan import StepState
from countermand.model.policy import PolicyBook
from countermand.model.request import (
    CaseState,
    GoodsState,
    Kind,
    Part,
    PartState,
    Request,
    advance_goods,
    advance_part,
)

GOODS_SETTLED = frozenset(
    {GoodsState.STOPPED, GoodsState.STRAY, GoodsState.REFUSED, GoodsState.DELIVERED, GoodsState.RETURNING,
     GoodsState.RETURNED, GoodsState.LOST}
)
"""Of a cancelled part: a stray's further way changes no money, so it holds nothing up."""

NEVER_LEFT = frozenset({GoodsState.STOPPED, GoodsState.STRAY})
"""Cancelled for certain: a stray's further way is its parcel's."""

CAME_BACK = frozenset({GoodsState.RETURNED, GoodsState.LOST})
TROUBLE = frozenset({DutyState.FAILED, DutyState.MANUAL_REQUIRED})


def conclude(order: Order, policies: PolicyBook, now: datetime) -> Order:
    """The order with all that follows from what is decided, as far as time and answers allow."""
    order = pivot_ready(order, now)
    order = _keep_overdue_goods(order, now)
    order = settle(order, policies, now)
    order = close_idle_cases(plan(order, now))
    order = _complete(order)
    order = refresh_work(order, now)
    return _with_due_times(order, now)


def tick(order: Order, policies: PolicyBook, now: datetime) -> Order:
    """The order after the passing of time alone: silence means what it means, grace periods end."""
    return conclude(expire(order, policies, now), policies, now)


def _keep_overdue_goods(order: Order, now: datetime) -> Order:
    """Withdrawn goods that arrived and never came back within the time: kept, which a human looks at."""
    overdue = {request.id for request in order.requests if _over(goods_awaited_until(request), now)}
    kept = tuple(
        (request, part)
        for request, part in each_part(order)
        if request.id in overdue and part.goods is GoodsState.DELIVERED and part.state is PartState.EXECUTING
    )
    return change_parts(
        order, kept, lambda order, request, part: with_part(order, request.id, advance_goods(part, GoodsState.KEPT))
    )


def _over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now


def _complete(order: Order) -> Order:
    for request in order.requests:
        duties = [duty for duty in order.duties if duty.request == request.id]
        steps = steps_of(order, request.id)
        money_done = all(duty.state in SETTLED for duty in duties)
        steps_done = all(step.state in (StepState.DONE, StepState.SKIPPED) for step in steps)
        trouble = any(duty.state in TROUBLE for duty in duties) or any(
            step.state is StepState.NEEDS_ATTENTION for step in steps
        )
        failing = any(duty.failures and duty.state not in SETTLED for duty in duties)
        done = money_done and steps_done
        parts = tuple(_forward(request, part, trouble=trouble, failing=failing, done=done) for part in request.parts)
        if parts != request.parts:
            order = with_request(order, replace(request, parts=parts))
    return order


def _forward(request: Request, part: Part, *, trouble: bool, failing: bool, done: bool) -> Part:
    """One part along the decision track: trouble first, then completion, else on.

    `failing`: a refund was refused and is tried again, which is nothing new for a part that is still executing, and
    for one that was completed it is (it came back days later).
    """
    declined_back = part.reason is not None or request.kind is Kind.WITHDRAWAL
    goods_done = part.goods in NEVER_LEFT or part.goods in (CAME_BACK if declined_back else GOODS_SETTLED)
    kept = part.goods is GoodsState.KEPT
    match part.state:
        case PartState.EXECUTING | PartState.COMPLETED if (trouble and goods_done) or kept:
            return advance_part(part, PartState.NEEDS_ATTENTION)
        case PartState.COMPLETED if failing:
            return advance_part(part, PartState.NEEDS_ATTENTION)
        case PartState.EXECUTING if goods_done and done:
            return advance_part(part, PartState.COMPLETED)
        case PartState.NEEDS_ATTENTION if not trouble and not failing and not kept:
            return advance_part(part, PartState.COMPLETED if goods_done and done else PartState.EXECUTING)
        case _:
            return part


def _with_due_times(order: Order, now: datetime) -> Order:
    for request in order.requests:
        due_at = min(_instants(order, request, now), default=None)
        if due_at != request.due_at:
            order = with_request(order, replace(request, due_at=due_at))
    return order


def _instants(order: Order, request: Request, now: datetime) -> Iterator[datetime]:
    """Every instant at which this request must be looked at; those that only open a worklist row must lie ahead."""
    for case in order.cases:
        if case.request == request.id and case.state is CaseState.OPEN:
            yield case.answer_by
    for part in request.parts:
        if part.state is PartState.APPROVED and part.pivot_at is not None and part.pivot_at > now:
            yield part.pivot_at
    for step in steps_of(order, request.id):
        if step.state in (StepState.PLANNED, StepState.STARTED):
            yield step.due_at or request.created_at
    awaited = goods_awaited_until(request)
    if awaited is not None and awaited > now:
        yield awaited
    for duty in order.duties:
        if duty.request == request.id and duty.state not in SETTLED:
            reminders = [duty.due_by] if duty.due_by is not None else []
            if duty.state is DutyState.PAUSED:
                reminders.append(duty.created_at + PLATFORM_REFUND_WAIT)
            yield from (instant for instant in reminders if instant > now)
