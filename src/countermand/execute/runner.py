"""The runner: claims due sagas, walks them, keeps its claims alive. Any number of nodes; a dead one is taken over."""

import asyncio
import logging
from datetime import timedelta

from countermand.context import Context
from countermand.execute.saga import run_saga
from countermand.store.port import Claim

CLAIM_LASTS = timedelta(seconds=15)
BEAT = 5.0
"""Seconds between heartbeats; three of them fit into a claim."""

AT_ONCE = 16
"""Sagas that one runner walks side by side."""

PER_MERCHANT = 4
"""Of these, for one merchant at most, while others wait (fairness)."""

POLL = 1.0
"""Seconds between looks when no bell rings: what PgBouncer or a lost wake-up costs."""

log = logging.getLogger(__name__)


class Runner:
    """One runner of one node.

    `claim_lasts`: how long a dead node's work waits before another takes it over. `poll`: seconds between looks when
    no bell rings.
    """

    def __init__(
        self, ctx: Context, node: str, claim_lasts: timedelta = CLAIM_LASTS, poll: float = POLL
    ) -> None:
        self._ctx = ctx
        self._node = node
        self._claim_lasts = claim_lasts
        self._poll = poll
        self._held: set[Claim] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; what has begun is finished or left to the journal."""
        beside = [asyncio.create_task(work) for work in (self._beat(), self._hear())]
        try:
            while not stop.is_set():
                try:
                    walked = await self.run_once()
                except Exception:
                    log.exception("the runner could not look for work; it tries again")
                    walked = 0
                if not walked:
                    await self._ctx.bell.wait(self._poll)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def run_once(self) -> int:
        """Claim what is due and walk it; answers how many sagas were walked."""
        ctx = self._ctx
        claims = await ctx.store.claim_due(self._node, AT_ONCE, PER_MERCHANT, self._claim_lasts, ctx.host.now())
        if claims:
            await ctx.host.point("runner.claimed")
            await asyncio.gather(*(self._walk(claim) for claim in claims))
        return len(claims)

    async def _walk(self, claim: Claim) -> None:
        self._held.add(claim)
        try:
            await run_saga(self._ctx, claim)
        except Exception:
            # The claim stays until it lapses: the saga is taken up again, and this one never ends silently.
            log.exception("saga %s of order %s stopped", claim.request, claim.order)
        finally:
            self._held.discard(claim)

    async def _hear(self) -> None:
        """The bell rings for what other nodes commit, too; without that the poll finds it."""
        try:
            await self._ctx.store.hear(self._ctx.bell.ring, self._ctx.host.sleep)
        except Exception:
            log.exception("other nodes are heard no more; the poll finds their work")

    async def _beat(self) -> None:
        while True:
            await self._ctx.host.sleep(BEAT)
            if self._held:
                await self._ctx.store.keep(tuple(self._held), self._claim_lasts)
