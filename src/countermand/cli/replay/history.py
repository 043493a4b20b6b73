"""History taken through the use cases: invoices in time order, between them what the warehouse does."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import msgspec

from countermand.ask.submit import submit
from countermand.cli.import_files import Entry
from countermand.cli.import_orders import BATCH_ORDERS, Importer, PutAside
from countermand.cli.replay.matching import Ledger, Matched, watched
from countermand.cli.replay.report import Report
from countermand.cli.replay.uci import Invoice, intake, invoices, is_purchase, purchase
from countermand.cli.replay.warehouse import (
    REFUSES_AT_THE_DOOR,
    SENDS_BACK,
    Reply,
    journey,
    reply,
)
from countermand.cli.virtual import SetClock
from countermand.context import Context
from countermand.decide.approval import CaseAnswer
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.errors import CaseAlreadyAnswered, CaseClosed
from countermand.escalate.answer import answer_case
from countermand.execute.goods import fulfilment_event
from countermand.execute.runner import Runner
from countermand.model.event import Actor
from countermand.model.fulfilment import Stage
from countermand.model.order import Order
from countermand.model.request import Ask, Asker, Decline, RequestState, Role, Wanted, folded_state

CUSTOMER = Actor("customer")
HOLDER = Actor("holder", "main")
BATCH_LINES = 10_000
RUN_EVERY_REQUESTS = 20
RUN_EVERY = timedelta(hours=1)
AFTERWARDS = 40
"""Days that pass at the end, so that every deadline comes and every refund that waits is sent."""
MOST_ROUNDS = 10_000
UNFINISHED = frozenset({RequestState.AWAITING_APPROVAL, RequestState.EXECUTING, RequestState.NEEDS_ATTENTION})
REFUSED_TAKES = timedelta(days=1)
BACK_TAKES = timedelta(days=5)


@dataclass(order=True, slots=True)
class Happens:
    """Something the warehouse, the carrier or the holder does at a time. `turn` keeps the order of what is equal."""

    at: datetime
    turn: int
    what: Callable[[], Any] = field(compare=False)


@dataclass(slots=True)
class History:
    """One replay under way. `still`: nothing ships. `meant`: the orders that some cancellation means."""

    ctx: Context
    clock: SetClock
    runner: Runner
    merchant: str
    still: bool
    report: Report
    importer: Importer
    ledger: Ledger
    meant: frozenset[str]
    asked: dict[str, int] = field(default_factory=dict)
    _waiting: list[Entry] = field(default_factory=list)
    _waiting_numbers: set[str] = field(default_factory=set)
    _waiting_lines: int = 0
    _agenda: list[Happens] = field(default_factory=list)
    _turn: int = 0
    _unrun: int = 0
    _ran_at: datetime | None = None

    async def replay(self, files: list[Path], limit: int | None, progress: Callable[[int], None]) -> None:
        """Every invoice of the files in time order; `limit` = the most invoices."""
        for count, invoice in enumerate(invoices(files), start=1):
            if limit is not None and count > limit:
                break
            await self._until(invoice.at)
            await self._take(invoice)
            progress(count)
        await self.store_waiting()
        await self._afterwards()

    async def _take(self, invoice: Invoice) -> None:
        if is_purchase(invoice):
            await self._buy(invoice)
        elif invoice.cancels:
            await self._cancel(invoice)
        else:
            self.report.left_out["adjustments"] += len(invoice.rows)

    async def _buy(self, invoice: Invoice) -> None:
        sold = purchase(invoice)
        self.report.left_out.update(sold.left_out)
        if not sold.goods:
            self.report.left_out["no_goods"] += 1
            return
        self.report.orders += 1
        self.report.lines += len(sold.goods)
        self.ledger.add(invoice, sold)
        body = msgspec.json.encode(intake(invoice, sold))
        self._waiting.append(Entry(invoice.rows[0].number, invoice.number, body))
        self._waiting_numbers.add(invoice.number)
        self._waiting_lines += len(sold.goods)
        if not self.still:
            self._ship(invoice)
        if len(self._waiting) >= BATCH_ORDERS or self._waiting_lines >= BATCH_LINES:
            await self.store_waiting()

    async def store_waiting(self) -> None:
        """Commit the orders that were read and not stored yet."""
        if self._waiting:
            await self.importer.take(self._waiting)
            self._waiting, self._waiting_lines = [], 0
            self._waiting_numbers.clear()

    async def _stored(self, number: str) -> None:
        if number in self._waiting_numbers:
            await self.store_waiting()

    async def _cancel(self, invoice: Invoice) -> None:
        self.report.cancellations += 1
        matched: Matched = self.ledger.match(invoice)
        for each in matched.unmatched:
            self.report.unmatched[each.why] += each.units
        for number, lines in matched.orders.items():
            await self._ask(number, lines, invoice.number)

    async def _ask(self, number: str, lines: dict[str, int], why: str) -> None:
        """One request through the same use case as the API's."""
        await self._stored(number)
        units = sum(lines.values())
        ask = Ask(
            Asker(Role.CUSTOMER), lines=tuple(Wanted(line, quantity) for line, quantity in lines.items()),
            comment=f"invoice {why}",
        )
        answer = await submit(self.ctx, self.merchant, number, ask, CUSTOMER)
        request = msgspec.json.decode(answer.body)
        self.asked[number] = self.asked.get(number, 0) + units
        self.report.requests += 1
        self.report.units_asked += units
        self._count(number, request)
        self._unrun += 1
        if self.still and self._unrun >= RUN_EVERY_REQUESTS:
            await self.run()

    def _count(self, number: str, request: dict[str, Any]) -> None:
        outcomes = {line["outcome"] for line in request["lines"]}
        first = next(each for each in ("awaiting_approval", "approved", "declined") if each in outcomes)
        self.report.at_submission[first] += 1
        if self.still:
            return
        for case in sorted({line["case"] for line in request["lines"] if line["case"]}):
            self._answer_later(case)
        late = {
            line["line"]: line["quantity"] for line in request["lines"]
            if line["reason"] in (Decline.ALREADY_DESPATCHED, Decline.TOO_LATE)
        }
        if late:
            self._send_back(number, request["id"], late)

    async def run(self) -> None:
        """The runner's work, until nothing is due at this instant."""
        self._unrun = 0
        self._ran_at = self.clock.now()
        for _ in range(MOST_ROUNDS):
            if await self.runner.run_once() == 0:
                return
        raise AssertionError("the runner finds work for ever")

    # What the warehouse does.

    def _at(self, at: datetime, what: Callable[[], Any]) -> None:
        self._turn += 1
        heappush(self._agenda, Happens(at, self._turn, what))

    async def _until(self, at: datetime) -> None:
        """Let happen what comes before `at`, and let the runner look every hour."""
        while self._agenda and self._agenda[0].at <= at:
            happens = heappop(self._agenda)
            self.clock.set(happens.at)
            await self._run_hourly()
            await happens.what()
        self.clock.set(at)
        await self._run_hourly()

    async def _run_hourly(self) -> None:
        if not self.still and (self._ran_at is None or self.clock.now() - self._ran_at >= RUN_EVERY):
            await self.run()

    def _ship(self, invoice: Invoice) -> None:
        """An order that some cancellation means passes every stage; any other only leaves."""
        for stage, at in journey(invoice.at, self.ctx.host.rng).stages:
            if invoice.number in self.meant or stage is Stage.DESPATCHED:
                self._at(at, self._stage(invoice.number, stage, at))

    def _stage(self, number: str, stage: Stage, at: datetime) -> Callable[[], Any]:
        async def happen() -> None:
            await self._report(number, Happening(stage.value), at, stage.value)

        return happen

    async def _report(
        self, number: str, what: Happening, at: datetime, name: str, lines: dict[str, int] | None = None
    ) -> None:
        await self._stored(number)
        event = GoodsEvent(name, "F1", what, "report", at, lines)
        await fulfilment_event(self.ctx, self.merchant, number, event, HOLDER)

    def _answer_later(self, case: str) -> None:
        given = reply(self.ctx.host.rng)
        if given.answer is None:
            self.report.answers["silent"] += 1
            return
        self._at(self.clock.now() + given.after, self._answer(case, given))

    def _answer(self, case: str, given: Reply) -> Callable[[], Any]:
        async def happen() -> None:
            answer = CaseAnswer(given.answer == "approve", given.reason)
            try:
                await answer_case(self.ctx, self.merchant, case, answer, HOLDER)
            except (CaseAlreadyAnswered, CaseClosed):
                self.report.answers["too late to matter"] += 1
            else:
                self.report.answers[str(given.answer)] += 1

        return happen

    def _send_back(self, number: str, request: str, lines: dict[str, int]) -> None:
        """Goods that were asked for too late: some are refused at the door or sent back, and come back once."""
        chance = self.ctx.host.rng
        door, back = chance.random() < REFUSES_AT_THE_DOOR, chance.random() < SENDS_BACK
        refused_at = self.clock.now() + REFUSED_TAKES
        back_at = refused_at + BACK_TAKES

        async def happen() -> None:
            order = await self.ctx.store.load(self.merchant, number)
            assert order is not None, "an order that was asked about exists"
            arrived = order.fulfilment_order("F1").stage is Stage.DELIVERED
            if not (back if arrived else door):
                return
            if not arrived:
                await self._report(number, Happening.REFUSED, refused_at, f"refused-{request}", lines)
                self.report.goods["refused at the door"] += 1
            else:
                self.report.goods["sent back"] += 1
            self._at(back_at, come_back)

        async def come_back() -> None:
            await self._report(number, Happening.RETURNED, back_at, f"returned-{request}", lines)

        self._at(refused_at, happen)

    async def _afterwards(self) -> None:
        """Let everything on the agenda happen, then let the days pass until nothing waits for time any more."""
        while self._agenda:
            await self._until(self._agenda[0].at)
        for _ in range(AFTERWARDS):
            await self.run()
            self.clock.set(self.clock.now() + timedelta(days=1))
        await self.run()


