"""The console's pages as data, made from the order itself. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from countermand.decide.units import each_part
from countermand.model.fulfilment import FulfilmentLine, FulfilmentOrder, Parcel
from countermand.model.order import Line, Order, WorkItem
from countermand.model.payment import Duty, DutyKind, DutyState
from countermand.model.request import Case, CaseState, Request
from countermand.store.directory_port import AuditRow
from countermand.web.pages.goods import line_total, tally
from countermand.web.pages.look import SILENCE_STAFF, STAGE_WORDS, Tag, order_tag, request_tag
from countermand.web.pages.reads import sealed_events
from countermand.web.pages.requests import ReasonLabel, asker, retract_until, sentences
from countermand.web.pages.words import Reader, capital, items, masked, text

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")
MARKS = 14
"""As many unit marks as fit beside the words; the words say the rest."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    number: str
    placed: str
    customer: str
    tag: Tag
    marks: str
    units: str
    refund: str
    due: str


@dataclass(frozen=True, slots=True)
class GoodsRow:
    name: str
    sku: str
    seller: str | None
    marks: str
    units: str
    where: str
    price: str
    discount: str
    total: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    id: str
    tag: Tag
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    allocation: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    id: str
    title: str
    lines: tuple[str, ...]
    left: int
    length: int
    more_time: bool


@dataclass(frozen=True, slots=True)
class HistoryRow:
    icon: str
    words: str
    actor: str
    at: str
    iso: str


def order_row(order: Order, reader: Reader) -> OrderRow:
    counted = tally(order)
    due = min((case.answer_by for case in order.cases if case.state is CaseState.OPEN), default=None)
    return OrderRow(
        order.number, reader.moment(order.placed_at), order.customer.name or masked(order.customer.email) or "",
        order_tag(order, staff=True),
        marks(counted.open, counted.held, counted.despatched, counted.cancelled),
        unit_words(counted.open, counted.held, counted.despatched, counted.cancelled), refund_words(order, reader),
        due_words(due, reader),
    )


def marks(open_: int, held: int, despatched: int, cancelled: int) -> str:
    """One letter a unit for the style sheet: open, held, shipped, cancelled (`.units i`)."""
    return ("o" * open_ + "h" * held + "s" * despatched + "x" * cancelled)[:MARKS]


def unit_words(open_: int, held: int, despatched: int, cancelled: int) -> str:
    rows = (
        (open_, text("open")), (held, text("on hold")), (despatched, text("shipped")), (cancelled, text("cancelled")),
    )
    return ", ".join(f"{count} {words}" for count, words in rows if count)


def refund_words(order: Order, reader: Reader) -> str:
    """The money that goes back, and how far it is."""
    live = [duty for duty in order.duties if duty.kind is DutyKind.REFUND and duty.state is not DutyState.SUPERSEDED]
    total = sum(duty.amount for duty in live)
    if not total:
        return ""
    states = {duty.state for duty in live}
    state = next((DUTY_WORDS[each] for each in DUTY_WORDS if each in states), "")
    return text("{amount} {state}", amount=reader.money(total, order.currency), state=state)


DUTY_WORDS: dict[DutyState, str] = {
    DutyState.MANUAL_REQUIRED: text("to be paid by hand"), DutyState.FAILED: text("failed"),
    DutyState.PENDING: text("on its way"), DutyState.SUBMITTED: text("on its way"),
    DutyState.PAUSED: text("paused"), DutyState.PLANNED: text("planned"),
    DutyState.NOT_DUE: text("when the goods are back"),
    DutyState.VOID_PENDING: text("being released"), DutyState.LIMIT_PENDING: text("being limited"),
    DutyState.WRITTEN_OFF: text("written off"), DutyState.REFUNDED: text("refunded"),
    DutyState.VOIDED: text("released"), DutyState.LIMITED: text("limited"), DutyState.SUPERSEDED: text("replaced"),
}
"""In the order in which somebody has to act."""


def due_words(due: datetime | None, reader: Reader) -> str:
    if due is None:
        return ""
    left = due - reader.now
    return reader.length(left) if left.total_seconds() > 0 else text("{length} late", length=reader.length(-left))


def goods_rows(order: Order, holders: Mapping[str, str], reader: Reader) -> tuple[GoodsRow, ...]:
    """One row for a line at each place that sends some of it."""
    return tuple(
        _goods_row(order, line, where, row, holders, reader)
        for line in order.lines for where in order.fulfilment_orders for row in where.lines if row.line == line.id
    )


def _goods_row(
    order: Order, line: Line, where: FulfilmentOrder, row: FulfilmentLine, holders: Mapping[str, str], reader: Reader
) -> GoodsRow:
    counted = (row.open, row.held, row.despatched, row.cancelled)
    words = unit_words(*counted)
    if row.returned:
        words += text(", {n} back", n=row.returned)
    place = text("{holder}, {stage}", holder=holders.get(where.holder, where.holder), stage=STAGE_WORDS[where.stage])
    return GoodsRow(
        line.title, line.sku, line.seller, marks(*counted), words, f"{place} ({where.id})",
        reader.money(line.unit_price, order.currency),
        reader.money(-line.discount, order.currency) if line.discount else "",
        reader.money(line_total(order, line), order.currency),
    )


