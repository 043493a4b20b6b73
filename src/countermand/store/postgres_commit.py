"""A batch of changes as one PostgreSQL statement: data-modifying CTEs behind the orders' version guard.

The rows of many orders travel as one array for each column (`unnest`); those of one order as plain parameters and one
JSON document for each table, which costs the client a third. The text depends only on which tables are touched and
how, so a connection prepares each shape once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from countermand.store import rows
from countermand.store.dialect import WORDS
from countermand.store.difference import Act, Written
from countermand.store.tables import (
    IDEMPOTENCY_COLUMNS,
    INBOX,
    ORDER_NARROW,
    ORDER_WIDE,
    OUTBOX,
    REQUESTS,
    Column,
    Table,
    columns,
)

TYPES = {"text": "text", "int": "bigint", "bool": "boolean", "bytes": "bytea"}
ORDER_KEY = columns("merchant_id number")
CHILD_KEY = columns("merchant_id order_number")
GUARD = columns("expected:int claim_request claim_number:int")
Acts = tuple[tuple[Table, Act], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a batch touches. `many`: more than one order, so that every row names its own."""

    many: bool
    inserts: bool
    updates: bool
    wide: bool
    claims: bool
    idempotency: bool
    acts: Acts


def shape_of(batch: Sequence[Written]) -> Shape:
    acts = {key: None for each in batch for key in each.acts}
    return Shape(
        many=len(batch) > 1,
        inserts=any(each.is_new for each in batch),
        updates=not all(each.is_new for each in batch),
        wide=any(each.wide and not each.is_new for each in batch),
        claims=any(each.change.claim for each in batch),
        idempotency=any(each.idempotency for each in batch),
        acts=tuple(sorted(acts, key=lambda key: (key[0].name, key[1]))),
    )


RECORDS = (INBOX.columns, IDEMPOTENCY_COLUMNS)
"""JSON knows no bytes; the tables that have them get one row from one change."""


def is_record(names: Sequence[Column]) -> bool:
    return any(names is each for each in RECORDS)


class Sources:
    """Numbers the parameters of the arrays in the order in which they are asked for."""

    def __init__(self) -> None:
        self.count = 0

    def next(self, kind: str) -> str:
        self.count += 1
        return f"${self.count}::{kind}"

    def arrays(self, names: Sequence[Column], alias: str) -> str:
        """Any number of rows, an array for each column."""
        found = ", ".join(self.next(TYPES[column.kind] + "[]") for column in names)
        return f"unnest({found}) AS {alias}({listed(names)})"

    def record(self, names: Sequence[Column], alias: str) -> str:
        """One row, a parameter for each column."""
        found = ", ".join(f"{self.next(TYPES[column.kind])} AS {column.name}" for column in names)
        return f"(SELECT {found}) AS {alias}"

    def document(self, names: Sequence[Column], alias: str) -> str:
        """Any number of rows as one JSON list of objects."""
        found = ", ".join(f"{column.name} {TYPES[column.kind]}" for column in names)
        return f"json_to_recordset({self.next('json')}) AS {alias}({found})"

    def orders(self, shape: Shape, names: Sequence[Column]) -> str:
        return self.arrays(names, "i") if shape.many else self.record(names, "i")

    def children(self, shape: Shape, names: tuple[Column, ...]) -> str:
        if shape.many:
            return self.arrays(CHILD_KEY + names, "r")
        return self.record(names, "r") if is_record(names) else self.document(names, "r")


def listed(names: Sequence[Column], prefix: str = "") -> str:
    return ", ".join(prefix + column.name for column in names)


def update_guard(shape: Shape) -> tuple[Column, ...]:
    wanted = ORDER_WIDE if shape.wide else ORDER_NARROW
    return ORDER_KEY + (GUARD if shape.claims else GUARD[:1]) + wanted


@lru_cache(maxsize=1024)
def statement(shape: Shape) -> str:
    """The text for one shape; its parameters are what `arguments` gives, in the same order."""
    sources, parts, guards = Sources(), [], []
    if shape.updates:
        parts.append(f"updated AS ({update_orders(shape, sources)})")
        guards.append("SELECT merchant_id, number FROM updated")
    if shape.inserts:
        parts.append(f"inserted AS ({insert_orders(shape, sources)})")
        guards.append("SELECT merchant_id, number FROM inserted")
    parts.append(f"done AS ({' UNION ALL '.join(guards)})")
    for index, (table, act) in enumerate(shape.acts):
        parts.append(f"act_{index} AS ({act_text(shape, table, act, sources)})")
    if shape.idempotency:
        parts.append(f"keys AS ({insert_idempotency(shape, sources)})")
    return f"WITH {', '.join(parts)} SELECT merchant_id, number FROM done"


def update_orders(shape: Shape, sources: Sources) -> str:
    names = update_guard(shape)
    sets = ", ".join(f"{column.name} = i.{column.name}" for column in (ORDER_WIDE if shape.wide else ORDER_NARROW))
    now = WORDS["postgresql"]["{now}"]
    if shape.claims:
        now = now.replace(":clock", sources.next("bigint"))
    holds = (
        " AND (i.claim_request IS NULL OR EXISTS (SELECT 1 FROM requests r WHERE r.merchant_id = i.merchant_id "
        "AND r.order_number = i.number AND r.id = i.claim_request AND r.claim_number = i.claim_number "
        f"AND r.claim_until > {now}))"
    )
    return (
        f"UPDATE orders o SET {sets} FROM {sources.orders(shape, names)} WHERE o.merchant_id = i.merchant_id "
        f"AND o.number = i.number AND o.version = i.expected{holds if shape.claims else ''} "
        "RETURNING o.merchant_id, o.number"
    )


