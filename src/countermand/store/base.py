"""What both engines share: the order store's queries, told in one SQL for both."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from countermand.host import Sleep
from countermand.model.order import Order
from countermand.model.plan import Step
from countermand.store import statements
from countermand.store.deliveries import SqlDeliveries
from countermand.store.directory import SqlDirectory
from countermand.store.lists import SqlLists
from countermand.store.migrate import migrations
from countermand.store.port import Answer, Change, Claim, Idempotency, Inbound, Replayed, Result
from countermand.store.readers import order_of
from countermand.store.rows import maybe_micros, micros, step_row

MICROSECOND = timedelta(microseconds=1)


class SqlStore(SqlDirectory, SqlLists, SqlDeliveries):
    """The order store over `read` and `write`, which each engine brings."""

    @abstractmethod
    async def migrate(self) -> None: ...

    @abstractmethod
    async def close(self) -> None: ...

    def wake_others(self) -> None:
        """An engine without other nodes has nobody to wake."""

    async def hear(self, ring: Callable[[], None], sleep: Sleep) -> None:
        """An engine without other nodes has nobody to hear."""

    @abstractmethod
    async def applied(self) -> set[int]:
        """The versions of the migrations that the database has."""

    async def is_ready(self) -> bool:
        return {each.version for each in migrations(self.engine)} <= await self.applied()

    @abstractmethod
    async def commit(self, changes: Sequence[Change]) -> list[Result]: ...

    async def load(self, merchant: str, number: str) -> Order | None:
        found = await self.read(statements.LOAD, merchant=merchant, number=number)
        return order_of(merchant, number, list(found[0])) if found else None

    async def find_answer(self, merchant: str, idempotency: Idempotency) -> Replayed | None:
        found = await self.read(
            statements.FIND_ANSWER, merchant=merchant, scope=idempotency.scope, key=idempotency.key
        )
        return Replayed(Answer(found[0][0], found[0][1]), found[0][2]) if found else None

    async def find_inbound(self, merchant: str, inbound: Inbound) -> Replayed | None:
        found = await self.read(
            statements.FIND_INBOUND, merchant=merchant, provider=inbound.provider, event=inbound.event_id
        )
        return Replayed(Answer(found[0][0], found[0][1])) if found else None

    async def order_of_request(self, merchant: str, request: str) -> str | None:
        found: str | None = await self.first(statements.ORDER_OF_REQUEST, merchant=merchant, id=request)
        return found

    async def order_of_case(self, merchant: str, case: str) -> str | None:
        found: str | None = await self.first(statements.ORDER_OF_CASE, merchant=merchant, id=case)
        return found

    async def recent_requests(self, merchant: str, email: str, since: datetime) -> int:
        found = await self.read(
            statements.RECENT_REQUESTS, merchant=merchant, email=email.strip().lower(), since=micros(since)
        )
        return int(found[0][0])

    async def claim_due(
        self, node: str, limit: int, per_merchant: int, expiry: timedelta, now: datetime
    ) -> list[Claim]:
        due = await self.read(statements.DUE, now=micros(now), per_merchant=per_merchant, limit=limit)
        if not due:
            return []
        values = statements.claim_keys(self.engine, due) | {"node": node, "expiry": expiry // MICROSECOND}
        claimed = await self.write([(statements.CLAIM[self.engine], values)])
        return [Claim(*row) for row in claimed[0]]

    async def keep(self, claims: Sequence[Claim], expiry: timedelta) -> None:
        if claims:
            lasts = {"expiry": expiry // MICROSECOND}
            await self.write([(statements.KEEP, claim_key(claim) | lasts) for claim in claims])

    async def holds(self, claim: Claim) -> bool:
        return bool(await self.read(statements.CLAIM_HELD, **claim_key(claim)))

    async def release(self, claim: Claim, retry_at: datetime | None = None) -> None:
        await self.write([(statements.RELEASE, claim_key(claim) | {"retry_at": maybe_micros(retry_at)})])


def claim_key(claim: Claim) -> dict[str, Any]:
    return {
        "merchant": claim.merchant, "number": claim.order, "request": claim.request, "claim": claim.number,
    }


def step_document(step: Step) -> dict[str, Any]:
    """What the journal writes of a step."""
    _, number, _, _, subject, state, generation, attempt, due_at, lines, receipt, failure = step_row(0, "", step)
    return {
        "step": number, "subject": subject, "state": state, "generation": generation, "attempt": attempt,
        "due_at": due_at, "lines": lines, "receipt": receipt, "failure": failure,
    }