def request_row(
    order: Order, request: Request, view: Mapping[str, Any], label: ReasonLabel, reader: Reader
) -> RequestRow:
    facts = [
        (text("Asked by"), capital(text("{who}, {when}", who=_who(request), when=reader.moment(request.created_at)))),
        (text("Units"), "; ".join(_part_words(order, part.line, part.quantity, part.state.value, part.goods.value)
                                  for part in request.parts)),
        (text("Reason"), label(request.reason) if request.reason else text("Not given")),
    ]
    if request.comment:
        facts.append((text("Comments"), request.comment))
    facts.append((text("Policy"), text("version {n}", n=request.policy_version)))
    money = view["money"]
    shares = tuple(
        (str(part["payment"] or text("chosen when it starts")), reader.money(int(part["amount"]), order.currency),
         DUTY_WORDS.get(DutyState(part["state"]), str(part["state"])))
        for part in money["parts"]
    )
    told = sentences(order, request, view, reader, staff=True)
    grace = retract_until(request.parts, reader)
    return RequestRow(request.id, request_tag(order, request, staff=True), tuple(facts),
                      (*told, grace) if grace else told, shares)


def _who(request: Request) -> str:
    named = asker(request, staff=True)
    channel = text(" by {channel}", channel=request.asker.channel) if request.asker.channel else ""
    return f"{named}{channel}"


def _part_words(order: Order, line: str, quantity: int, state: str, goods: str) -> str:
    said = f"{state.replace('_', ' ')}, goods {goods.replace('_', ' ')}"
    return f"{quantity} × {order.line(line).title} ({said})"


def case_rows(order: Order, holders: Mapping[str, str], reader: Reader) -> tuple[CaseRow, ...]:
    """The questions that are open, with what silence means."""
    return tuple(_case_row(order, case, holders, reader) for case in order.cases if case.state is CaseState.OPEN)


def _case_row(order: Order, case: Case, holders: Mapping[str, str], reader: Reader) -> CaseRow:
    units = sum(part.quantity for _, part in each_part(order) if part.case == case.id)
    name = holders.get(case.holder, case.holder)
    who = text("You must answer") if case.answerer.value == "merchant" else text("{who} must answer", who=name)
    left = max(0, int((case.answer_by - reader.now).total_seconds() // 60))
    return CaseRow(
        case.id, text("{who} by {when}", who=who, when=reader.moment(case.answer_by)),
        (
            text("{items} on hold, so nobody packs them.", items=capital(items(units))),
            text("If nobody answers by then: {silence}.", silence=SILENCE_STAFF[case.on_silence]),
            text("{n} minutes left.", n=left),
        ),
        left, max(1, int((case.answer_by - case.opened_at).total_seconds() // 60)), not case.extended,
    )


def parcel_words(order: Order, parcel: Parcel, reader: Reader) -> str:
    goods = ", ".join(f"{row.quantity} × {order.line(row.line).title}" for row in parcel.lines)
    stray = text("STRAY, cancelled but shipped. ") if parcel.stray else ""
    number = f", {parcel.carrier or ''} {parcel.tracking_number or ''}".rstrip(" ,")
    return text("{stray}{id}: {state} {when}{number}. {goods}", stray=stray, id=parcel.id, state=parcel.state.value,
                when=reader.moment(parcel.despatched_at), number=number, goods=goods)


ICONS = {"request": "user", "part": "mark", "case": "shed", "duty": "coin", "refund": "coin", "payment": "coin",
         "fulfilment": "box", "parcel": "truck", "order": "docket", "step": "stop", "work": "tri"}


COUNTERS = frozenset({"fulfilment_order.units"})
"""What the goods table shows already; the audit itself keeps them."""


def history(entries: Sequence[AuditRow], reader: Reader) -> tuple[HistoryRow, ...]:
    """The audit, newest first, one row an event."""
    rows = [
        HistoryRow(
            ICONS.get(str(event["type"]).partition(".")[0], "note"), event_words(event, index, entry, reader),
            entry.actor.name or entry.actor.id or entry.actor.role, reader.moment(entry.at), entry.at.isoformat(),
        )
        for entry in entries for index, event in enumerate(sealed_events(entry.sealed))
        if event["type"] not in COUNTERS
    ]
    return tuple(reversed(rows))


def event_words(event: Mapping[str, Any], index: int, entry: AuditRow, reader: Reader) -> str:
    """The event with its facts, and the personal texts that are kept beside it."""
    said = str(event["type"]).replace(".", " ").replace("_", " ")
    data = [f"{name.replace('_', ' ')} {fact(value, reader)}" for name, value in event["data"].items()
            if value is not None]
    data += [f"{name} “{value}”" for (at, name), value in entry.texts.items()
             if at == index and value and name != "actor"]
    return capital(f"{said} ({event['subject']})" + (f": {', '.join(data)}" if data else ""))


def fact(value: object, reader: Reader) -> str:
    """A fact of an event: an instant as people write it, anything else as it is."""
    if isinstance(value, str) and INSTANT.match(value):
        return reader.moment(datetime.fromisoformat(value.replace("Z", "+00:00")))
    return str(value)


def refund_row(order: str, currency: str, duty: Duty, reader: Reader) -> tuple[str, str, str, str]:
    """Order, amount, how far it is, by when it must be done."""
    words = f"{duty.kind.value}: {DUTY_WORDS[duty.state]}" + (f" ({duty.failure})" if duty.failure else "")
    return order, reader.money(duty.amount, currency), words, reader.day(duty.due_by) if duty.due_by else ""


def work_words(item: WorkItem, reader: Reader) -> tuple[str, str, str]:
    """Kind, what it is about, since when."""
    about = item.note or item.subject
    return capital(item.kind.replace("_", " ")), about, reader.moment(item.opened_at)
