"""Which letters a commit causes, from the difference of the two orders. Nothing is written yet: see letters.py.

A dedupe key makes a letter leave once, whoever notices the same difference again. It ends with what the letter is
about (`refund_sent:{duty}`), and `subject_of` reads it from there.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from countermand.model.event import Event, Message
from countermand.model.order import Order
from countermand.model.payment import Duty, DutyKind, DutyState
from countermand.model.request import (
    Case,
    CaseState,
    Decline,
    GoodsState,
    Kind,
    Part,
    PartState,
    Request,
    Role,
)

RETRY_FIRST = timedelta(minutes=30)
"""A refund that failed is tried again; the customer hears of it only if it still stands failed after this long."""


class Template(StrEnum):
    """Every letter there is."""

    ORDER_LINK = "order_link"
    REQUEST_RECEIVED = "request_received"
    CANCELLED = "cancelled"
    PARTLY_CANCELLED = "partly_cancelled"
    DECLINED = "declined"
    AWAITING = "awaiting"
    RETRACTED = "retracted"
    REFUND_SENT = "refund_sent"
    REFUND_PROBLEM = "refund_problem"
    REFUSE_PARCEL = "refuse_parcel"
    RETURNED = "returned"
    WITHDRAWAL_RECEIPT = "withdrawal_receipt"
    HOLDER_NEW_CASE = "holder_new_case"
    MERCHANT_ATTENTION = "merchant_attention"


STOPPING = frozenset({GoodsState.HOLD_REQUESTED, GoodsState.HOLD_CONFIRMED, GoodsState.STOP_REQUESTED})
GOING = frozenset({PartState.APPROVED, PartState.EXECUTING})
LIVING = frozenset({PartState.AWAITING_APPROVAL, *GOING, PartState.NEEDS_ATTENTION})


def is_cancelled(part: Part) -> bool:
    """Are these units cancelled for good: stopped, or never anything to stop?"""
    through = (PartState.EXECUTING, PartState.COMPLETED, PartState.NEEDS_ATTENTION)
    return part.state in through and part.goods in (GoodsState.STOPPED, GoodsState.NOT_NEEDED)


def is_being_stopped(part: Part) -> bool:
    """Was yes said, and are the goods not known to be stopped yet?"""
    return part.state in GOING and part.goods in STOPPING


def order_link(order: Order, now: datetime) -> Message:
    """The letter with the link to the order's page. Nothing causes it by itself: the shop's own mail has the link."""
    return Message("mail", Template.ORDER_LINK, f"order_link:{order.number}:{now.isoformat()}", now)


def subject_of(message: Message) -> str:
    """What the letter is about: the last word of its dedupe key (a duty's, a parcel's or a part's name)."""
    return message.dedupe.rpartition(":")[2]


def messages_for(
    before: Order | None, after: Order, events: tuple[Event, ...], now: datetime
) -> tuple[Message, ...]:
    """The letters that the way from `before` to `after` causes, each with its dedupe key.

    The events are not looked at; that there are none means that nothing happened, so there is nothing to tell.
    """
    if not events or (not after.requests and not after.parcels):
        return ()
    made: dict[str, Message] = {}
    for message in _all(before, after, now):
        if message.audience != "customer" or after.customer.email is not None:
            made.setdefault(message.dedupe, message)
    return tuple(made.values())


def _all(before: Order | None, after: Order, now: datetime) -> Iterator[Message]:
    if before is None or before.requests is not after.requests:
        known = {request.id: request for request in before.requests} if before else {}
        for request in after.requests:
            if known.get(request.id) is not request:
                yield from _request(known.get(request.id), request, after, now)
    if before is None or before.cases is not after.cases:
        yield from _cases(before, after, now)
    if before is None or before.duties is not after.duties:
        yield from _duties(before, after, now)
    if before is not None and before.parcels is not after.parcels:
        known_parcels = {parcel.id for parcel in before.parcels}
        for parcel in after.parcels:
            if parcel.stray and parcel.id not in known_parcels:
                yield _mail(Template.REFUSE_PARCEL, now, None, after.number, parcel.id)


def _mail(
    template: Template, due_at: datetime, request: str | None, *about: str | int,
    audience: str = "customer", case: str | None = None,
) -> Message:
    return Message("mail", template, ":".join((template, *map(str, about))), due_at, request, case, audience)


def _request(old: Request | None, new: Request, order: Order, now: datetime) -> Iterator[Message]:
    """What the customer hears about one request. What the shop itself took out, the shop itself tells."""
    if new.asker.role is Role.PLATFORM:
        return
    was = {part.number: part for part in old.parts} if old else {}
    gone = [part for part in new.parts if _newly(was, part, is_cancelled)]
    if gone:
        template = Template.CANCELLED if is_whole(order) else Template.PARTLY_CANCELLED
        yield _mail(template, now, new.id, new.id, gone[0].number)
    if old is None and new.kind is Kind.WITHDRAWAL:
        yield _mail(Template.WITHDRAWAL_RECEIPT, now, new.id, new.id)
    elif any(_newly(was, part, is_being_stopped) for part in new.parts):
        yield _mail(Template.REQUEST_RECEIVED, now, new.id, new.id)
    if any(_came_to(was, part, PartState.AWAITING_APPROVAL) for part in new.parts):
        yield _mail(Template.AWAITING, now, new.id, new.id)
    yield from _noes(was, new, now)
    for part in new.parts:
        if part.number in was and _came_back(was[part.number], part):
            yield _mail(Template.RETURNED, now, new.id, new.id, part.number)
        if part.number in was and _came_to(was, part, PartState.NEEDS_ATTENTION):
            yield _attention(now, new.id, part.number)


def _noes(was: dict[int, Part], new: Request, now: datetime) -> Iterator[Message]:
    """Declined at once or by an answer; overtaken by the goods, which were on their way; taken back by the asker."""
    declined = [part for part in new.parts if _came_to(was, part, PartState.DECLINED)]
    late = [part for part in declined if part.number in was and part.reason is Decline.ALREADY_DESPATCHED]
    answered = [part for part in declined if part not in late]
    if answered:
        yield _mail(Template.DECLINED, now, new.id, new.id, answered[0].number)
    if late:
        yield _mail(Template.REFUSE_PARCEL, now, new.id, new.id, late[0].number)
    if any(_came_to(was, part, PartState.RETRACTED) for part in new.parts):
        yield _mail(Template.RETRACTED, now, new.id, new.id)


def _newly(was: dict[int, Part], part: Part, holds: Callable[[Part], bool]) -> bool:
    """Does it hold of this part now, and did it not before?"""
    return holds(part) and not (part.number in was and holds(was[part.number]))


def _came_to(was: dict[int, Part], part: Part, state: PartState) -> bool:
    return part.state is state and (part.number not in was or was[part.number].state is not state)


def _came_back(old: Part, new: Part) -> bool:
    return new.goods is GoodsState.RETURNED and old.goods is not GoodsState.RETURNED


def is_whole(order: Order) -> bool:
    """Is every unit that the order still has cancelled?"""
    rows = [row for each in order.fulfilment_orders for row in each.lines]
    return bool(rows) and all(row.cancelled == row.quantity for row in rows)


def _cases(before: Order | None, after: Order, now: datetime) -> Iterator[Message]:
    known = {case.id: case for case in before.cases} if before else {}
    for case in after.cases:
        old = known.get(case.id)
        if case.state is not CaseState.OPEN:
            continue
        if old is None:
            yield _asked(case, now)
        elif case.escalated and not old.escalated:
            yield _mail(
                Template.MERCHANT_ATTENTION, now, case.request, case.id, audience="merchant", case=case.id
            )


def _asked(case: Case, now: datetime) -> Message:
    return _mail(
        Template.HOLDER_NEW_CASE, now, case.request, case.id, audience=case.answerer.value, case=case.id
    )


def _duties(before: Order | None, after: Order, now: datetime) -> Iterator[Message]:
    known = {duty.id: duty for duty in before.duties} if before else {}
    for duty in after.duties:
        old = known.get(duty.id)
        if old is duty or (old is not None and old.state is duty.state):
            continue
        yield from _duty(duty, now)


def _duty(duty: Duty, now: datetime) -> Iterator[Message]:
    refund = duty.kind is DutyKind.REFUND or duty.payment is None
    if duty.state is DutyState.REFUNDED:
        yield _mail(Template.REFUND_SENT, now, duty.request, f"g{duty.generation}", duty.id)
    elif duty.state is DutyState.FAILED and refund:
        yield _mail(
            Template.REFUND_PROBLEM, now + RETRY_FIRST, duty.request, f"g{duty.generation}f{duty.failures}", duty.id
        )
    elif duty.state is DutyState.MANUAL_REQUIRED:
        if refund:
            yield _mail(Template.REFUND_PROBLEM, now, duty.request, "manual", duty.id)
        yield _attention(now, duty.request, duty.id)


def _attention(now: datetime, request: str, about: str | int) -> Message:
    return _mail(Template.MERCHANT_ATTENTION, now, request, request, about, audience="merchant")
