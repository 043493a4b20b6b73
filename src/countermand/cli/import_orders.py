"""Many orders at once into the store, in batches through its one write path; for the import, the replay and the demo.

An order is taken whole or not at all. What was taken before is recognised by the digest of its body, so that running
an import again changes nothing. One batch is read while the one before it is being written.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from countermand.ask.intake import replace_order
from countermand.cli.import_files import Entry
from countermand.context import Context
from countermand.decide.conclude import conclude
from countermand.decide.edit import is_newer
from countermand.decide.intake import intake_digest, order_from_intake
from countermand.decide.intake_fields import Found
from countermand.decide.intake_money import read_payments
from countermand.decide.transitions import transitions
from countermand.errors import Problem
from countermand.inform.audit import with_entry
from countermand.inform.messages import messages_for
from countermand.model.event import Actor
from countermand.model.faults import IntakeFaults
from countermand.model.fulfilment import Holder
from countermand.model.ids import SLUG
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.store.directory_port import Seller
from countermand.store.port import Broken, Change, Committed, Lost

BATCH_ORDERS = 500
BATCH_BYTES = 2_000_000
MOST_AT_ONCE = 8
"""How many orders that exist already are compared at the same time."""
TURNS_TO_SEND = 5
"""Turns of the loop that a commit takes to be on its way to the database before the next batch is read."""
IMPORTER = Actor("system", "import")


@dataclass(frozen=True, slots=True)
class PutAside:
    """One order that was not taken as it is, and why. `quarantined`: it is stored, with self-service off."""

    line: int
    raw: str
    reason: str
    quarantined: bool = False


@dataclass(slots=True)
class Tally:
    """What became of a file. `replaced` and `created_sellers` are among the imported."""

    imported: int = 0
    unchanged: int = 0
    put_aside: int = 0
    quarantined: int = 0
    replaced: int = 0
    created_sellers: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    entry: Entry
    body: dict[str, Any]
    order: Order


@dataclass(slots=True)
class Importer:
    """Takes the orders of one merchant. `aside` is told of every order that is put aside, in no fixed order."""

    ctx: Context
    merchant: str
    aside: Callable[[PutAside], None]
    create_sellers: bool = True
    replace_newer: bool = True
    tally: Tally = field(default_factory=Tally)
    _holders: dict[str, Holder] = field(default_factory=dict)
    _default_holder: str | None = None
    _sellers: set[str] = field(default_factory=set)
    _policies: PolicyBook | None = None
    _key: bytes = b""

    async def start(self) -> None:
        """Read the merchant's holders, sellers and policy. They may be added to, not taken away, meanwhile."""
        store = self.ctx.store
        holders = await store.holders(self.merchant)
        self._holders = {holder.id: holder for holder in holders}
        self._default_holder = holders[0].id if holders else None
        self._sellers = {seller.id for seller in await store.sellers(self.merchant)}
        self._policies = PolicyBook(await self.ctx.policies.current(store, self.merchant), {})
        self._key = await self.ctx.policies.digest_key(store, self.merchant)

    async def take(self, entries: Iterable[Entry], progress: Callable[[int], None] = lambda done: None) -> Tally:
        """Take every entry; `progress` is told how many are done."""
        done = 0
        writing: asyncio.Task[None] | None = None
        for batch in batches(entries):
            read = [order for entry in batch if (order := await self._read(entry)) is not None]
            if writing is not None:
                await writing
            writing = asyncio.create_task(self._write(read))
            for _ in range(TURNS_TO_SEND):
                await self.ctx.host.sleep(0)
            done += len(batch)
            progress(done)
        if writing is not None:
            await writing
        return self.tally

    async def _read(self, entry: Entry) -> _Read | None:
        """The entry as an order; None = it was put aside."""
        if entry.fault is not None:
            self._put_aside(PutAside(entry.line, entry.raw, entry.fault))
            return None
        try:
            body = msgspec.json.decode(entry.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._put_aside(PutAside(entry.line, entry.raw, f"this is not JSON: {error}"))
            return None
        try:
            if self.create_sellers and b'"seller"' in entry.body and isinstance(body, dict):
                await self._new_sellers(body)
            order = self._order(body)
        except IntakeFaults as faults:
            quarantined = self._quarantined(body, faults)
            if quarantined is None:
                self._put_aside(PutAside(entry.line, entry.raw, str(faults)))
                return None
            order = quarantined
        return _Read(entry, body, order)

    def _order(self, body: object) -> Order:
        return order_from_intake(
            self.merchant, body, holders=self._holders, default_holder=self._default_holder, sellers=self._sellers
        )

    def _quarantined(self, body: object, faults: IntakeFaults) -> Order | None:
        """An order whose only fault is that its sums disagree; None = something else is wrong with it."""
        if not isinstance(body, dict) or [path for path, _ in faults.faults] != ["payments"]:
            return None
        try:
            order = self._order({name: value for name, value in body.items() if name != "payments"})
        except IntakeFaults:
            return None
        found = Found()
        payments = read_payments(body, order.placed_at, found)
        if found.faults:
            return None
        return replace(order, payments=payments, quarantined=str(faults)[:500], intake_digest=intake_digest(body))

    async def _new_sellers(self, body: dict[str, Any]) -> None:
        """Create the sellers that are named and unknown. Holders are never created: somebody must ship."""
        for seller in sorted(set(named_sellers(body)) - self._sellers):
            if SLUG.fullmatch(seller):
                await self.ctx.store.create_seller(Seller(self.merchant, seller, seller), self.ctx.host.now())
                self._sellers.add(seller)
                self.tally.created_sellers += 1

    async def _write(self, read: list[_Read]) -> None:
        """Commit a batch; what exists already is compared with what is stored."""
        first: dict[str, _Read] = {}
        again: list[_Read] = []
        for each in read:
            if first.setdefault(each.order.number, each) is not each:
                again.append(each)
        changes = [self._new(each.order) for each in first.values()]
        results = await self.ctx.store.commit(changes) if changes else []
        known: list[_Read] = []
        for each, result in zip(first.values(), results, strict=True):
            match result:
                case Committed():
                    self._count_imported(each)
                case Lost():
                    known.append(each)
                case Broken(detail):
                    self._put_aside(PutAside(each.entry.line, each.entry.raw, f"the database refused it: {detail}"))
                case _:
                    raise AssertionError(f"an import has no idempotency key, yet the store said {result}")
        for start in range(0, len(known), MOST_AT_ONCE):
            await asyncio.gather(*(self._compare(each) for each in known[start : start + MOST_AT_ONCE]))
        for each in again:
            await self._compare(each)

    def _count_imported(self, read: _Read) -> None:
        if read.order.quarantined is None:
            self.tally.imported += 1
        else:
            self._put_aside_quarantined(read)

    def _new(self, order: Order) -> Change:
        """The commit of a new order: the order, its first audit entry and what is to be told."""
        assert self._policies is not None, "start() comes first"
        now = self.ctx.host.now()
        if order.quarantined is not None:
            order = conclude(order, self._policies, now)
        events = transitions(None, order)
        after, entry = with_entry(order, events, IMPORTER, now, self._key)
        after = replace(after, version=1)
        return Change(None, after, (entry,), messages_for(None, after, events, now))

    async def _compare(self, read: _Read) -> None:
        """What to do with an order that exists: nothing if it is the same, replace it if this one is newer."""
        stored = await self.ctx.store.load(self.merchant, read.order.number)
        if stored is None:  # between our commit and now nobody deletes an order
            raise AssertionError(f"order {read.order.number} was there and is gone")
        if stored.intake_digest == read.order.intake_digest:
            if stored.quarantined is None:
                self.tally.unchanged += 1
            else:
                self._put_aside_quarantined(read)
        elif read.order.source_updated_at is None or not self.replace_newer or read.order.quarantined is not None:
            reason = f"order {read.order.number} exists and differs"
            hint = "a newer source_updated_at would replace it"
            self._put_aside(PutAside(read.entry.line, read.entry.raw, f"{reason}; {hint}"))
        elif not is_newer(stored, read.order):
            self.tally.unchanged += 1
        else:
            await self._replace(read)

    async def _replace(self, read: _Read) -> None:
        try:
            await replace_order(self.ctx, self.merchant, read.order.number, read.entry.body)
        except Problem as problem:
            self._put_aside(PutAside(read.entry.line, read.entry.raw, problem.detail))
        else:
            self.tally.imported += 1
            self.tally.replaced += 1

    def _put_aside_quarantined(self, read: _Read) -> None:
        self.tally.quarantined += 1
        reason = f"order {read.order.number} is quarantined: {read.order.quarantined}"
        self._put_aside(PutAside(read.entry.line, read.entry.raw, reason, quarantined=True))

    def _put_aside(self, put_aside: PutAside) -> None:
        self.tally.put_aside += 1
        self.aside(put_aside)


def named_sellers(body: dict[str, Any]) -> Iterable[str]:
    """Every seller that the lines and the charges name, as far as they have the shape."""
    for part in ("lines", "charges"):
        rows = body.get(part)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and isinstance(row.get("seller"), str):
                yield row["seller"]


def batches(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    """Entries in batches of at most BATCH_ORDERS and about BATCH_BYTES, so that memory stays flat."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += len(entry.body)
        if len(batch) >= BATCH_ORDERS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