def insert_orders(shape: Shape, sources: Sources) -> str:
    names = ORDER_KEY + ORDER_WIDE
    return (
        f"INSERT INTO orders ({listed(names)}) SELECT {listed(names)} FROM {sources.orders(shape, names)} "
        "ON CONFLICT (merchant_id, number) DO NOTHING RETURNING merchant_id, number"
    )


IS_DONE = "((r.merchant_id, r.order_number) IN (SELECT merchant_id, number FROM done)) IS TRUE"
"""`IS TRUE` keeps it a hashed subplan: the planner cannot know how long the arrays are."""


def act_text(shape: Shape, table: Table, act: Act, sources: Sources) -> str:
    names = table.keys if act is Act.DELETE else table.columns
    source = sources.children(shape, names)
    rest = f"FROM {source} WHERE {IS_DONE}" if shape.many else f"FROM done d, {source}"
    if act is Act.INSERT:
        first = "r.merchant_id, r.order_number" if shape.many else "d.merchant_id, d.number"
        once = " ON CONFLICT (merchant_id, dedupe) DO NOTHING" if table is OUTBOX else ""
        into = f"INSERT INTO {table.name} (merchant_id, order_number, {listed(names)})"
        return f"{into} SELECT {first}, {listed(names, 'r.')} {rest}{once}"
    owner = ("r.merchant_id", "r.order_number") if shape.many else ("d.merchant_id", "d.number")
    keys = [f"t.merchant_id = {owner[0]}", f"t.order_number = {owner[1]}"]
    keys += [f"t.{column.name} = r.{column.name}" for column in table.keys]
    rest += (" AND " if shape.many else " WHERE ") + " AND ".join(keys)
    if act is Act.DELETE:
        return f"DELETE FROM {table.name} t {rest.replace('FROM', 'USING', 1)}"
    return f"UPDATE {table.name} t SET {set_text(table)} {rest}"


def set_text(table: Table) -> str:
    """A new due time ends an older pause of the saga."""
    sets = [f"{column.name} = r.{column.name}" for column in table.values]
    if table is REQUESTS:
        sets.append("retry_at = CASE WHEN t.due_at IS DISTINCT FROM r.due_at THEN NULL ELSE t.retry_at END")
    return ", ".join(sets)


def insert_idempotency(shape: Shape, sources: Sources) -> str:
    """A plain INSERT: a twin's key breaks the whole statement, so that nothing of ours is written beside it."""
    names = listed(IDEMPOTENCY_COLUMNS)
    source = sources.children(shape, IDEMPOTENCY_COLUMNS)
    into = f"INSERT INTO idempotency (merchant_id, {names})"
    if shape.many:
        return f"{into} SELECT r.merchant_id, {listed(IDEMPOTENCY_COLUMNS, 'r.')} FROM {source} WHERE {IS_DONE}"
    return f"{into} SELECT d.merchant_id, {listed(IDEMPOTENCY_COLUMNS, 'r.')} FROM done d, {source}"


def arguments(shape: Shape, batch: Sequence[Written], clock: int | None) -> list[object]:
    """The parameters of `statement(shape)`; `batch` is in key order, so rows are locked in key order."""
    found: list[object] = []
    if shape.updates:
        if shape.claims:
            found.append(clock)
        found += order_arguments(shape, [guard_row(shape, each) for each in batch if not each.is_new])
    if shape.inserts:
        new = [(each.merchant, each.number, *each.order_row) for each in batch if each.is_new]
        found += order_arguments(shape, new)
    for table, act in shape.acts:
        names = table.keys if act is Act.DELETE else table.columns
        found += child_arguments(shape, names, [(each, each.acts.get((table, act), ())) for each in batch])
    if shape.idempotency:
        keys = [(each, (each.idempotency,)) for each in batch if each.idempotency]
        found += child_arguments(shape, IDEMPOTENCY_COLUMNS, keys)
    return found


def guard_row(shape: Shape, each: Written) -> rows.Row:
    row = each.order_row
    if shape.wide and not each.wide:
        row = rows.wide_order_row(each.change.after)
    claim = each.change.claim
    claimed = (claim and claim.request, claim and claim.number) if shape.claims else ()
    return each.merchant, each.number, each.expected_version, *claimed, *row


def order_arguments(shape: Shape, found: Sequence[rows.Row]) -> Sequence[object]:
    return transposed(found) if shape.many else found[0]


def child_arguments(
    shape: Shape, names: Sequence[Column], found: Sequence[tuple[Written, Sequence[rows.Row]]]
) -> Sequence[object]:
    if shape.many:
        return transposed([(each.merchant, each.number, *row) for each, its in found for row in its])
    own = found[0][1]
    if is_record(names):
        return own[0]
    keys = [column.name for column in names]
    return (rows.json_text([dict(zip(keys, row, strict=True)) for row in own]),)


def transposed(found: Sequence[rows.Row]) -> list[list[rows.Scalar]]:
    return [list(column) for column in zip(*found, strict=True)]
