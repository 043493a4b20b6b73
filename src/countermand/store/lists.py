"""What people and integrations look through: store/directory_port.py's Lists in SQL."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from countermand.model.event import Actor
from countermand.model.fulfilment import Stage
from countermand.model.payment import DutyState
from countermand.model.request import CaseState, RequestState
from countermand.store import lists_sql as sql
from countermand.store.access import Access
from countermand.store.directory_port import (
    AuditRow,
    CaseSummary,
    Keyset,
    OrderFilter,
    OrderSummary,
    Page,
    RefundSummary,
    RequestSummary,
    WorkSummary,
)
from countermand.store.readers import DECODE, case_of, duty_of, instant, work_of
from countermand.store.rows import json_text, micros

Item = TypeVar("Item")
Cells = Sequence[Any]


class SqlLists(Access):
    """Keyset pages: one row more than asked for tells whether there is more."""

    async def list_orders(
        self, merchant: str, chosen: OrderFilter, limit: int, after: Keyset | None = None
    ) -> Page[OrderSummary]:
        values = filter_values(chosen) | after_values(after)
        rows = await self.listed(sql.orders, merchant, values, limit)
        return page(rows, limit, order_summary, lambda row: (row[2], row[0]))

    async def list_requests(
        self, merchant: str, limit: int, after: Keyset | None = None, *, state: RequestState | None = None,
        order: str | None = None, sellers: frozenset[str] | None = None, holders: frozenset[str] | None = None,
    ) -> Page[RequestSummary]:
        values = given(state=state, order=order, sellers=sellers, holders=holders) | after_values(after)
        rows = await self.listed(sql.requests, merchant, values, limit)
        return page(rows, limit, request_summary, lambda row: (row[5], row[0]))

    async def list_cases(
        self, merchant: str, limit: int, after: Keyset | None = None, *, holders: frozenset[str] | None = None,
        state: CaseState | None = None, order: str | None = None,
    ) -> Page[CaseSummary]:
        values = given(state=state, order=order, holders=holders) | after_values(after)
        rows = await self.listed(sql.cases, merchant, values, limit)
        return page(rows, limit, case_summary, lambda row: (micros(case_of(list(row[2:])).answer_by), row[2]))

    async def list_refunds(
        self, merchant: str, limit: int, after: Keyset | None = None, *, state: DutyState | None = None,
        order: str | None = None, sellers: frozenset[str] | None = None,
    ) -> Page[RefundSummary]:
        values = given(state=state, order=order, sellers=sellers) | after_values(after)
        rows = await self.listed(sql.refunds, merchant, values, limit)
        return page(rows, limit, refund_summary, lambda row: (micros(duty_of(list(row[2:])).created_at), row[2]))

    async def worklist(self, merchant: str, limit: int, after: Keyset | None = None) -> Page[WorkSummary]:
        rows = await self.listed(sql.worklist, merchant, after_values(after), limit)
        return page(rows, limit, work_summary, lambda row: (row[4], row[0], row[1]))

    async def listed(
        self, make: Callable[[str, Sequence[str]], str], merchant: str, values: dict[str, Any], limit: int
    ) -> list[Cells]:
        chosen = [name for name in values if name not in ("after_at", "after_id", "after_position")]
        return await self.read(make(self.engine, chosen), merchant=merchant, limit=limit + 1, **values)

    async def request_counts(self, merchant: str) -> dict[RequestState, int]:
        found = await self.read(sql.REQUEST_COUNTS, merchant=merchant)
        return {RequestState(state): int(count) for state, count in found}

    async def audit(self, merchant: str, order: str) -> list[AuditRow]:
        entries = await self.read(sql.AUDIT, merchant=merchant, number=order)
        texts: dict[int, dict[tuple[int, str], str | None]] = {}
        for sequence, event, field, text in await self.read(sql.AUDIT_TEXTS, merchant=merchant, number=order):
            texts.setdefault(sequence, {})[event, field] = text
        return [audit_row(row, texts.get(row[0], {})) for row in entries]

    async def erase_texts(self, merchant: str, order: str) -> int:
        return len((await self.write([(sql.ERASE_TEXTS, {"merchant": merchant, "number": order})]))[0])


def given(**values: Any) -> dict[str, Any]:
    """What was asked for, in the words of the database; sets as JSON lists."""
    return {
        name: json_text(sorted(value)) if isinstance(value, frozenset) else str(value)
        for name, value in values.items()
        if value is not None
    }


def filter_values(chosen: OrderFilter) -> dict[str, Any]:
    values = given(
        stage=chosen.stage, request_state=chosen.request_state, sku=chosen.sku, sellers=chosen.sellers,
        holders=chosen.holders, email=chosen.email.strip().lower() if chosen.email else None,
        q=contains(chosen.q) if chosen.q else None,
    )
    if chosen.placed_from is not None:
        values["placed_from"] = micros(chosen.placed_from)
    if chosen.placed_to is not None:
        values["placed_to"] = micros(chosen.placed_to)
    if chosen.quarantined is not None:
        values["quarantined" if chosen.quarantined else "not_quarantined"] = True
    return values


def contains(text: str) -> str:
    """A LIKE pattern that takes every character as it is."""
    plain = text.strip().casefold().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{plain}%"


def after_values(after: Keyset | None) -> dict[str, Any]:
    """A keyset as parameters; one that is not of our making starts from the beginning of nothing: ValueError."""
    if after is None:
        return {}
    if len(after) not in (2, 3) or not isinstance(after[0], int) or not isinstance(after[1], str):
        raise ValueError("this keyset belongs to no list")
    values: dict[str, Any] = {"after": True, "after_at": after[0], "after_id": after[1]}
    if len(after) == 3:
        values["after_position"] = int(after[2])
    return values


def page(
    rows: list[Cells], limit: int, read: Callable[[Cells], Item], key: Callable[[Cells], Keyset]
) -> Page[Item]:
    more = len(rows) > limit
    return Page(tuple(read(row) for row in rows[:limit]), key(rows[limit - 1]) if more else None)


def order_summary(row: Cells) -> OrderSummary:
    number, version, placed_at, name, email, currency, stage, state, quarantined, title, *counts = row
    return OrderSummary(
        number, version, instant(placed_at), name, email, currency, None if stage is None else Stage(stage),
        None if state is None else RequestState(state), quarantined, title, *(int(count) for count in counts),
    )


def request_summary(row: Cells) -> RequestSummary:
    id_, order, state, kind, reason, created_at = row
    return RequestSummary(id_, order, RequestState(state), kind, reason, instant(created_at))


def case_summary(row: Cells) -> CaseSummary:
    lines = sorted(DECODE(row[1])) if row[1] else []
    return CaseSummary(row[0], case_of(list(row[2:])), tuple((line, quantity) for _, line, quantity in lines))


def refund_summary(row: Cells) -> RefundSummary:
    return RefundSummary(row[0], row[1], duty_of(list(row[2:])))


def work_summary(row: Cells) -> WorkSummary:
    return WorkSummary(row[0], row[1], work_of(list(row[1:])))


def audit_row(row: Cells, texts: dict[tuple[int, str], str | None]) -> AuditRow:
    sequence, at, actor, sealed, previous, digest = row
    role, id_, channel = msgspec.json.decode(actor)
    return AuditRow(
        sequence, instant(at), Actor(role, id_, texts.get((0, "actor")), channel), sealed, previous, digest, texts
    )
