"""The store on SQLite: one writer thread with group commit, a few reader threads."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from countermand.host import Clock
from countermand.model.plan import Step
from countermand.store import sqlite_commit, statements
from countermand.store.access import Write, WriteRefused
from countermand.store.base import SqlStore, claim_key, step_document
from countermand.store.dialect import translated
from countermand.store.difference import written
from countermand.store.migrate import CREATE_VERSIONS, migrations
from countermand.store.port import Change, Claim, Result
from countermand.store.rows import micros

Done = TypeVar("Done")

GROUP = 64
"""At most so many jobs share one transaction, and so one wait for the disk."""

READERS = 3
BUSY_MS = 30_000
"""How long we wait for another process that writes."""


SETTINGS = (
    f"busy_timeout = {BUSY_MS}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON",
    "cache_size = -16384",  # KiB a connection; with five of them the process stays small on a small server
)


@dataclass(frozen=True, slots=True)
class Job:
    """Work for the writer. `savepoint`: it is undone alone if it fails; a commit sees to that itself."""

    run: Callable[[sqlite3.Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    savepoint: bool = True


def connect(path: Path) -> sqlite3.Connection:
    """A connection in WAL mode that waits for the disk at every commit and checks foreign keys."""
    connection = sqlite3.connect(
        path, timeout=BUSY_MS / 1000, isolation_level=None, cached_statements=512, check_same_thread=False
    )
    try:
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def reader(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


POINT_READS = frozenset(
    (statements.LOAD, statements.FIND_ANSWER, statements.FIND_INBOUND, statements.ORDER_OF_REQUEST,
     statements.ORDER_OF_CASE)
)
"""A few pages by primary key, 60 microseconds: handing them to a thread and back costs ten times as much."""


class Writer:
    """The one thread that writes: it takes what is queued, up to GROUP jobs, into one transaction."""

    def __init__(self, path: Path) -> None:
        self.connection = connect(path)
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self.work, name="countermand-writer", daemon=True)
        self.thread.start()

    async def run(self, act: Callable[[sqlite3.Connection], Done], savepoint: bool = True) -> Done:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Done] = loop.create_future()
        self.jobs.put(Job(act, loop, future, savepoint))
        return await future

    def stop(self) -> None:
        self.jobs.put(None)
        self.thread.join()
        self.connection.close()

    def work(self) -> None:
        while (first := self.jobs.get()) is not None:
            group, ended = self.gather(first)
            deliver(self.transaction(group))
            if ended:
                return

    def gather(self, first: Job) -> tuple[list[Job], bool]:
        """The first job and what has queued up behind it; True if the end was among it."""
        group = [first]
        while len(group) < GROUP:
            try:
                job = self.jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

    def transaction(self, group: Sequence[Job]) -> list[tuple[Job, Any, BaseException | None]]:
        """Each job's outcome, after the transaction is on disk; if it cannot be, everybody learns why."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            outcomes = [self.one(job) for job in group]
            self.connection.execute("COMMIT")
            return outcomes
        except BaseException as failed:  # the caller of each job gets it: this thread has nobody to tell
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            return [(job, None, failed) for job in group]

    def one(self, job: Job) -> tuple[Job, Any, BaseException | None]:
        if not job.savepoint:
            return job, job.run(self.connection), None
        self.connection.execute("SAVEPOINT job")
        try:
            answer = job.run(self.connection)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as refused:
            self.connection.execute("ROLLBACK TO job")
            self.connection.execute("RELEASE job")
            return job, None, refused
        self.connection.execute("RELEASE job")
        return job, answer, None


