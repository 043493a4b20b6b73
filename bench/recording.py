"""What one request wrote, read back from the database: rows inserted and columns updated, table by table.

From that the same writes are made as one pgbench statement (`-M prepared`) that PostgreSQL runs with nothing in
between: the limit (DESIGN section 9). The recorded order's number and request id become functions of a counter.
"""

from dataclasses import dataclass
from typing import Any

import asyncpg

TABLES_OF_ORDER = {
    "orders": ("number", "number"),
    "order_lines": ("order_number", "id"),
    "charges": ("order_number", "id"),
    "payments": ("order_number", "id"),
    "fulfilment_orders": ("order_number", "id"),
    "fulfilment_lines": ("order_number", "fulfilment_order,line"),
    "parcels": ("order_number", "id"),
    "requests": ("order_number", "id"),
    "parts": ("order_number", "request,number"),
    "cases": ("order_number", "id"),
    "duties": ("order_number", "id"),
    "steps": ("order_number", "request,number"),
    "work_items": ("order_number", "kind,subject"),
    "audit_entries": ("order_number", "sequence"),
    "audit_texts": ("order_number", "sequence,event,field"),
    "outbox": ("order_number", "dedupe"),
}

Rows = dict[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Writes:
    """What one request wrote: `inserted` and `updated` are (table, row) pairs, updates with their key columns."""

    inserted: tuple[tuple[str, dict[str, Any]], ...]
    updated: tuple[tuple[str, tuple[str, ...], dict[str, Any], dict[str, Any]], ...]

    def per_table(self) -> dict[str, tuple[int, int]]:
        """Rows (inserted, updated) of each table."""
        found: dict[str, list[int]] = {}
        for table, _ in self.inserted:
            found.setdefault(table, [0, 0])[0] += 1
        for table, *_ in self.updated:
            found.setdefault(table, [0, 0])[1] += 1
        return {table: (counts[0], counts[1]) for table, counts in sorted(found.items())}


async def snapshot(database: asyncpg.Connection, merchant: str, number: str) -> dict[str, Rows]:
    """Every row of one order, and the merchant's idempotency rows."""
    found: dict[str, Rows] = {}
    for table, (column, keys) in TABLES_OF_ORDER.items():
        rows = await database.fetch(
            f"SELECT * FROM {table} WHERE merchant_id = $1 AND {column} = $2", merchant, number
        )
        found[table] = {tuple(row[key] for key in keys.split(",")): dict(row) for row in rows}
    rows = await database.fetch("SELECT * FROM idempotency WHERE merchant_id = $1", merchant)
    found["idempotency"] = {(row["scope"], row["key"]): dict(row) for row in rows}
    return found


def difference(before: dict[str, Rows], after: dict[str, Rows]) -> Writes:
    """The writes that lead from one snapshot to the other."""
    inserted, updated = [], []
    for table, rows in after.items():
        column, keys = TABLES_OF_ORDER.get(table, ("", "scope,key"))
        names = tuple(dict.fromkeys(("merchant_id", *([column] if column else []), *keys.split(","))))
        for key, row in rows.items():
            old = before[table].get(key)
            if old is None:
                inserted.append((table, row))
            elif old != row:
                changed = {name: value for name, value in row.items() if value != old[name]}
                updated.append((table, names, {name: row[name] for name in names}, changed))
    return Writes(tuple(inserted), tuple(updated))


@dataclass(frozen=True)
class Template:
    """Turns recorded values into SQL of the counter `n`: `tokens` are (recorded text, SQL expression)."""

    tokens: tuple[tuple[str, str], ...]

    def sql(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, bytes):
            return f"convert_to({self.text(value.decode())}, 'UTF8')"
        return self.text(str(value))

    def text(self, value: str) -> str:
        pieces = [(value, False)]
        for recorded, expression in self.tokens:
            cut: list[tuple[str, bool]] = []
            for piece, is_sql in pieces:
                if is_sql:
                    cut.append((piece, True))
                    continue
                for index, part in enumerate(piece.split(recorded)):
                    cut += [(expression, True)] * (index > 0) + [(part, False)] * bool(part)
            pieces = cut
        return " || ".join(piece if is_sql else literal(piece) for piece, is_sql in pieces) or "''"


def literal(text: str) -> str:
    """An SQL literal without a colon, because pgbench takes what follows one for a variable, quoted or not."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'"


def limit_script(writes: Writes, template: Template, per_client: int, first: int) -> str:
    """A pgbench script: read the order and its lines by key, then every recorded write in one statement."""
    acts = []
    for index, (table, names, key, changed) in enumerate(writes.updated):
        sets = ", ".join(f"{name} = {template.sql(value)}" for name, value in changed.items())
        where = " AND ".join(f"{name} = {template.sql(key[name])}" for name in names)
        acts.append(f"u{index} AS (UPDATE {table} SET {sets} WHERE {where} RETURNING 1)")
    by_table: dict[str, list[dict[str, Any]]] = {}
    for table, row in writes.inserted:
        by_table.setdefault(table, []).append(row)
    for index, (table, rows) in enumerate(by_table.items()):
        columns = ", ".join(rows[0])
        values = ", ".join("(" + ", ".join(template.sql(value) for value in row.values()) + ")" for row in rows)
        acts.append(f"i{index} AS (INSERT INTO {table} ({columns}) VALUES {values} RETURNING 1)")
    number = dict(template.tokens)[template.tokens[0][0]]
    joined = ",\n".join(acts)
    return (
        f"\\set i :i + 1\n\\set n {first} + :client_id * {per_client} + :i\n"
        "SELECT o.*, l.*, f.* FROM orders o JOIN order_lines l ON l.merchant_id = o.merchant_id "
        "AND l.order_number = o.number JOIN fulfilment_lines f ON f.merchant_id = o.merchant_id "
        f"AND f.order_number = o.number AND f.line = l.id WHERE o.merchant_id = 'bench' AND o.number = {number};\n"
        f"WITH {joined} SELECT 1;\n"
    )
