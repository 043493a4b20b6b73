"""Many orders cancelled alike: stored as one batch, worked off order by order, resumable after a crash.

Each order's request is submitted under a key made of the batch and the order, so an order that was done just before
the process died is told the same answer again and is not cancelled twice.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec

from countermand.ask.submit import submit
from countermand.context import Context
from countermand.errors import BadFields, OrderBusy, Problem
from countermand.model.event import Actor
from countermand.model.request import Ask, Asker, Kind, Role, Wanted
from countermand.store.directory_port import Batch, BatchClaim, BatchItem, Once
from countermand.store.port import Answer, Idempotency

CLAIM_LASTS = timedelta(seconds=60)
AT_ONCE = 8
"""Orders of one batch that are cancelled side by side."""
POLL = 1.0
BUSY_TRIES = 3

Lines = tuple[Wanted, ...] | None
log = logging.getLogger(__name__)


async def start_batch(
    ctx: Context, merchant: str, orders: Mapping[str, Lines], ask: Ask, by: Actor,
    idempotency: Idempotency | None = None,
) -> Answer:
    """202 with the batch's id; the work is done in the background.

    `orders`: lines per order, None = everything that is left. `ask`: the same for all of them but the lines.
    Errors: AlreadyAnswered if the key was used before.
    """
    batch = Batch(merchant, ctx.host.ids.new("cb"), by, written(ask, orders), ctx.host.now(), len(orders))
    answer = Answer(202, msgspec.json.encode({"id": batch.id, "state": "running", "total": batch.total, "done": 0}))
    once = Once(idempotency, answer) if idempotency is not None else None
    await ctx.store.create_batch(batch, list(orders), once)
    return answer


def batch_view(batch: Batch, items: Sequence[BatchItem]) -> dict[str, Any]:
    """A batch with the outcome of every order; `status` and `outcome` are null until it was its turn."""
    return {
        "id": batch.id, "state": "running" if batch.finished_at is None else "finished",
        "created_at": batch.created_at, "finished_at": batch.finished_at, "total": batch.total,
        "done": sum(item.status is not None for item in items),
        "items": [
            {
                "number": item.order, "status": item.status,
                "outcome": msgspec.json.decode(item.outcome) if item.outcome is not None else None,
            }
            for item in items
        ],
        "next_cursor": None,
    }


class BatchWorker:
    """Works batches off, one at a time. Any number of nodes may have one.

    `claim_lasts`: how long a dead node's batch waits before another takes it over; each outcome renews it.
    """

    def __init__(self, ctx: Context, claim_lasts: timedelta = CLAIM_LASTS) -> None:
        self._ctx = ctx
        self._claim_lasts = claim_lasts

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        while not stop.is_set():
            try:
                worked = await self.run_once(stop)
            except Exception:
                log.exception("a batch stopped; it is taken up again when its claim lapses")
                worked = False
            if not worked:
                await self._ctx.host.sleep(POLL)

    async def run_once(self, stop: asyncio.Event | None = None) -> bool:
        """Claim the oldest unfinished batch and work it off, or until `stop`; False = there was none."""
        claim = await self._ctx.store.claim_batch(self._claim_lasts)
        if claim is None:
            return False
        batch = await self._ctx.store.find_batch(claim.merchant, claim.id)
        assert batch is not None, "a claimed batch is there"
        ask, lines = read(batch.body)
        while items := await self._ctx.store.next_items(claim, AT_ONCE):
            each = (self._one(claim, batch, item, ask, lines.get(item.order)) for item in items)
            if not all(await asyncio.gather(*each)):
                return True  # somebody else took it over
            if stop is not None and stop.is_set():
                return True
        await self._ctx.store.finish_batch(claim, self._ctx.host.now())
        return True

    async def _one(self, claim: BatchClaim, batch: Batch, item: BatchItem, ask: Ask, lines: Lines) -> bool:
        asked = Ask(ask.asker, ask.kind, lines, ask.reason, ask.comment, ask.all_or_nothing)
        key = Idempotency(f"BATCH {batch.id}", item.order, sha256(batch.body.encode()).hexdigest())
        status, outcome = await self._submitted(batch, item.order, asked, key)
        await self._ctx.host.point("ask.batch.before_record")
        told = msgspec.json.encode(outcome).decode()
        return await self._ctx.store.record_outcome(claim, item.position, status, told, self._claim_lasts)

    async def _submitted(self, batch: Batch, order: str, ask: Ask, key: Idempotency) -> tuple[int, dict[str, Any]]:
        """The status and the outcome of one order; one order's trouble never stops the others."""
        for attempt in range(1, BUSY_TRIES + 1):
            try:
                answer = await submit(self._ctx, batch.merchant, order, ask, batch.actor, idempotency=key)
            except OrderBusy as busy:
                if attempt == BUSY_TRIES:
                    return refusal(busy)
            except Problem as problem:
                return refusal(problem)
            else:
                request = msgspec.json.decode(answer.body)
                return answer.status, {"request": request["id"], "state": request["state"]}
        raise AssertionError("the last try answers")


def refusal(problem: Problem) -> tuple[int, dict[str, Any]]:
    """Why nothing was done for an order."""
    outcome: dict[str, Any] = {"problem": f"/problems/{problem.slug}", "detail": problem.detail}
    if isinstance(problem, BadFields):
        outcome["errors"] = [{"field": fault.field, "message": fault.message} for fault in problem.faults]
    return int(problem.status), outcome


def written(ask: Ask, orders: Mapping[str, Lines]) -> str:
    """What is asked, as JSON to be stored; `read` reads it back."""
    return msgspec.json.encode({
        "asker": {"role": ask.asker.role, "name": ask.asker.name, "id": ask.asker.id, "channel": ask.asker.channel},
        "kind": ask.kind, "reason": ask.reason, "comment": ask.comment, "all_or_nothing": ask.all_or_nothing,
        "lines": {
            number: [[each.line, each.quantity, each.restock] for each in lines]
            for number, lines in orders.items()
            if lines is not None
        },
    }).decode()


def read(body: str) -> tuple[Ask, dict[str, Lines]]:
    """What is asked of each order, and the lines of those that name some."""
    told = msgspec.json.decode(body)
    asker = Asker(**{**told["asker"], "role": Role(told["asker"]["role"])})
    ask = Ask(asker, Kind(told["kind"]), None, told["reason"], told["comment"], told["all_or_nothing"])
    return ask, {number: tuple(Wanted(*each) for each in lines) for number, lines in told["lines"].items()}
