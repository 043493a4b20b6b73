"""The outbox and the batches: store/directory_port.py's Deliveries in SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from countermand.model.event import Actor, Message
from countermand.store import deliveries_sql as sql
from countermand.store.access import Access
from countermand.store.directory_port import Batch, BatchClaim, BatchItem, Once, Outgoing
from countermand.store.readers import instant, maybe_instant
from countermand.store.rows import json_text, message_row, micros
from countermand.store.tables import OUTBOX

MICROSECOND = timedelta(microseconds=1)
LONGEST_FAILURE = 500


class SqlDeliveries(Access):
    """Claimed by compare-and-set: of two nodes that see a row, one raises `claim_until`, the other finds it so."""

    async def claim_messages(self, kind: str, limit: int, expiry: timedelta, now: datetime) -> list[Outgoing]:
        due = await self.read(sql.DUE_MESSAGES, kind=kind, now=micros(now), limit=limit)
        if not due:
            return []
        keys = json_text(sorted(tuple(row) for row in due))
        values = {"keys": keys, "expiry": expiry // MICROSECOND}
        claimed = await self.write([(sql.CLAIM_MESSAGES[self.engine], values)])
        return [outgoing(row) for row in claimed[0]]

    async def message_sent(self, message: Outgoing, now: datetime) -> None:
        await self.write([(sql.MESSAGE_SENT, outbox_key(message) | {"now": micros(now)})])

    async def message_suppressed(self, message: Outgoing, now: datetime) -> None:
        await self.write([(sql.MESSAGE_SUPPRESSED, outbox_key(message) | {"now": micros(now)})])

    async def tell(self, merchant: str, order: str, message: Message) -> None:
        names = (column.name for column in OUTBOX.columns)
        values = dict(zip(names, message_row(message), strict=True))
        await self.write([(sql.TELL, values | {"merchant": merchant, "number": order})])

    async def message_failed(self, message: Outgoing, failure: str, retry_at: datetime | None) -> None:
        told = {"failure": failure[:LONGEST_FAILURE]}
        if retry_at is None:
            await self.write([(sql.MESSAGE_DEAD, outbox_key(message) | told)])
        else:
            await self.write([(sql.MESSAGE_AGAIN, outbox_key(message) | told | {"retry_at": micros(retry_at)})])

    async def create_batch(self, batch: Batch, orders: Sequence[str], once: Once | None = None) -> None:
        actor = batch.actor
        values = {
            "merchant": batch.merchant, "id": batch.id, "body": batch.body, "created_at": micros(batch.created_at),
            "actor": json_text((actor.role, actor.id, actor.name, actor.channel)), "total": len(orders),
            "orders": json_text(list(orders)),
        }
        await self.effect(batch.merchant, once, *((text, values) for text in sql.CREATE_BATCH[self.engine]))

    async def find_batch(self, merchant: str, batch: str) -> Batch | None:
        found = await self.read(sql.BATCH, merchant=merchant, id=batch)
        return batch_of(found[0]) if found else None

    async def batch_items(self, merchant: str, batch: str, limit: int, after: int = -1) -> list[BatchItem]:
        found = await self.read(sql.BATCH_ITEMS, merchant=merchant, id=batch, after=after, limit=limit)
        return [BatchItem(*row) for row in found]

    async def claim_batch(self, expiry: timedelta) -> BatchClaim | None:
        found = await self.read(sql.DUE_BATCH)
        if not found:
            return None
        values = {"merchant": found[0][0], "id": found[0][1], "expiry": expiry // MICROSECOND}
        claimed = (await self.write([(sql.CLAIM_BATCH, values)]))[0]
        return BatchClaim(*claimed[0]) if claimed else None

    async def next_items(self, claim: BatchClaim, limit: int) -> list[BatchItem]:
        found = await self.read(sql.NEXT_ITEMS, merchant=claim.merchant, id=claim.id, limit=limit)
        return [BatchItem(*row) for row in found]

    async def record_outcome(
        self, claim: BatchClaim, position: int, status: int, outcome: str, expiry: timedelta
    ) -> bool:
        key = batch_key(claim)
        told = {"position": position, "status": status, "outcome": outcome}
        held, _ = await self.write([
            (sql.KEEP_BATCH, key | {"expiry": expiry // MICROSECOND}), (sql.RECORD_OUTCOME, key | told),
        ])
        return bool(held)

    async def finish_batch(self, claim: BatchClaim, now: datetime) -> None:
        await self.write([(sql.FINISH_BATCH, batch_key(claim) | {"now": micros(now)})])


def outbox_key(message: Outgoing) -> dict[str, Any]:
    return {"merchant": message.merchant, "dedupe": message.message.dedupe, "claim": message.number}


def batch_key(claim: BatchClaim) -> dict[str, Any]:
    return {"merchant": claim.merchant, "id": claim.id, "claim": claim.number}


def outgoing(row: Sequence[Any]) -> Outgoing:
    merchant, order, kind, template, dedupe, due_at, request, case, audience, body, attempts, number = row
    message = Message(kind, template, dedupe, instant(due_at), request, case, audience, body)
    return Outgoing(merchant, order, message, attempts, number)


def batch_of(row: Sequence[Any]) -> Batch:
    merchant, id_, actor, body, created_at, total, finished_at = row
    return Batch(
        merchant, id_, Actor(*msgspec.json.decode(actor)), body, instant(created_at), total,
        maybe_instant(finished_at),
    )
