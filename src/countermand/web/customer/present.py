"""The customer's order page as data: one sentence, steps, goods, money. Pure: the order and what it answers go in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from countermand.decide.shown import Shown, request_state
from countermand.model.fulfilment import Parcel, ParcelState, Stage
from countermand.model.order import Order
from countermand.model.payment import DutyKind, DutyState, PaymentState
from countermand.model.request import RequestState
from countermand.web.pages.goods import Groups, Tally, groups, tally
from countermand.web.pages.look import Tag, tag
from countermand.web.pages.requests import Box, ReasonLabel, box
from countermand.web.pages.words import Reader, items, plural, text

PLANNED = frozenset({DutyState.PLANNED, DutyState.PAUSED, DutyState.NOT_DUE})
ON_ITS_WAY = frozenset({DutyState.PENDING, DutyState.SUBMITTED})
STUCK = frozenset({DutyState.FAILED, DutyState.MANUAL_REQUIRED})


@dataclass(frozen=True, slots=True)
class Step:
    words: str
    detail: str
    state: str  # "done", "current", "open" or "bad"


@dataclass(frozen=True, slots=True)
class Row:
    words: str
    amount: str
    sum: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    words: str
    number: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    number: str
    placed: str
    says: str
    steps: tuple[Step, ...]
    boxes: tuple[Box, ...]
    goods: Groups
    ledger: tuple[Row, ...]
    money_tag: Tag | None
    parcels: tuple[Track, ...]
    refuse: tuple[str, ...]
    city: str | None
    menu_cancel: str | None
    quarantined: bool


def order_page(
    order: Order, views: Mapping[str, Mapping[str, Any]], label: ReasonLabel, reader: Reader, *, cancellable: bool
) -> OrderPage:
    """`views`: each request as the API answers it, by id. `cancellable`: whether anything could be asked for now."""
    now = tally(order)
    newest_first = sorted(order.requests, key=lambda each: each.created_at, reverse=True)
    return OrderPage(
        number=order.number, placed=reader.moment(order.placed_at), says=says(order, now),
        steps=steps(order, now, reader),
        boxes=tuple(box(order, each, views[each.id], label, reader) for each in newest_first),
        goods=groups(order, reader), ledger=ledger(order, reader), money_tag=money_tag(order),
        parcels=tuple(track(each) for each in order.parcels if not each.stray),
        refuse=refuse(order), city=order.ship_to.city,
        menu_cancel=text("Cancel order or items") if cancellable else None,
        quarantined=order.quarantined is not None,
    )


def says(order: Order, now: Tally) -> str:
    """The whole status in one sentence, as a person would say it."""
    if any(parcel.stray and parcel.state is ParcelState.DESPATCHED for parcel in order.parcels):
        return text("Refuse the parcel that is on its way")
    if now.quantity and now.cancelled == now.quantity:
        return text("Your order is cancelled")
    states = {request_state(each) for each in order.requests}
    if RequestState.AWAITING_APPROVAL in states:
        whole = now.held == now.quantity - now.cancelled
        return text("We asked whether your order can be stopped") if whole else text(
            "We asked whether {items} can be stopped", items=items(now.held))
    if now.held:
        return text("Cancellation requested for {items}", items=items(now.held))
    if now.returned and now.live == 0:
        return text("Your goods are back with us")
    rest = _rest(order, now)
    if now.cancelled:
        return plural(now.cancelled, "{n} item cancelled. {rest}", "{n} items cancelled. {rest}", rest=rest)
    return rest


def _rest(order: Order, now: Tally) -> str:
    """Where the goods are that are neither cancelled nor back."""
    whole = not now.cancelled and not now.returned
    subject = text("Your order") if whole else text("The rest")
    stages = _live_stages(order)
    furthest, least = max(stages, default=0), min(stages, default=0)
    if now.despatched - now.returned > 0 and now.open:
        return text("{n} of {m} items have shipped", n=now.despatched, m=now.quantity)
    if least >= Stage.DELIVERED.rank:
        return text("{subject} was delivered", subject=subject)
    if now.despatched - now.returned > 0:
        return text("{subject} has shipped", subject=subject)
    if furthest >= Stage.PICKING.rank:
        return text("{subject} is being packed", subject=subject)
    if furthest >= Stage.RELEASED.rank:
        return text("{subject} is at the warehouse", subject=subject)
    return text("We have your order") if whole else text("The rest ships as planned")


def _live_stages(order: Order) -> list[int]:
    return [
        each.stage.rank for each in order.fulfilment_orders
        if any(row.quantity - row.cancelled - row.returned > 0 for row in each.lines)
    ]


def steps(order: Order, now: Tally, reader: Reader) -> tuple[Step, ...]:
    """Received, Packed, Shipped, Delivered: a step is done when the slowest living part has reached it."""
    placed = reader.day(order.placed_at)
    if now.quantity and now.cancelled == now.quantity:
        return (Step(text("Received"), placed, "done"), Step(text("Cancelled"), text("nothing will be sent"), "bad"))
    reached = min(_live_stages(order), default=0)
    some = max(_live_stages(order), default=0)
    rows = [(text("Received"), Stage.UNRELEASED), (text("Packed"), Stage.PACKED), (text("Shipped"), Stage.DESPATCHED),
            (text("Delivered"), Stage.DELIVERED)]
    built: list[Step] = []
    open_yet = True
    for words, stage in rows:
        if reached >= stage.rank:
            built.append(Step(words, placed if stage is Stage.UNRELEASED else "", "done"))
            continue
        detail = text("in part") if some >= stage.rank else ""
        if open_yet and stage is Stage.PACKED and not detail and some >= Stage.PICKING.rank:
            detail = text("in progress")
        built.append(Step(words, detail, "current" if open_yet else "open"))
        open_yet = False
    return tuple(built)


def ledger(order: Order, reader: Reader, *, staff: bool = False) -> tuple[Row, ...]:
    """What was paid, what went back and what will, down to what the goods that stay cost in the end."""
    def row(words: str, minor: int) -> Row:
        return Row(words, reader.money(minor, order.currency))

    rows: list[Row] = []
    captured = refunded = 0
    for payment in order.payments:
        how = payment.method or payment.provider
        if payment.captured:
            paid = text("Paid, {how}", how=how) if staff else text("You paid, {how}", how=how)
            rows.append(row(paid, payment.captured))
        if payment.capturable:
            rows.append(row(text("Reserved, {how}", how=how), payment.capturable))
        elif not payment.captured and payment.state in (PaymentState.VOIDED, PaymentState.EXPIRED):
            rows.append(row(text("Reservation released, {how}", how=how), 0))
        elif payment.state in (PaymentState.ON_DELIVERY, PaymentState.ON_ACCOUNT, PaymentState.PENDING):
            rows.append(row(text("Not paid yet, {how}", how=how), 0))
        captured += payment.captured
        refunded += payment.refunded + payment.charged_back
    if refunded:
        rows.append(row(text("Refunded"), -refunded))
    for words, states in (
        (text("Refund on its way"), ON_ITS_WAY),
        (text("Refund that failed") if staff else text("Refund we are sorting out"), STUCK),
        (text("Refund planned"), PLANNED),
    ):
        amount = _owed(order, states)
        if amount:
            rows.append(row(words, -amount))
            refunded += amount
    if captured:
        rest = text("Stays with you") if staff else text("You pay in the end")
        rows.append(Row(rest, reader.money(captured - refunded, order.currency), sum=True))
    return tuple(rows)


def _owed(order: Order, states: frozenset[DutyState]) -> int:
    return sum(duty.amount for duty in order.duties if duty.kind is DutyKind.REFUND and duty.state in states)


def money_tag(order: Order) -> Tag | None:
    if _owed(order, STUCK):
        return tag(Shown.REFUND_FAILED)
    if _owed(order, ON_ITS_WAY):
        return tag(Shown.REFUND_PENDING)
    if _owed(order, PLANNED):
        return tag(Shown.REFUND_DUE if _rest_waits(order) else Shown.REFUND_PLANNED)
    if any(duty.kind is DutyKind.REFUND and duty.state is DutyState.REFUNDED for duty in order.duties):
        return tag(Shown.REFUNDED)
    return None


def _rest_waits(order: Order) -> bool:
    return any(row.open or row.held for each in order.fulfilment_orders for row in each.lines)


PARCEL_WORDS = {
    ParcelState.DESPATCHED: text("On its way"), ParcelState.DELIVERED: text("Delivered"),
    ParcelState.REFUSED: text("Refused, on its way back"), ParcelState.RETURNING: text("On its way back"),
    ParcelState.RETURNED: text("Back at the warehouse"), ParcelState.LOST: text("Lost on its way"),
}


def track(parcel: Parcel) -> Track:
    """A link is shown only if it is a web address: it came from outside."""
    url = parcel.tracking_url if (parcel.tracking_url or "").startswith(("https://", "http://")) else None
    words = PARCEL_WORDS[parcel.state]
    return Track(f"{words}, {parcel.carrier}" if parcel.carrier else words, parcel.tracking_number, url)


def refuse(order: Order) -> tuple[str, ...]:
    """What to do with a parcel that should not have come (A10)."""
    strays = [each for each in order.parcels if each.stray]
    coming = [each for each in strays if each.state in (ParcelState.DESPATCHED, ParcelState.DELIVERED)]
    if not coming:
        return ()
    told = [
        text("Refuse it at the door: tell the driver that you do not want it. You pay nothing."),
        text("If you already have it, do not open it. The shop tells you how to send it back."),
    ]
    sent = sum(payment.refunded for payment in order.payments)
    told.append(text("Your refund has been sent already. The parcel changes nothing about it.") if sent else
                text("Your refund goes on as planned. The parcel changes nothing about it."))
    return tuple(told)
