"""The pivot: held units become cancelled once the goods are known to be stopped. After it we only go forward."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from countermand.decide.units import change_parts, each_part, holds_units, move_all, split_part, units_of, with_part
from countermand.model.fulfilment import Control, Stage
from countermand.model.order import Order, with_request
from countermand.model.request import GoodsState, Part, PartState, Request, advance


def known_stopped(order: Order, part: Part) -> bool:
    """Do we know that these goods stay where they are? (DESIGN section 3, "the pivot".)

    Silence, an escalated merchant, the law and an automatic approval say yes; they do not say stopped.
    """
    assert part.fulfilment_order is not None, "held units stand at a fulfilment order"
    holder = order.fulfilment_order(part.fulfilment_order)
    if part.cleared or holder.stage is Stage.UNRELEASED or holder.control is Control.GATE:
        return True
    return holder.control is Control.NONE  # its delay is part of `pivot_at`


def group_decided(request: Request, part: Part) -> bool:
    """The pivot of parts that stand or fall together waits for the last answer."""
    return part.group is None or all(
        each.state is not PartState.AWAITING_APPROVAL for each in request.parts if each.group == part.group
    )


def grace_over(part: Part, now: datetime) -> bool:
    return part.pivot_at is None or part.pivot_at <= now


def may_stop(request: Request, part: Part, now: datetime) -> bool:
    """Approved, undisturbed and out of its grace period: the goods may be stopped for good."""
    return part.state is PartState.APPROVED and grace_over(part, now) and group_decided(request, part)


def pivot_ready(order: Order, now: datetime) -> Order:
    """Move every part whose time has come over the pivot."""
    for request in order.requests:
        ready = [
            part
            for part in request.parts
            if may_stop(request, part, now) and holds_units(part) and known_stopped(order, part)
        ]
        if ready:
            order = pivot_parts(order, request, ready)
    return order


def pivot_parts(order: Order, request: Request, ready: Sequence[Part]) -> Order:
    """Parts of one request over the pivot, in the commit in which their goods are known to be stopped."""
    assert all(holds_units(part) for part in ready), "only held units are cancelled"
    over = {part.number: _over(part) for part in ready}
    parts = tuple(over.get(part.number, part) for part in request.parts)
    return with_request(move_all(order, units_of(ready), "held", "cancelled"), replace(request, parts=parts))


def _over(part: Part) -> Part:
    state = PartState.EXECUTING if part.state is PartState.APPROVED else None
    return advance(part, state, GoodsState.STOPPED)


def start_stop(order: Order, request_id: str, fulfilment_order: str, now: datetime) -> Order:
    """The first write of a stop step: its parts are executing and can no longer be retracted."""
    request = order.request(request_id)
    chosen = tuple(
        (request, part)
        for part in request.parts
        if part.fulfilment_order == fulfilment_order and may_stop(request, part, now) and holds_units(part)
    )

    def start(order: Order, request: Request, part: Part) -> Order:
        return with_part(order, request.id, advance(part, PartState.EXECUTING, GoodsState.STOP_REQUESTED))

    return change_parts(order, chosen, start)


def stop_confirmed(
    order: Order, fulfilment_order: str, lines: dict[str, int] | None, now: datetime, request_id: str | None = None
) -> Order:
    """The holder says that these goods are stopped (a receipt of its plugin, or the `stopped` event).

    Parts in their grace period are cleared: they turn at its end. `lines`: units per line; None = all that wait.
    `request_id`: only the parts of this request.
    """
    left = dict(lines) if lines is not None else None
    for request, part in tuple(each_part(order)):
        if request_id not in (None, request.id):
            continue
        if part.fulfilment_order != fulfilment_order or not holds_units(part):
            continue
        if part.state not in (PartState.APPROVED, PartState.EXECUTING):
            continue
        if left is not None:
            units = min(part.quantity, left.get(part.line, 0))
            if units == 0:
                continue
            left[part.line] -= units
            order, part = split_part(order, request.id, part, units)
        if part.state is PartState.EXECUTING:
            order = pivot_parts(order, order.request(request.id), (part,))
        else:
            order = with_part(order, request.id, replace(part, cleared=True))
    return pivot_ready(order, now)
