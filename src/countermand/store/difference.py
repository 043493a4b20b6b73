"""What a change writes: the rows that differ between the aggregate before and after."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from countermand.model.order import Order
from countermand.store import rows
from countermand.store.port import Answer, Change
from countermand.store.rows import Row
from countermand.store.tables import (
    AUDIT_ENTRIES,
    AUDIT_TEXTS,
    CASES,
    CHARGES,
    DUTIES,
    FULFILMENT_LINES,
    FULFILMENT_ORDERS,
    INBOX,
    ORDER_LINES,
    OUTBOX,
    PARCELS,
    PARTS,
    PAYMENTS,
    REQUESTS,
    STEPS,
    WORK_ITEMS,
    Table,
)


class Act(StrEnum):
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


Item = tuple[int, str, Any]
"""A member of a collection: its position among its siblings, the id of its owner ("" = the order), itself."""

NO_ANSWER = Answer(204, b"")


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of one change. A deleted row is its key; an updated row is whole."""

    change: Change
    wide: bool
    order_row: Row
    acts: dict[tuple[Table, Act], list[Row]] = field(default_factory=dict)
    idempotency: Row | None = None

    @property
    def merchant(self) -> str:
        return self.change.after.merchant

    @property
    def number(self) -> str:
        return self.change.after.number

    @property
    def is_new(self) -> bool:
        return self.change.before is None

    @property
    def expected_version(self) -> int:
        return self.change.before.version if self.change.before else 0

    @property
    def is_once(self) -> bool:
        """Whether a key or an event id lets it happen only once."""
        return self.idempotency is not None or self.change.inbound is not None


def flat(name: str) -> Callable[[Order], list[Item]]:
    return lambda order: [(index, "", each) for index, each in enumerate(getattr(order, name))]


def nested(owners: str, owned: str) -> Callable[[Order], list[Item]]:
    return lambda order: [
        (index, owner.id, each)
        for owner in getattr(order, owners)
        for index, each in enumerate(getattr(owner, owned))
    ]


@dataclass(frozen=True, slots=True)
class Collection:
    """One table of the aggregate: which field holds it, how to spread it out, how a member becomes a row."""

    table: Table
    field: str
    items: Callable[[Order], list[Item]]
    row: Callable[[int, str, Any], Row]


COLLECTIONS = (
    Collection(ORDER_LINES, "lines", flat("lines"), rows.line_row),
    Collection(CHARGES, "charges", flat("charges"), rows.charge_row),
    Collection(PAYMENTS, "payments", flat("payments"), rows.payment_row),
    Collection(FULFILMENT_ORDERS, "fulfilment_orders", flat("fulfilment_orders"), rows.fulfilment_order_row),
    Collection(FULFILMENT_LINES, "fulfilment_orders", nested("fulfilment_orders", "lines"), rows.fulfilment_line_row),
    Collection(PARCELS, "parcels", flat("parcels"), rows.parcel_row),
    Collection(REQUESTS, "requests", flat("requests"), rows.request_row),
    Collection(PARTS, "requests", nested("requests", "parts"), rows.part_row),
    Collection(CASES, "cases", flat("cases"), rows.case_row),
    Collection(DUTIES, "duties", flat("duties"), rows.duty_row),
    Collection(STEPS, "steps", flat("steps"), rows.step_row),
    Collection(WORK_ITEMS, "work", flat("work"), rows.work_row),
)
NARROW_FIELDS = frozenset({"version", "audit_sequence", "audit_head"} | {each.field for each in COLLECTIONS})
WIDE_FIELDS = tuple(name for name in Order.__dataclass_fields__ if name not in NARROW_FIELDS)


def written(change: Change, now: int) -> Written:
    """The rows of a change. `now`: microseconds, for the rows that remember when they were received."""
    before, after = change.before, change.after
    assert before is None or after.version == before.version + 1, "a commit raises the version by one"
    wide = before is None or any(getattr(before, name) != getattr(after, name) for name in WIDE_FIELDS)
    order_row = rows.wide_order_row(after) if wide else rows.narrow_order_row(after)
    acts = {key: found for key, found in aggregate_acts(before, after) if found}
    for table, found in appended_rows(change, now):
        if found:
            acts[table, Act.INSERT] = found
    return Written(change, wide, order_row, acts, idempotency_row(change, now))


def aggregate_acts(before: Order | None, after: Order) -> Iterator[tuple[tuple[Table, Act], list[Row]]]:
    for each in COLLECTIONS:
        if before is None:
            yield (each.table, Act.INSERT), [each.row(*item) for item in each.items(after)]
        elif getattr(before, each.field) is not getattr(after, each.field):
            inserted, updated, deleted = differing(each, each.items(before), each.items(after))
            yield (each.table, Act.INSERT), inserted
            yield (each.table, Act.UPDATE), updated
            yield (each.table, Act.DELETE), deleted


def differing(each: Collection, before: list[Item], after: list[Item]) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows to insert, to update and keys to delete; a member that is the very same object is not looked at."""
    keys = len(each.table.keys)
    same = [old[2] is new[2] and old[:2] == new[:2] for old, new in zip(before, after, strict=False)]
    old_rows = {}
    for index, item in enumerate(before):
        if index >= len(same) or not same[index]:
            row = each.row(*item)
            old_rows[row[:keys]] = row
    inserted, updated = [], []
    for index, item in enumerate(after):
        if index < len(same) and same[index]:
            continue
        row = each.row(*item)
        old = old_rows.pop(row[:keys], None)
        if old is None:
            inserted.append(row)
        elif old != row:
            updated.append(row)
    return inserted, updated, list(old_rows)


def appended_rows(change: Change, now: int) -> Sequence[tuple[Table, list[Row]]]:
    answer, inbound = change.answer or NO_ANSWER, change.inbound
    return (
        (AUDIT_ENTRIES, [rows.entry_row(entry) for entry in change.audit]),
        (AUDIT_TEXTS, rows.text_rows(change.audit)),
        (OUTBOX, [rows.message_row(message) for message in change.messages]),
        (INBOX, [(inbound.provider, inbound.event_id, answer.status, answer.body, now)] if inbound else []),
    )


def idempotency_row(change: Change, now: int) -> Row | None:
    if change.idempotency is None:
        return None
    key, answer = change.idempotency, change.answer or NO_ANSWER
    return key.scope, key.key, key.digest, answer.status, answer.body, now
