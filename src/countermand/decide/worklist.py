"""What needs a human, derived from the order: opened while it is true, closed when it is not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from countermand.decide.pivot import known_stopped, may_stop
from countermand.decide.refund_timing import goods_awaited_until
from countermand.decide.units import each_part, holds_units
from countermand.model.fulfilment import ParcelState
from countermand.model.order import Order, WorkItem
from countermand.model.payment import SETTLED, DutyState
from countermand.model.plan import StepState
from countermand.model.request import GoodsState, Role

PLATFORM_REFUND_WAIT = timedelta(days=14)
"""How long we wait for the shop's own refund of what the shop itself removed (DESIGN section 7, PUT /orders)."""

REPORTED = frozenset({"unexpected_return", "unexpected_loss"})
"""Kinds that an event opened and only a human closes."""


def refresh_work(order: Order, now: datetime) -> Order:
    """Open what is newly true, close what no longer is. Idempotent."""
    wanted = {(item.kind, item.subject): item for item in _wanted(order, now)}
    work: list[WorkItem] = []
    for item in order.work:
        still = item.kind in REPORTED or wanted.pop((item.kind, item.subject), None) is not None
        if still and item.closed_at is not None and item.kind not in REPORTED:
            work.append(replace(item, closed_at=None, opened_at=now))
        elif not still and item.closed_at is None:
            work.append(replace(item, closed_at=now))
        else:
            work.append(item)
    changed = (*work, *wanted.values())
    return order if changed == order.work else replace(order, work=changed)


def _wanted(order: Order, now: datetime) -> Iterator[WorkItem]:
    if order.quarantined is not None:
        yield WorkItem("quarantined", order.number, now, note=order.quarantined)
    yield from _money_work(order, now)
    yield from _goods_work(order, now)
    for step in order.steps:
        if step.state is StepState.NEEDS_ATTENTION:
            yield WorkItem("step_failed", f"{step.request}:{step.number}", now, step.request, note=step.failure)


def _money_work(order: Order, now: datetime) -> Iterator[WorkItem]:
    for duty in order.duties:
        platform = order.request(duty.request).asker.role is Role.PLATFORM
        waited = now >= duty.created_at + PLATFORM_REFUND_WAIT
        if duty.state is DutyState.MANUAL_REQUIRED:
            yield WorkItem("refund_by_hand", duty.id, now, duty.request, note=duty.failure)
        elif duty.state is DutyState.PAUSED and not platform:
            yield WorkItem("refund_paused", duty.id, now, duty.request, note="the payment is disputed")
        elif duty.state is DutyState.PAUSED and waited:
            yield WorkItem("refund_not_seen", duty.id, now, duty.request, note="the shop has not told of its refund")
        elif duty.state not in SETTLED and duty.due_by is not None and duty.due_by <= now:
            yield WorkItem("refund_overdue", duty.id, now, duty.request)


def _goods_work(order: Order, now: datetime) -> Iterator[WorkItem]:
    for parcel in order.parcels:
        if parcel.stray and parcel.state not in (ParcelState.RETURNED, ParcelState.LOST):
            yield WorkItem("stray_parcel", parcel.id, now, note=parcel.tracking_number)
    unpaid_for = {request.id for request in order.requests} - {
        duty.request for duty in order.duties if duty.state is DutyState.NOT_DUE
    }
    for request in order.requests:
        until = goods_awaited_until(request)
        if request.id in unpaid_for and until is not None and until <= now:
            yield WorkItem("goods_not_back", request.id, now, request.id)
    for request, part in each_part(order):
        subject = f"{request.id}:{part.number}"
        if part.goods is GoodsState.KEPT:
            yield WorkItem("goods_kept", subject, now, request.id)
        if may_stop(request, part, now) and holds_units(part) and not known_stopped(order, part):
            assert part.fulfilment_order is not None, "held units stand at a fulfilment order"
            if order.fulfilment_order(part.fulfilment_order).plugin is None:
                yield WorkItem("stop_to_confirm", subject, now, request.id, note=part.fulfilment_order)
