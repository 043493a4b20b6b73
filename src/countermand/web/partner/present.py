"""The queue as data: one card a question, one a stop to confirm, and what a scan says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from countermand.decide.approval import parts_of_case
from countermand.decide.units import each_part
from countermand.model.fulfilment import Control, FulfilmentOrder
from countermand.model.order import Order
from countermand.model.request import Case, GoodsState, PartState, Silence
from countermand.web.pages.look import ANSWER_WORDS, STAGE_WORDS
from countermand.web.pages.requests import ReasonLabel, asker
from countermand.web.pages.words import Reader, capital, items, text

SOON = timedelta(minutes=30)
UNSTOPPED = frozenset({GoodsState.HOLD_REQUESTED, GoodsState.HOLD_CONFIRMED, GoodsState.STOP_REQUESTED})
WILL_STOP = frozenset({PartState.APPROVED, PartState.EXECUTING})

SILENCE_MEANS = {
    Silence.APPROVE: text("approves it"), Silence.DECLINE: text("declines it"),
    Silence.ESCALATE: text("passes it to the merchant"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    line: str
    name: str
    sku: str
    quantity: int
    of: int


@dataclass(frozen=True, slots=True)
class Card:
    """One question. `left`, `length`: whole minutes, for the meter."""

    case: str
    order: str
    tone: str
    due: str
    left: int
    length: int
    units: tuple[Unit, ...]
    facts: tuple[tuple[str, str], ...]
    more_time: bool
    soon: bool
    due_at: datetime


@dataclass(frozen=True, slots=True)
class StopCard:
    """Goods that are cancelled as soon as somebody says that they are stopped."""

    order: str
    fulfilment_order: str
    units: tuple[Unit, ...]
    facts: tuple[tuple[str, str], ...]
    waits_until: str | None


@dataclass(frozen=True, slots=True)
class Scan:
    """What the pack table hears about one order. `loud`: the largest words on the page."""

    order: str
    loud: str | None
    says: str
    case: str | None
    pack: tuple[Unit, ...]


def card(order: Order, case: Case, label: ReasonLabel, reader: Reader) -> Card:
    request = order.request(case.request)
    where = order.fulfilment_order(case.fulfilment_order)
    asked: dict[str, int] = {}
    for _, part in parts_of_case(order, case):
        asked[part.line] = asked.get(part.line, 0) + part.quantity
    left = case.answer_by - reader.now
    late = left <= timedelta()
    due = text("due {moment}", moment=reader.moment(case.answer_by))
    due += text(", late") if late else text(", {length}", length=reader.length(left))
    return Card(
        case=case.id, order=order.number, tone="red" if left < SOON / 2 else "amber" if left < SOON else "", due=due,
        left=max(0, int(left.total_seconds() // 60)),
        length=max(1, int((case.answer_by - case.opened_at).total_seconds() // 60)),
        units=units(order, where, asked),
        facts=(
            (text("Stage"), stage(where, reader)),
            (text("Asked"), text("{length} ago, by {who}", length=reader.length(reader.now - request.created_at),
                                 who=asker(request, staff=True))),
            (text("Reason"), label(request.reason) if request.reason else text("Not given")),
            *(((text("Comments"), request.comment),) if request.comment else ()),
            (text("Silence"), text("{means} at {clock}", means=capital(SILENCE_MEANS[case.on_silence]),
                                   clock=reader.clock(case.answer_by))),
        ),
        more_time=not case.extended, soon=left < SOON, due_at=case.answer_by,
    )


def stage(where: FulfilmentOrder, reader: Reader) -> str:
    words = capital(STAGE_WORDS[where.stage])
    if where.stage_since is None:
        return words
    return text("{stage} since {when}", stage=words, when=reader.moment(where.stage_since))


def units(order: Order, where: FulfilmentOrder, asked: dict[str, int]) -> tuple[Unit, ...]:
    here = {row.line: row.quantity for row in where.lines}
    return tuple(
        Unit(line.id, line.title, line.sku, asked[line.id], here.get(line.id, asked[line.id]))
        for line in order.lines if asked.get(line.id)
    )


def stop_cards(order: Order, holders: frozenset[str], reader: Reader) -> tuple[StopCard, ...]:
    """What a person has to stop: approved goods at a holder who confirms by hand."""
    cards: list[StopCard] = []
    for where in order.fulfilment_orders:
        if where.holder not in holders or where.control is not Control.CONFIRM or where.plugin is not None:
            continue
        waiting = [
            (request, part) for request, part in each_part(order)
            if part.fulfilment_order == where.id and part.state in WILL_STOP and part.goods in UNSTOPPED
        ]
        asked: dict[str, int] = {}
        for _, part in waiting:
            asked[part.line] = asked.get(part.line, 0) + part.quantity
        if not asked:
            continue
        graces = [part.pivot_at for _, part in waiting if part.pivot_at is not None and part.pivot_at > reader.now]
        cards.append(StopCard(
            order.number, where.id, units(order, where, asked), ((text("Stage"), stage(where, reader)),),
            reader.clock(max(graces)) if graces else None,
        ))
    return tuple(cards)


def scan(order: Order, holders: frozenset[str], open_cases: Sequence[Case]) -> Scan:
    """What is on hold, cancelled and to be packed, over everything that this holder sends of the order."""
    here = [each for each in order.fulfilment_orders if each.holder in holders]
    held = sum(row.held for each in here for row in each.lines)
    gone = sum(row.cancelled for each in here for row in each.lines)
    left = sum(row.open for each in here for row in each.lines)
    pack: dict[str, int] = {}
    for each in here:
        for row in each.lines:
            pack[row.line] = pack.get(row.line, 0) + row.open
    mine = next((case.id for case in open_cases if any(each.id == case.fulfilment_order for each in here)), None)
    rows = tuple(Unit(line.id, line.title, line.sku, pack[line.id], line.quantity) for line in order.lines
                 if pack.get(line.id))
    if held:
        return Scan(order.number, text("ON HOLD - do not pack"),
                    text("Put {items} aside until it is decided.", items=items(held)), mine, rows)
    if gone and not left:
        return Scan(order.number, text("CANCELLED - do not pack"), text("Nothing of this order is to be sent."),
                    mine, ())
    if gone:
        return Scan(order.number, text("CHANGED - pack only what is listed"),
                    text("{items} of this order were cancelled.", items=capital(items(gone))), mine, rows)
    if not left:
        return Scan(order.number, None, text("Everything of this order has left already."), mine, ())
    return Scan(order.number, None, text("Nothing is on hold. Pack it as ordered."), mine, rows)


def answer_reasons() -> tuple[tuple[str, str], ...]:
    """Why a holder may say no: code and words."""
    return tuple((reason.value, words) for reason, words in ANSWER_WORDS.items())