def watch_list(files: Iterable[Path]) -> Ledger:
    """A first reading: which customers and stock codes any cancellation names."""
    return Ledger(watched(invoice for invoice in invoices(files) if invoice.cancels))


def meant_orders(files: Iterable[Path], ledger: Ledger) -> frozenset[str]:
    """A second reading, with a ledger of its own: the orders that cancellations will be found to mean."""
    found: set[str] = set()
    for invoice in invoices(files):
        if is_purchase(invoice):
            ledger.add(invoice, purchase(invoice))
        elif invoice.cancels:
            found.update(ledger.match(invoice).orders)
    return frozenset(found)


def tell_of(report: Report) -> Callable[[PutAside], None]:
    """An order of the files that the importer would not take is a fault of the rules: counted and named."""

    def aside(put_aside: PutAside) -> None:
        report.put_aside += 1
        report.differences.append(f"order {put_aside.raw} was put aside: {put_aside.reason}")

    return aside


async def check_orders(history: History, expected: dict[str, tuple[int, int]] | None) -> None:
    """Load every order that was asked about: count what became of it, compare its refund with the ledger's."""
    report = history.report
    seen = Counter[str]()
    for number, asked in history.asked.items():
        order = await history.ctx.store.load(history.merchant, number)
        assert order is not None, "an order that was asked about exists"
        units = sum(row.cancelled for each in order.fulfilment_orders for row in each.lines)
        refunded = sum(payment.refunded for payment in order.payments)
        report.units_cancelled += units
        report.units_returned += sum(row.returned for each in order.fulfilment_orders for row in each.lines)
        report.refunded += refunded
        report.orders_refunded += refunded > 0
        count_parts(report, order)
        if history.still and units != asked:
            report.differences.append(f"order {number}: {asked} units asked, {units} cancelled")
        if expected is not None:
            report.ledger_checked += 1
            seen[number] += 1
            if expected.get(number) != (units, refunded):
                report.differences.append(
                    f"order {number}: {units} units and {refunded} refunded, the ledger says {expected.get(number)}"
                )
    for number in sorted(set(expected or ()) - set(seen)):
        report.differences.append(f"order {number} is in the ledger and nothing was asked of it")


def count_parts(report: Report, order: Order) -> None:
    """How the requests of an order ended; in a finished replay none is left on its way."""
    for request in order.requests:
        state = folded_state(frozenset(part.state for part in request.parts))
        report.at_the_end[state.value] += 1
        if state in UNFINISHED:
            report.differences.append(f"request {request.id} of order {order.number} is still {state.value}")
        for part in request.parts:
            if part.reason is not None:
                report.declined[part.reason.value] += 1
