"""One claimed saga: what time brought, then step after step. Write the intent, call out, write the outcome.

Three kinds of write: a commit that changes the order (fenced by the claim), a journal line that does not, and the
release of the claim. `done(n)` and `started(n+1)` are one commit, so that n steps cost n + 1 writes.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from countermand.change import SYSTEM, Intent, StaleClaim, change_order, json_answer
from countermand.context import Context
from countermand.decide.conclude import conclude, tick
from countermand.decide.plan import next_step, with_step
from countermand.errors import OrderBusy
from countermand.execute.steps import STEPS
from countermand.execute.steps.step import KEY_FORGOTTEN
from countermand.model.order import Order
from countermand.model.plan import Step, StepState
from countermand.model.policy import PolicyBook
from countermand.plugins.protocols import Failure, PluginError, Receipt, Standing
from countermand.store.port import Answer, Claim

ATTEMPTS = 8
"""How often a step is tried before a human looks at it."""

STEPS_A_VISIT = 50
"""Steps in one claim; a longer saga is taken up again, so that one order never keeps a runner for itself."""

CALL_LIMIT = 30.0
"""Seconds after which a plugin's call counts as unknown."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=15)
ASK_AGAIN = timedelta(minutes=5)
"""When a provider said "later" and has not told us, we look ourselves."""

Finish = Callable[[Order, datetime], Order]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Seen:
    """What the last write left: the order as stored, and the step whose intent was written with it."""

    order: Order | None = None
    step: Step | None = None


async def run_saga(ctx: Context, claim: Claim) -> None:
    """Carry one saga as far as it goes now, and give the claim up.

    A lapsed claim ends it silently: whoever took over goes on from the journal.
    """
    retry_at: datetime | None = None
    try:
        retry_at = await _walk(ctx, claim)
    except StaleClaim:
        log.info("claim of %s has lapsed", claim.request)
        return
    except OrderBusy:
        retry_at = ctx.host.now() + FIRST_WAIT
    await ctx.host.point("saga.before_release")
    await ctx.store.release(claim, retry_at)


async def _walk(ctx: Context, claim: Claim) -> datetime | None:
    """Answers when to come back, or None if the order's own due time says it."""
    finish: Finish | None = None
    for _ in range(STEPS_A_VISIT):
        seen = await _write(ctx, claim, finish)
        if seen.step is None or seen.order is None:
            return None
        finish, retry_at = await _perform(ctx, claim, seen.order, seen.step)
        if finish is None:
            return retry_at
    await _write(ctx, claim, finish, begin=False)
    return None


async def _write(ctx: Context, claim: Claim, finish: Finish | None, *, begin: bool = True) -> Seen:
    """The outcome of the last step, what time brought, and the intent of the next step, in one write."""
    seen = Seen()

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order:
        order = conclude(finish(order, now), policies, now) if finish is not None else order
        order, seen.step = _begin(ctx, claim, order, now, policies) if begin else (order, None)
        return order

    def render(order: Order, policies: PolicyBook, now: datetime) -> Answer:
        seen.order = order
        return json_answer(200, None)

    if finish is None and await _journal_alone(ctx, claim, seen):
        return seen
    await change_order(ctx, claim.merchant, claim.order, Intent("execute.saga", rule, render, SYSTEM, claim=claim))
    return seen


async def _journal_alone(ctx: Context, claim: Claim, seen: Seen) -> bool:
    """If nothing of the order changes, the intent is a journal line: attempts do not touch the order."""
    order = await ctx.store.load(claim.merchant, claim.order)
    assert order is not None, "a claimed saga belongs to an order"
    policies = await ctx.policies.book(ctx.store, order)
    now = ctx.host.now()
    if tick(order, policies, now) != order:
        return False
    begun, step = _begin(ctx, claim, order, now, policies)
    if step is None:
        return begun == order
    if replace(begun, steps=order.steps) != order:
        return False
    if not await ctx.store.journal(claim, [step]):
        raise StaleClaim(claim.request)
    seen.order, seen.step = begun, step
    return True


def _begin(
    ctx: Context, claim: Claim, order: Order, now: datetime, policies: PolicyBook
) -> tuple[Order, Step | None]:
    """The order with the next due step started; steps that turn out to be settled are passed over."""
    for _ in range(STEPS_A_VISIT):
        step = next_step(order, claim.request, now)
        if step is None:
            return order, None
        started = replace(step, state=StepState.STARTED, attempt=step.attempt + 1, due_at=None)
        order = STEPS[step.kind].begin(ctx, with_step(order, started), started, now)
        begun = next(each for each in order.steps if (each.request, each.number) == (step.request, step.number))
        if begun.state is StepState.STARTED:
            return order, begun
        order = conclude(order, policies, now)
    return order, None


async def _perform(
    ctx: Context, claim: Claim, order: Order, step: Step
) -> tuple[Finish | None, datetime | None]:
    """Call out. Answers what to write, or (None, when) if the step must be tried again later."""
    work = STEPS[step.kind]
    await ctx.host.point(f"{step.kind}.before_call")
    try:
        async with asyncio.timeout(CALL_LIMIT):
            receipt = await work.call(ctx, order, step)
    except TimeoutError:
        return await _failed(ctx, claim, step, PluginError(Failure.UNKNOWN, f"no answer in {CALL_LIMIT:.0f} s"))
    except PluginError as error:
        return await _failed(ctx, claim, step, error)
    await ctx.host.point(f"{step.kind}.after_call")
    return _outcome(step, receipt), None


def _outcome(step: Step, receipt: Receipt) -> Finish:
    def finish(order: Order, now: datetime) -> Order:
        if receipt.standing is Standing.PENDING:
            # Its attempts count anew: looking often, because the provider takes its time, is no failure.
            waiting = replace(step, receipt=receipt.reference, due_at=now + ASK_AGAIN, attempt=1, failure=None)
            order = with_step(order, waiting)
            return STEPS[step.kind].done(order, waiting, receipt, now) if step.kind == "refund" else order
        done = replace(step, state=StepState.DONE, receipt=receipt.reference, due_at=None, failure=None)
        return STEPS[step.kind].done(with_step(order, done), done, receipt, now)

    return finish


async def _failed(
    ctx: Context, claim: Claim, step: Step, error: PluginError
) -> tuple[Finish | None, datetime | None]:
    """Refused: settle it. Transient or unknown: try again later, a bounded number of times; the key stays."""
    detail = f"{error.detail} ({error.code})" if error.code else error.detail
    log.warning("step %s of %s: %s: %s", step.kind, claim.request, error.failure, detail)
    definite = error.failure is Failure.PERMANENT
    if definite or step.attempt >= ATTEMPTS or error.code == KEY_FORGOTTEN:
        def settle(order: Order, now: datetime) -> Order:
            return STEPS[step.kind].refused(order, step, detail, now, definite=definite)

        return settle, None
    retry_at = ctx.host.now() + backoff(step.attempt, ctx.host.rng.random())
    state = StepState.PLANNED if error.failure is Failure.TRANSIENT else StepState.STARTED
    if not await ctx.store.journal(claim, [replace(step, state=state, due_at=retry_at, failure=detail)]):
        raise StaleClaim(claim.request)
    return None, retry_at


def backoff(attempt: int, chance: float) -> timedelta:
    """Full jitter over a doubling wait. Source: M. Brooker, "Exponential Backoff And Jitter", AWS, 2015."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempt, 16)
    return FIRST_WAIT / 2 + min(doubled, LONGEST_WAIT) * chance
