"""One racer, a real process: it cancels, or it claims the despatch, of one order after the other.

The two meet at a named point: each has read the order and decided, and none has committed, until both are there. With
the guard off, a racer passes the version check by reading the version again just before it commits.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError

import msgspec

from countermand.ask.submit import submit
from countermand.cli.runtime import Settings, opened
from countermand.context import Context
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.errors import Problem
from countermand.execute.goods import fulfilment_event
from countermand.host import system_host
from countermand.model.event import Actor
from countermand.model.request import Ask, Asker, Role
from countermand.store.port import Change, Lost, Result

TOGETHER = 5.0
"""Seconds to wait for the other racer; it is only ever needed when a round has already failed."""


def race(url: str, folder: str, who: str, rounds: int, guarded: bool, barrier: Barrier, told: Connection) -> None:
    """The process: every round's outcome goes to the parent in one list."""
    told.send(asyncio.run(run(url, folder, who, rounds, guarded, barrier)))
    sys.exit(0)


async def run(url: str, folder: str, who: str, rounds: int, guarded: bool, barrier: Barrier) -> list[str]:
    met = {"rounds": 0}
    current = {"round": -1}

    async def point(name: str) -> None:
        if name in ("ask.submit.before_commit", "execute.goods.before_commit") and current["round"] >= met["rounds"]:
            met["rounds"] = current["round"] + 1
            try:
                barrier.wait(TOGETHER)
            except BrokenBarrierError:
                barrier.reset()

    host = system_host(point)
    async with opened(Settings(database=url, sandbox=f"{folder}/{who}-sandbox.sqlite"), host) as ctx:
        racing = ctx if guarded else replace(ctx, store=Unguarded(ctx))  # type: ignore[arg-type]
        outcomes = []
        for number in range(rounds):
            current["round"] = number
            outcomes.append(await (cancel if who == "customer" else ship)(racing, f"R{number}"))
        return outcomes


class Unguarded:
    """The store with its guard off: whatever version an order has, a change fits it."""

    def __init__(self, ctx: Context) -> None:
        self._store = ctx.store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def commit(self, changes: Sequence[Change]) -> list[Result]:
        [change] = changes
        assert change.before is not None
        while True:
            fresh = await self._store.load(change.after.merchant, change.after.number)
            assert fresh is not None
            chain = {"audit_sequence": fresh.audit_sequence, "audit_head": fresh.audit_head}
            before = replace(change.before, version=fresh.version, **chain)
            after = replace(change.after, version=fresh.version + 1, **chain)
            results = await self._store.commit([replace(change, before=before, after=after, audit=(), messages=())])
            if not isinstance(results[0], Lost):
                return results


async def cancel(ctx: Context, number: str) -> str:
    answer = await submit(ctx, "acme", number, Ask(Asker(Role.CUSTOMER)), Actor("customer"))
    [part] = msgspec.json.decode(answer.body)["lines"]
    return str(part["reason"] or part["outcome"])


async def ship(ctx: Context, number: str) -> str:
    event = GoodsEvent(f"claim-{number}", "F1", Happening.DESPATCHED, "claim", datetime.now(UTC))
    try:
        await fulfilment_event(ctx, "acme", number, event, Actor("holder", "main"))
    except Problem as problem:
        return problem.slug
    return "shipped"


