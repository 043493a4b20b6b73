"""The store on PostgreSQL 14 or later, over asyncpg. A commit is one statement in one round trip."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import asyncpg

from countermand.host import Clock, Sleep
from countermand.model.plan import Step
from countermand.store import rows, statements
from countermand.store.access import Write, WriteRefused
from countermand.store.base import SqlStore, claim_key, step_document
from countermand.store.dialect import translated
from countermand.store.difference import Written, written
from countermand.store.migrate import ADVISORY_LOCK, CREATE_VERSIONS, migrations
from countermand.store.port import Broken, Change, Claim, Committed, Lost, Replayed, Result
from countermand.store.postgres_commit import arguments, shape_of, statement
from countermand.store.rows import micros
from countermand.store.wake import Wake

Done = TypeVar("Done")

RETRIES = 8
"""How often a statement is run again after a serialisation failure or a deadlock."""

LARGEST_BATCH = 500
"""Orders in one statement; more are cut."""

SETTINGS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"}
"""Plans are kept for good, so they must not be made for the empty table of the first day."""

TRANSIENT = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
ONCE = frozenset({"idempotency_pkey", "inbox_pkey"})


class Connection(asyncpg.Connection):  # type: ignore[misc]
    def get_reset_query(self) -> str:
        """Nothing: we leave no state on a connection, and a reset would be one more round trip."""
        return ""


async def retried(run: Callable[[], Awaitable[Done]]) -> Done:
    """Again after 40001 and 40P01, a bounded number of times."""
    for _ in range(RETRIES - 1):
        try:
            return await run()
        except TRANSIENT:
            continue
    return await run()


class PostgresStore(SqlStore):
    """Everything of store/port.py and store/directory_port.py over one PostgreSQL database."""

    engine = "postgresql"

    def __init__(self, pool: "asyncpg.Pool[Any]", clock: Clock, simulated: bool, wake: Wake) -> None:
        self.pool, self.clock, self.simulated, self.wake = pool, clock, simulated, wake

    @classmethod
    async def open(
        cls, url: str, clock: Clock, simulated: bool, size: int, cache: int, listen: bool
    ) -> "PostgresStore":
        """`cache` 0 is for PgBouncer in transaction mode: nothing is prepared and nothing is set on the session.

        `listen`: tell the other nodes of work that is due, and hear them.
        """
        pool = await asyncpg.create_pool(
            url, min_size=1, max_size=size, statement_cache_size=cache, connection_class=Connection,
            max_cached_statement_lifetime=0, server_settings=SETTINGS if cache else None,
        )
        return cls(pool, clock, simulated, Wake(url, on=listen))

    async def close(self) -> None:
        await self.wake.close()
        await self.pool.close()

    def wake_others(self) -> None:
        self.wake.notify()

    async def hear(self, ring: Callable[[], None], sleep: Sleep) -> None:
        await self.wake.listen(ring, sleep)

    async def migrate(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK)
            await connection.execute(CREATE_VERSIONS)
            applied = {row[0] for row in await connection.fetch("SELECT version FROM schema_version")}
            for each in migrations("postgresql"):
                if each.version in applied:
                    continue
                await connection.execute(each.sql)
                await connection.execute(
                    "INSERT INTO schema_version (version, name) VALUES ($1, $2)", each.version, each.name
                )

    async def applied(self) -> set[int]:
        if await self.pool.fetchval("SELECT to_regclass('schema_version')") is None:
            return set()
        return {row[0] for row in await self.pool.fetch("SELECT version FROM schema_version")}

    def now(self) -> int:
        return micros(self.clock.now())

    def simulated_now(self) -> int | None:
        """The clock of a simulation; None = the database's own clock decides."""
        return self.now() if self.simulated else None

    def bound(self, write: Write) -> tuple[str, list[Any]]:
        sql, values = write
        found = translated("postgresql", sql)
        return found.text, [self.simulated_now() if name == "clock" else values[name] for name in found.names]

    async def read(self, sql: str, **values: Any) -> list[Sequence[Any]]:
        text, given = self.bound((sql, values))
        return await retried(lambda: self.pool.fetch(text, *given))

    async def write(self, writes: Sequence[Write], only_if_first: bool = False) -> list[list[Sequence[Any]]]:
        bound = [self.bound(write) for write in writes]
        try:
            return await retried(lambda: self.run(bound, only_if_first))
        except REFUSED as refused:
            raise WriteRefused(str(refused)) from refused

    async def run(self, bound: Sequence[tuple[str, list[Any]]], only_if_first: bool) -> list[list[Sequence[Any]]]:
        if len(bound) == 1:
            return [await self.pool.fetch(bound[0][0], *bound[0][1])]
        found: list[list[Sequence[Any]]] = []
        async with self.pool.acquire() as connection, connection.transaction():
            for text, given in bound:
                found.append(await connection.fetch(text, *given))
                if only_if_first and not found[0]:
                    break
        return found

    async def commit(self, changes: Sequence[Change]) -> list[Result]:
        now = self.now()
        batch = [written(change, now) for change in changes]
        keys = [(each.merchant, each.number) for each in batch]
        assert len(set(keys)) == len(keys), "at most one change an order in one commit"
        ordered = sorted(batch, key=lambda each: (each.merchant, each.number))
        results: dict[tuple[str, str], Result] = {}
        for start in range(0, len(ordered), LARGEST_BATCH):
            results |= await self.settle(ordered[start : start + LARGEST_BATCH])
        return [results[key] for key in keys]

    async def journal(self, claim: Claim, steps: Sequence[Step]) -> bool:
        values = claim_key(claim) | {"steps": rows.json_text([step_document(step) for step in steps])}
        held = await self.write([(statements.JOURNAL, values)])
        return bool(held[0][0][0])

    async def settle(self, batch: Sequence[Written]) -> dict[tuple[str, str], Result]:
        """One statement; where the database refuses it, find out for whom."""
        for _ in range(RETRIES):
            try:
                done = await retried(lambda: self.write_batch(batch))
            except asyncpg.UniqueViolationError as refused:
                if refused.constraint_name not in ONCE:
                    return await self.one_by_one(batch, refused)
                replayed = await self.replays(batch)
                rest = [each for each in batch if (each.merchant, each.number) not in replayed]
                if replayed or len(batch) > 1:
                    return replayed | (await self.settle_each(rest) if rest else {})
                continue  # the twin that held the key took it back
            except REFUSED as refused:
                return await self.one_by_one(batch, refused)
            return await self.told(batch, done)
        raise TimeoutError("an idempotency key changed hands too often")

    async def settle_each(self, batch: Sequence[Written]) -> dict[tuple[str, str], Result]:
        """Two changes of one batch may bear the same key, so after a clash each goes alone."""
        results: dict[tuple[str, str], Result] = {}
        for each in batch:
            results |= await self.settle([each])
        return results

    async def one_by_one(self, batch: Sequence[Written], refused: Exception) -> dict[tuple[str, str], Result]:
        if len(batch) == 1:
            merchant, number = batch[0].merchant, batch[0].number
            return {(merchant, number): Broken(f"{merchant}/{number}: {refused.args[0]}")}
        return await self.settle_each(batch)

    async def write_batch(self, batch: Sequence[Written]) -> set[tuple[str, str]]:
        shape = shape_of(batch)
        found = await self.pool.fetch(statement(shape), *arguments(shape, batch, self.simulated_now()))
        return {(row[0], row[1]) for row in found}

    async def told(self, batch: Sequence[Written], done: set[tuple[str, str]]) -> dict[tuple[str, str], Result]:
        """A loser that bears a key may have lost to its own twin: then the twin's answer is its answer."""
        lost = [each for each in batch if (each.merchant, each.number) not in done]
        replayed = await self.replays([each for each in lost if each.is_once])
        results: dict[tuple[str, str], Result] = {}
        for each in batch:
            key = (each.merchant, each.number)
            results[key] = Committed(each.change.after.version) if key in done else replayed.get(key, Lost())
        return results

    async def replays(self, batch: Sequence[Written]) -> dict[tuple[str, str], Result]:
        found: dict[tuple[str, str], Result] = {}
        for each in batch:
            replayed = await self.replay(each)
            if replayed is not None:
                found[each.merchant, each.number] = replayed
        return found

    async def replay(self, each: Written) -> Replayed | None:
        found = None
        if each.change.idempotency is not None:
            found = await self.find_answer(each.merchant, each.change.idempotency)
        if found is None and each.change.inbound is not None:
            found = await self.find_inbound(each.merchant, each.change.inbound)
        return found