def deliver(outcomes: Sequence[tuple[Job, Any, BaseException | None]]) -> None:
    """Wake every waiter, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job, Any, BaseException | None]]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].loop, []).append(outcome)
    for loop, found in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(resolve, found)


def resolve(outcomes: Sequence[tuple[Job, Any, BaseException | None]]) -> None:
    for job, answer, failed in outcomes:
        if job.future.done():  # the waiter was cancelled meanwhile; what was written stays written
            continue
        if failed is None:
            job.future.set_result(answer)
        else:
            job.future.set_exception(failed)


class SqliteStore(SqlStore):
    """Everything of store/port.py and store/directory_port.py over one SQLite file."""

    engine = "sqlite"

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path, self.clock = path, clock
        self.writer = Writer(path)
        self.point_reader = reader(path)
        self.local = threading.local()
        self.connections: list[sqlite3.Connection] = []
        self.readers = ThreadPoolExecutor(READERS, "countermand-reader", self.open_reader)

    def open_reader(self) -> None:
        connection = reader(self.path)
        self.local.connection = connection
        self.connections.append(connection)

    async def close(self) -> None:
        """Wait for what is queued, then let the file go."""
        await asyncio.to_thread(self.stop)

    def stop(self) -> None:
        self.readers.shutdown(wait=True)
        for connection in self.connections:
            connection.close()
        self.point_reader.close()
        self.writer.stop()

    async def migrate(self) -> None:
        await self.writer.run(migrate)

    async def applied(self) -> set[int]:
        return await self.writer.run(applied)

    def now(self) -> int:
        return micros(self.clock.now())

    async def read(self, sql: str, **values: Any) -> list[Sequence[Any]]:
        text, given = self.bound(sql, values)
        if sql in POINT_READS:
            return self.point_reader.execute(text, given).fetchall()
        return await asyncio.get_running_loop().run_in_executor(self.readers, self.select, text, given)

    def select(self, text: str, given: Mapping[str, Any]) -> list[Sequence[Any]]:
        connection: sqlite3.Connection = self.local.connection
        return connection.execute(text, given).fetchall()

    def bound(self, sql: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        statement = translated("sqlite", sql)
        given = {name: self.now() if name == "clock" else values[name] for name in statement.names}
        return statement.text, given

    async def write(self, writes: Sequence[Write], only_if_first: bool = False) -> list[list[Sequence[Any]]]:
        bound = [self.bound(sql, values) for sql, values in writes]

        def act(connection: sqlite3.Connection) -> list[list[Sequence[Any]]]:
            found: list[list[Sequence[Any]]] = []
            for text, given in bound:
                found.append(connection.execute(text, given).fetchall())
                if only_if_first and not found[0]:
                    break
            return found

        try:
            return await self.writer.run(act)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as refused:
            raise WriteRefused(str(refused)) from refused

    async def journal(self, claim: Claim, steps: Sequence[Step]) -> bool:
        held = (statements.CLAIM_HELD, claim_key(claim))
        told = await self.write(
            [held, *((statements.JOURNAL_STEP, claim_key(claim) | step_document(step)) for step in steps)]
        )
        return bool(told[0])

    async def commit(self, changes: Sequence[Change]) -> list[Result]:
        now = self.now()
        batch = [written(change, now) for change in changes]
        return await self.writer.run(
            lambda connection: sqlite_commit.apply_all(connection, batch, now), savepoint=False
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Runs in the writer's transaction, which nobody else can have at the same time."""
    connection.execute(CREATE_VERSIONS)
    done = applied(connection)
    for each in migrations("sqlite"):
        if each.version in done:
            continue
        for text in statements_of(each.sql):
            connection.execute(text)
        connection.execute("INSERT INTO schema_version (version, name) VALUES (?, ?)", (each.version, each.name))


def applied(connection: sqlite3.Connection) -> set[int]:
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'").fetchone() is None:
        return set()
    return {row[0] for row in connection.execute("SELECT version FROM schema_version")}


def statements_of(sql: str) -> list[str]:
    """The statements of a file; a trigger's body holds semicolons of its own."""
    found, text = [], ""
    for line in sql.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            found.append(text)
            text = ""
    return found
