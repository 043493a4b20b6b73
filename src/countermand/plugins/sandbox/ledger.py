"""The sandbox's own SQLite file: every call and every act with its key, and the events it owes the outside."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from countermand.model.money import Money
from countermand.plugins.protocols import Receipt, Standing

Result = TypeVar("Result")

BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS behaviour (
    call TEXT NOT NULL, subject TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (call, subject));
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, call TEXT NOT NULL, subject TEXT NOT NULL,
    key TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT 'begun');
CREATE INDEX IF NOT EXISTS calls_by_key ON calls (key);
CREATE TABLE IF NOT EXISTS acts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, call TEXT NOT NULL, subject TEXT NOT NULL,
    key TEXT NOT NULL, standing TEXT NOT NULL, amount INTEGER, currency TEXT,
    completes_at TEXT, fails INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS acts_by_key ON acts (subject, key);
CREATE INDEX IF NOT EXISTS acts_to_complete ON acts (completes_at) WHERE completes_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS payments (
    reference TEXT NOT NULL, currency TEXT NOT NULL, authorised INTEGER NOT NULL, captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL, released INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (reference, currency),
    CHECK (refunded <= captured AND captured <= authorised AND released <= authorised - captured));
CREATE TABLE IF NOT EXISTS introductions (
    reference TEXT NOT NULL, currency TEXT NOT NULL, introduced_for TEXT NOT NULL,
    PRIMARY KEY (reference, currency, introduced_for));
CREATE TABLE IF NOT EXISTS observed (
    reference TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (reference, event_id));
CREATE TABLE IF NOT EXISTS fulfilments (subject TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS units (
    subject TEXT NOT NULL, word TEXT NOT NULL, line TEXT NOT NULL, quantity INTEGER NOT NULL,
    PRIMARY KEY (subject, word, line));
CREATE TABLE IF NOT EXISTS capture_limits (
    subject TEXT NOT NULL, payment TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    PRIMARY KEY (subject, payment));
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL,
    subject TEXT NOT NULL, type TEXT NOT NULL, reference TEXT NOT NULL, occurred_at TEXT NOT NULL,
    due_at TEXT NOT NULL, amount INTEGER, currency TEXT, sent_at TEXT);
"""


@dataclass(frozen=True, slots=True)
class Act:
    """One effect that really happened, and how far it is. `fails`: when it completes, it comes to nothing."""

    number: int
    call: str
    subject: str
    key: str
    standing: Standing
    amount: Money | None
    fails: bool

    @property
    def reference(self) -> str:
        return f"sandbox_{self.call.replace('.', '_')}_{self.number:06d}"

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.reference, self.standing, self.amount)


class Ledger:
    """One connection to the file. Many processes may hold one each: WAL, `BEGIN IMMEDIATE`, a long busy wait.

    `synchronous=NORMAL` survives a killed process, which is all that a sandbox is asked to survive.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @property
    def is_there(self) -> bool:
        """Whether anybody ever used this sandbox."""
        return self._connection is not None or Path(self.path).exists()

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do `work` in one transaction, off the event loop."""
        return await asyncio.to_thread(self.run_here, work)

    def run_here(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do `work` in one transaction, in this thread."""
        with self._lock:
            connection = self._connection or self._connect()
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            return result

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self) -> sqlite3.Connection:
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # The file becomes WAL and gets its tables in one guarded step: two processes may start at the same time.
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in filter(str.strip, SCHEMA.split(";\n")):
            connection.execute(statement)
        connection.execute("COMMIT")
        self._connection = connection
        return connection


def instant(at: datetime) -> str:
    """An instant as text that sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def note_call(connection: sqlite3.Connection, at: datetime, call: str, subject: str, key: str) -> int:
    """Write down that somebody called; the number is for `note_outcome`."""
    cursor = connection.execute(
        "INSERT INTO calls (at, call, subject, key) VALUES (?, ?, ?, ?)", (instant(at), call, subject, key)
    )
    assert cursor.lastrowid is not None, "SQLite numbers every row"
    return cursor.lastrowid


def note_outcome(connection: sqlite3.Connection, number: int, outcome: str) -> None:
    connection.execute("UPDATE calls SET outcome = ? WHERE number = ?", (outcome, number))


def note_act(
    connection: sqlite3.Connection, at: datetime, call: str, subject: str, key: str, *,
    amount: Money | None = None, pending: float | None = None, fails: bool = False, bounces: float | None = None,
) -> Act:
    """Write an effect. `pending`: seconds until it completes; None = it is complete, unless it bounces later."""
    standing = Standing.DONE if pending is None else Standing.PENDING
    later = pending if pending is not None else bounces
    fails = fails if pending is not None else bounces is not None
    completes_at = None if later is None else instant(at + timedelta(seconds=later))
    cursor = connection.execute(
        "INSERT INTO acts (at, call, subject, key, standing, amount, currency, completes_at, fails) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (instant(at), call, subject, key, standing.value, amount.minor if amount else None,
         amount.currency if amount else None, completes_at, int(fails)),
    )
    assert cursor.lastrowid is not None, "SQLite numbers every row"
    return Act(cursor.lastrowid, call, subject, key, standing, amount, fails)


