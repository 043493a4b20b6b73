"""The one way in which a use case changes an order: read, let time pass, ask a rule, commit, or read again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from countermand.context import Context
from countermand.decide.conclude import conclude, tick
from countermand.decide.refusal import Refusal
from countermand.decide.transitions import transitions
from countermand.errors import (
    IdempotencyKeyReused,
    InProgress,
    NotFound,
    OrderBusy,
    OrderChanged,
    problem_of,
)
from countermand.inform.audit import with_entry
from countermand.inform.messages import messages_for
from countermand.model.event import Actor, AuditEntry, Event
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.store.port import Answer, Broken, Change, Claim, Committed, Idempotency, Inbound, Lost, Replayed

TRIES = 10
"""How often a use case reads and decides again before it says that the order is busy (DESIGN section 5)."""

SYSTEM = Actor("system")

Rule = Callable[[Order, PolicyBook, datetime], Order | Refusal]
Render = Callable[[Order, PolicyBook, datetime], Answer]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a use case wants to do to one order, and how often the same call may come.

    `rule` is pure. `render` makes the answer from the order as it will be stored. `note` is an event that is written
    even if the rule changes nothing (an inbound event is recorded, whatever it moved).
    """

    name: str
    rule: Rule
    render: Render
    by: Actor
    if_match: int | None = None
    idempotency: Idempotency | None = None
    inbound: Inbound | None = None
    note: Event | None = None
    claim: Claim | None = None


class StaleClaim(Exception):
    """The runner's claim has lapsed; somebody else has the saga now."""


def json_answer(status: int, body: object) -> Answer:
    return Answer(status, msgspec.json.encode(body))


async def change_order(ctx: Context, merchant: str, number: str, intent: Intent) -> Answer:
    """Carry an intent out, once.

    Errors: NotFound; OrderChanged if `if_match` is not the order's version; the Problem of a Refusal; OrderBusy after
    ten lost races; StaleClaim if the runner's claim lapsed.
    """
    for _ in range(TRIES):
        before = await ctx.store.load(merchant, number)
        if before is None:
            raise NotFound(f"There is no order {number}.")
        policies = await ctx.policies.book(ctx.store, before)
        now = ctx.host.now()
        answer = await _attempt(ctx, before, policies, now, intent)
        if answer is not None:
            return answer
    raise OrderBusy(f"Order {number} is being changed by others. Try again in a moment.")


async def _attempt(
    ctx: Context, before: Order, policies: PolicyBook, now: datetime, intent: Intent
) -> Answer | None:
    """One read-decide-commit. None = the race was lost."""
    if intent.if_match is not None and intent.if_match != before.version:
        if (replayed := await _applied_before(ctx, before.merchant, intent)) is not None:
            return replayed
        raise OrderChanged(
            f"The order is at version {before.version}, not {intent.if_match}.", version=before.version
        )
    ticked = tick(before, policies, now)
    result = intent.rule(ticked, policies, now)
    if isinstance(result, Refusal):
        if (replayed := await _applied_before(ctx, before.merchant, intent)) is not None:
            return replayed
        raise problem_of(result.no, result.detail, result.facts)
    after = conclude(result, policies, now)
    if after == before and intent.inbound is None:
        return intent.render(after, policies, now)
    change = await _change(ctx, before, ticked, after, now, intent)
    rendered = intent.render(change.after, policies, now)
    change = replace(change, answer=rendered)
    await ctx.host.point(f"{intent.name}.before_commit")
    [outcome] = await ctx.store.commit([change])
    await ctx.host.point(f"{intent.name}.after_commit")
    match outcome:
        case Committed():
            wake(ctx, change, now)
            return rendered
        case Replayed():
            return replay(outcome, intent.idempotency)
        case Lost():
            if intent.claim is not None and not await ctx.store.holds(intent.claim):
                raise StaleClaim(intent.claim.request)
            return None
        case Broken():
            raise AssertionError(f"the database refused what {intent.name} wrote: {outcome.detail}")


def wake(ctx: Context, change: Change, now: datetime) -> None:
    """Ring here, and tell the other nodes if this commit made work due that nobody has claimed yet."""
    ctx.bell.ring()
    known = {request.id: request.due_at for request in change.before.requests} if change.before is not None else {}
    ours = change.claim.request if change.claim is not None else None
    for request in change.after.requests:
        is_due = request.due_at is not None and request.due_at <= now
        if is_due and request.id != ours and request.due_at != known.get(request.id):
            ctx.store.wake_others()
            return


async def _change(
    ctx: Context, before: Order, ticked: Order, after: Order, now: datetime, intent: Intent
) -> Change:
    """All rows of one commit. What time alone did is told apart from what the actor did."""
    key = await ctx.policies.digest_key(ctx.store, before.merchant)
    entries: list[AuditEntry] = []
    by_time = transitions(before, ticked) if ticked is not before else ()
    by_actor = transitions(ticked, after) + ((intent.note,) if intent.note is not None else ())
    for events, actor in ((by_time, SYSTEM), (by_actor, intent.by)):
        if events:
            after, entry = with_entry(after, events, actor, now, key)
            entries.append(entry)
    after = replace(after, version=before.version + 1)
    return Change(
        before, after, tuple(entries), messages_for(before, after, by_time + by_actor, now),
        intent.idempotency, intent.inbound, None, intent.claim,
    )


async def _applied_before(ctx: Context, merchant: str, intent: Intent) -> Answer | None:
    """Was this very call applied earlier? Then it is answered as it was then, whatever the order looks like now."""
    if intent.inbound is not None:
        known = await ctx.store.find_inbound(merchant, intent.inbound)
        if known is not None:
            return known.answer
    if intent.idempotency is not None:
        found = await ctx.store.find_answer(merchant, intent.idempotency)
        if found is not None:
            return replay(found, intent.idempotency)
    return None


def replay(found: Replayed, idempotency: Idempotency | None) -> Answer:
    """The stored answer, if it was given to the same body.

    Errors: IdempotencyKeyReused for another body; InProgress if the first call has not stored its answer yet.
    """
    if idempotency is not None and found.digest is not None and found.digest != idempotency.digest:
        raise IdempotencyKeyReused("This Idempotency-Key came with another body before. Use a fresh key.")
    if found.answer.status == 0:
        raise InProgress("The first call with this key is still being worked on.", retry_after=1)
    return replace(found.answer, replayed=True)
