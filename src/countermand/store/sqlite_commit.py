"""How a change becomes rows on SQLite: a savepoint each, so that one broken change spoils nothing beside it."""

import sqlite3
from collections.abc import Iterable
from functools import lru_cache

from countermand.store.difference import Act, Written
from countermand.store.port import Answer, Broken, Claim, Committed, Lost, Replayed, Result
from countermand.store.tables import (
    IDEMPOTENCY_COLUMNS,
    ORDER_NARROW,
    ORDER_WIDE,
    OUTBOX,
    REQUESTS,
    Table,
)


def marks(count: int) -> str:
    return ", ".join("?" * count)


def insert_text(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns)
    once = " ON CONFLICT (merchant_id, dedupe) DO NOTHING" if table is OUTBOX else ""
    places = marks(2 + len(table.columns))
    return f"INSERT INTO {table.name} (merchant_id, order_number, {names}) VALUES ({places}){once}"


def update_text(table: Table) -> str:
    """Parameters: the values, then merchant, order and the other keys. A new due time ends an older pause."""
    sets = [f"{column.name} = ?{index}" for index, column in enumerate(table.columns, 3)]
    if table is REQUESTS:
        due = 3 + [column.name for column in table.columns].index("due_at")
        sets.append(f"retry_at = CASE WHEN due_at IS NOT ?{due} THEN NULL ELSE retry_at END")
    keys = len(table.keys)
    where = " AND ".join(f"{column.name} = ?{index}" for index, column in enumerate(table.keys, 3))
    return (
        f"UPDATE {table.name} SET {', '.join(sets[keys:])} WHERE merchant_id = ?1 AND order_number = ?2 AND {where}"
    )


def delete_text(table: Table) -> str:
    where = " AND ".join(f"{column.name} = ?" for column in table.keys)
    return f"DELETE FROM {table.name} WHERE merchant_id = ? AND order_number = ? AND {where}"


@lru_cache(maxsize=128)
def act_text(table: Table, act: Act) -> str:
    if act is Act.INSERT:
        return insert_text(table)
    return update_text(table) if act is Act.UPDATE else delete_text(table)


def order_update(wide: bool) -> str:
    sets = ", ".join(f"{column.name} = ?" for column in (ORDER_WIDE if wide else ORDER_NARROW))
    return f"UPDATE orders SET {sets} WHERE merchant_id = ? AND number = ? AND version = ?"


UPDATE_NARROW, UPDATE_WIDE = order_update(wide=False), order_update(wide=True)
INSERT_ORDER = (
    f"INSERT INTO orders ({', '.join(column.name for column in ORDER_WIDE)}, merchant_id, number) "
    f"VALUES ({marks(len(ORDER_WIDE) + 2)}) ON CONFLICT (merchant_id, number) DO NOTHING"
)
INSERT_IDEMPOTENCY = (
    f"INSERT INTO idempotency (merchant_id, {', '.join(column.name for column in IDEMPOTENCY_COLUMNS)}) "
    f"VALUES ({marks(len(IDEMPOTENCY_COLUMNS) + 1)})"
)
FIND_KEY = "SELECT status, body, digest FROM idempotency WHERE merchant_id = ? AND scope = ? AND key = ?"
FIND_EVENT = "SELECT status, body FROM inbox WHERE merchant_id = ? AND provider = ? AND event_id = ?"
CLAIM_HOLDS = (
    "SELECT 1 FROM requests WHERE merchant_id = ? AND order_number = ? AND id = ? AND claim_number = ? "
    "AND claim_until > ?"
)


def apply_all(connection: sqlite3.Connection, batch: Iterable[Written], now: int) -> list[Result]:
    """Each change whole or not at all, in the order given, inside the transaction that the writer has open."""
    return [apply(connection, each, now) for each in batch]


def apply(connection: sqlite3.Connection, each: Written, now: int) -> Result:
    if each.is_once and (replayed := find_replay(connection, each)) is not None:
        return replayed
    if each.change.claim is not None and not holds(connection, each.change.claim, now):
        return Lost()
    connection.execute("SAVEPOINT change")
    try:
        if not write_order(connection, each):
            connection.execute("RELEASE change")
            return Lost()
        write_rows(connection, each)
    except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as refused:
        connection.execute("ROLLBACK TO change")
        connection.execute("RELEASE change")
        return Broken(f"{each.merchant}/{each.number}: {refused}")
    connection.execute("RELEASE change")
    return Committed(each.change.after.version)


def find_replay(connection: sqlite3.Connection, each: Written) -> Replayed | None:
    key, inbound = each.change.idempotency, each.change.inbound
    if key is not None:
        row = connection.execute(FIND_KEY, (each.merchant, key.scope, key.key)).fetchone()
        if row is not None:
            return Replayed(Answer(row[0], row[1]), row[2])
    if inbound is not None:
        row = connection.execute(FIND_EVENT, (each.merchant, inbound.provider, inbound.event_id)).fetchone()
        if row is not None:
            return Replayed(Answer(row[0], row[1]))
    return None


def holds(connection: sqlite3.Connection, claim: Claim, now: int) -> bool:
    key = (claim.merchant, claim.order, claim.request, claim.number, now)
    return connection.execute(CLAIM_HOLDS, key).fetchone() is not None


def write_order(connection: sqlite3.Connection, each: Written) -> bool:
    """The guard: False if the order is not at the version that the change was decided on."""
    if each.is_new:
        return connection.execute(INSERT_ORDER, (*each.order_row, each.merchant, each.number)).rowcount == 1
    text = UPDATE_WIDE if each.wide else UPDATE_NARROW
    key = (each.merchant, each.number, each.expected_version)
    return connection.execute(text, (*each.order_row, *key)).rowcount == 1


def write_rows(connection: sqlite3.Connection, each: Written) -> None:
    """Parents before children; what goes, goes last and children first."""
    prefix = (each.merchant, each.number)
    for (table, act), rows in each.acts.items():
        if act is not Act.DELETE:
            connection.executemany(act_text(table, act), [prefix + row for row in rows])
    for (table, act), rows in reversed(each.acts.items()):
        if act is Act.DELETE:
            connection.executemany(act_text(table, act), [prefix + row for row in rows])
    if each.idempotency is not None:
        connection.execute(INSERT_IDEMPOTENCY, (each.merchant, *each.idempotency))
