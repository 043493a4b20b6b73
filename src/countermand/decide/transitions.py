"""What happened between two versions of an order: one event a transition, in the order of the way.

The audit, the outbox and the live pages are all told from this one list, so that nothing changes unseen (INV-05).
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from countermand.model.event import Event, Scalar
from countermand.model.fulfilment import FulfilmentOrder, Parcel
from countermand.model.order import Order, WorkItem
from countermand.model.payment import Duty, Payment
from countermand.model.plan import Step
from countermand.model.request import Case, CaseState, Part, Request

Thing = TypeVar("Thing")


def transitions(before: Order | None, after: Order) -> tuple[Event, ...]:
    """Every transition from `before` to `after`; empty if nothing happened."""
    return tuple(_all(before, after))


def _all(before: Order | None, after: Order) -> Iterator[Event]:
    if before is None:
        total = sum(payment.captured for payment in after.payments)
        yield _event("order.imported", after.number, lines=len(after.lines), captured=total, currency=after.currency)
    else:
        yield from _order(before, after)
    old_requests = {request.id: request for request in before.requests} if before else {}
    if before is None or before.requests is not after.requests:
        for request in after.requests:
            if old_requests.get(request.id) is not request:
                yield from _request(old_requests.get(request.id), request)
    if before is None:
        olds: tuple[tuple[object, ...], ...] = ((), (), (), (), (), ())
    else:
        olds = (before.fulfilment_orders, before.parcels, before.cases, before.payments, before.duties, before.work)
    yield from _changed(olds[0], after.fulfilment_orders, _fulfilment_order) if before else ()
    yield from _changed(olds[1], after.parcels, _parcel) if before else ()
    yield from _changed(olds[2], after.cases, _case)
    yield from _changed(olds[3], after.payments, _payment) if before else ()
    yield from _changed(olds[4], after.duties, _duty)
    if before is None or before.steps is not after.steps:
        known = {(step.request, step.number): step for step in before.steps} if before else {}
        for step in after.steps:
            old = known.get((step.request, step.number))
            if old is None or old.state is not step.state:
                yield _step(old, step)
    if before is None or before.work is not after.work:
        seen = {(item.kind, item.subject): item for item in before.work} if before else {}
        for item in after.work:
            yield from _work(seen.get((item.kind, item.subject)), item)


def _event(
    kind: str, subject: str, request: str | None = None, personal: tuple[tuple[str, str], ...] = (), /, **data: Scalar
) -> Event:
    return Event(kind, subject, tuple(data.items()), request, personal)


def _changed(olds: Iterable[object], news: Iterable[Thing], tell: object) -> Iterator[Event]:
    if olds is news:
        return
    known = {each.id: each for each in olds}  # type: ignore[attr-defined]
    for new in news:
        old = known.get(new.id)  # type: ignore[attr-defined]
        if old is not new and old != new:
            yield from tell(old, new)  # type: ignore[operator]


def _order(before: Order, after: Order) -> Iterator[Event]:
    if before.lines is not after.lines and before.lines != after.lines:
        units = sum(line.quantity for line in after.lines)
        removed = sum(line.removed for line in after.lines)
        yield _event("order.lines_changed", after.number, units=units, removed=removed)
    if before.charges != after.charges or before.accepted_excess != after.accepted_excess:
        yield _event("order.charges_changed", after.number, charges=len(after.charges))
    if before.customer != after.customer or before.ship_to != after.ship_to:
        yield _event("order.customer_changed", after.number)
    if before.quarantined != after.quarantined:
        yield _event("order.quarantined" if after.quarantined else "order.released", after.number)


def _request(old: Request | None, new: Request) -> Iterator[Event]:
    if old is None:
        texts = (("comment", new.comment), ("asker", new.asker.name))
        yield _event(
            "request.created", new.id, new.id, tuple((name, text) for name, text in texts if text),
            kind=new.kind.value, role=new.asker.role.value, channel=new.asker.channel, reason=new.reason,
            policy_version=new.policy_version,
        )
    known = {part.number: part for part in old.parts} if old else {}
    for part in new.parts:
        before = known.get(part.number)
        if before is None or before != part:
            yield from _part(new.id, before, part)


def _part(request: str, old: Part | None, new: Part) -> Iterator[Event]:
    subject = f"{request}:{new.number}"
    where: dict[str, Scalar] = {
        "line": new.line, "fulfilment_order": new.fulfilment_order, "quantity": new.quantity,
    }
    if old is None or old.state is not new.state or old.quantity != new.quantity:
        came = old.state.value if old else None
        why = new.reason.value if new.reason else None
        yield _event(f"part.{new.state.value}", subject, request, reason=why, was=came, **where)
    if old is None or old.goods is not new.goods:
        came = old.goods.value if old else None
        yield _event(f"goods.{new.goods.value}", subject, request, was=came, **where)


def _fulfilment_order(old: FulfilmentOrder | None, new: FulfilmentOrder) -> Iterator[Event]:
    if old is None or old.stage is not new.stage or old.holder != new.holder:
        came = old.stage.value if old else None
        yield _event("fulfilment_order.stage", new.id, stage=new.stage.value, was=came, holder=new.holder)
    known = {row.line: row for row in old.lines} if old else {}
    for row in new.lines:
        if known.get(row.line) != row:
            yield _event(
                "fulfilment_order.units", new.id, line=row.line, open=row.open, held=row.held,
                cancelled=row.cancelled, despatched=row.despatched, returned=row.returned,
            )


def _parcel(old: Parcel | None, new: Parcel) -> Iterator[Event]:
    kind = "parcel.stray" if new.stray and old is None else f"parcel.{new.state.value}"
    yield _event(kind, new.id, fulfilment_order=new.fulfilment_order, stray=new.stray, tracking=new.tracking_number)


def _case(old: Case | None, new: Case) -> Iterator[Event]:
    if old is None:
        yield _event(
            "case.opened", new.id, new.request, holder=new.holder, answer_by=new.answer_by.isoformat(),
            on_silence=new.on_silence.value,
        )
    if old is not None and new.escalated and not old.escalated:
        yield _event("case.escalated", new.id, new.request, answer_by=new.answer_by.isoformat())
    if old is not None and new.extended and not old.extended:
        yield _event("case.extended", new.id, new.request, answer_by=new.answer_by.isoformat())
    if new.state is not CaseState.OPEN and (old is None or old.state is not new.state):
        yield _event(
            f"case.{new.state.value}", new.id, new.request, answer=new.answer, reason=new.reason, by=new.answered_by
        )


def _payment(old: Payment | None, new: Payment) -> Iterator[Event]:
    came = old.state.value if old else None
    yield _event(
        "payment.changed" if old else "payment.added", new.id, state=new.state.value, was=came,
        authorised=new.authorised, captured=new.captured, refunded=new.refunded, charged_back=new.charged_back,
        released=new.released, disputed=new.disputed,
    )


def _duty(old: Duty | None, new: Duty) -> Iterator[Event]:
    came = old.state.value if old else None
    kind = f"duty.{new.state.value}" if old is None or old.state is not new.state else "duty.adjusted"
    yield _event(
        kind, new.id, new.request, was=came, of=new.kind.value, amount=new.amount, payment=new.payment,
        generation=new.generation, reference=new.reference, failure=new.failure,
    )


def _step(old: Step | None, new: Step) -> Event:
    came = old.state.value if old else None
    return _event(
        f"step.{new.state.value}", f"{new.request}:{new.number}", new.request, of=new.kind.value,
        about=new.subject, was=came, receipt=new.receipt, failure=new.failure,
    )


def _work(old: WorkItem | None, new: WorkItem) -> Iterator[Event]:
    if (old is None or old.closed_at is not None) and new.closed_at is None:
        yield _event("work.opened", f"{new.kind}:{new.subject}", new.request, kind=new.kind, note=new.note)
    elif old is not None and old.closed_at is None and new.closed_at is not None:
        yield _event("work.closed", f"{new.kind}:{new.subject}", new.request, kind=new.kind)