ACT = "SELECT number, call, subject, key, standing, amount, currency, fails FROM acts"


def act_of(row: tuple[int, str, str, str, str, int | None, str | None, int]) -> Act:
    number, call, subject, key, standing, minor, currency, fails = row
    amount = Money(minor, currency) if minor is not None and currency is not None else None
    return Act(number, call, subject, key, Standing(standing), amount, bool(fails))


def find_act(connection: sqlite3.Connection, subject: str, key: str, since: datetime | None = None) -> Act | None:
    """The newest act under this key, from the list of this subject; `since`: not an older one."""
    row = connection.execute(
        f"{ACT} WHERE subject = ? AND key = ? AND at >= ? ORDER BY number DESC LIMIT 1",
        (subject, key, "" if since is None else instant(since)),
    ).fetchone()
    return None if row is None else act_of(row)


def due_acts(connection: sqlite3.Connection, now: datetime) -> list[Act]:
    """Acts that were pending and whose time has come."""
    rows = connection.execute(
        f"{ACT} WHERE completes_at IS NOT NULL AND completes_at <= ? ORDER BY number", (instant(now),)
    )
    return [act_of(row) for row in rows.fetchall()]


def acts_of(connection: sqlite3.Connection, subject: str) -> list[Act]:
    """Every act of this subject that stands."""
    return [act_of(row) for row in connection.execute(f"{ACT} WHERE subject = ?", (subject,))]


def open_acts(connection: sqlite3.Connection, subject: str) -> list[Act]:
    """Acts of this subject that are still pending."""
    rows = connection.execute(f"{ACT} WHERE subject = ? AND completes_at IS NOT NULL", (subject,))
    return [act_of(row) for row in rows.fetchall()]


def end_act(connection: sqlite3.Connection, act: Act, standing: Standing | None) -> None:
    """The act is over: how it stands, or None = it failed, so no receipt proves it any more."""
    if standing is None:
        connection.execute("DELETE FROM acts WHERE number = ?", (act.number,))
    else:
        connection.execute(
            "UPDATE acts SET standing = ?, completes_at = NULL WHERE number = ?", (standing.value, act.number)
        )


def keys_last(connection: sqlite3.Connection) -> timedelta | None:
    """How long a key is honoured; None = for ever (the default), zero = not at all."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'keys_last_seconds'").fetchone()
    return None if row is None or row[0] is None else timedelta(seconds=float(row[0]))


def honoured_act(connection: sqlite3.Connection, subject: str, key: str, now: datetime) -> Act | None:
    """The act that this key already stands for, as far as the provider still honours it."""
    lasts = keys_last(connection)
    if lasts is None:
        return find_act(connection, subject, key)
    return find_act(connection, subject, key, since=now - lasts) if lasts else None
