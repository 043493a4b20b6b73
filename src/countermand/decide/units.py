"""Moving units between counters and parts: the only functions that touch either."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal

from countermand.model.fulfilment import FulfilmentLine, FulfilmentOrder
from countermand.model.order import Order, with_request
from countermand.model.request import Part, PartState, Request

Counter = Literal["open", "held", "cancelled", "despatched"]


def with_fulfilment_order(order: Order, changed: FulfilmentOrder) -> Order:
    """The order with this fulfilment order in the place of the one with the same id."""
    kept = tuple(changed if each.id == changed.id else each for each in order.fulfilment_orders)
    return replace(order, fulfilment_orders=kept)


def row_of(order: Order, fulfilment_order: str, line: str) -> FulfilmentLine:
    """The counters of one line at one fulfilment order."""
    return next(row for row in order.fulfilment_order(fulfilment_order).lines if row.line == line)


def with_row(order: Order, fulfilment_order: str, changed: FulfilmentLine) -> Order:
    """The order with these counters in the place of the line's own."""
    holder = order.fulfilment_order(fulfilment_order)
    rows = tuple(changed if row.line == changed.line else row for row in holder.lines)
    return with_fulfilment_order(order, replace(holder, lines=rows))


def move(order: Order, fulfilment_order: str, line: str, units: int, source: Counter, target: Counter) -> Order:
    """Move `units` from one counter to another; there must be that many."""
    row = row_of(order, fulfilment_order, line)
    left = getattr(row, source) - units
    assert units >= 0 and left >= 0, f"{line} at {fulfilment_order} has no {units} {source} units"
    counters: dict[str, int] = {source: left, target: getattr(row, target) + units}
    return with_row(order, fulfilment_order, replace(row, **counters))  # type: ignore[arg-type]


def with_part(order: Order, request_id: str, part: Part) -> Order:
    """The order with this part in the place of the one with the same number, or added to the request."""
    request = order.request(request_id)
    if any(each.number == part.number for each in request.parts):
        parts = tuple(part if each.number == part.number else each for each in request.parts)
    else:
        parts = (*request.parts, part)
    return with_request(order, replace(request, parts=parts))


def split_part(order: Order, request_id: str, part: Part, units: int) -> tuple[Order, Part]:
    """Cut `units` off a part; answers the order and the piece of exactly `units` that keeps the part's number.

    Nominal fees: the piece carries its share of the percentage, the rest keeps what is left, so nothing is lost.
    """
    assert 0 < units <= part.quantity, "a piece is at least one unit and at most the part"
    if units == part.quantity:
        return order, part
    percent = part.fee_percent * units // part.quantity
    piece = replace(part, quantity=units, fee_percent=percent)
    rest = replace(
        part,
        number=max(each.number for each in order.request(request_id).parts) + 1,
        quantity=part.quantity - units,
        fee_percent=part.fee_percent - percent,
    )
    return with_part(with_part(order, request_id, piece), request_id, rest), piece


def each_part(order: Order) -> Iterator[tuple[Request, Part]]:
    """Every part with its request, oldest request first."""
    for request in order.requests:
        for part in request.parts:
            yield request, part


def change_parts(
    order: Order, chosen: Iterable[tuple[Request, Part]], change: Callable[[Order, Request, Part], Order]
) -> Order:
    """Apply `change` to the chosen parts one after the other, each as it then stands."""
    for request, part in tuple(chosen):
        current = order.request(request.id)
        order = change(order, current, next(each for each in current.parts if each.number == part.number))
    return order


def holds_units(part: Part) -> bool:
    """Do this part's units stand in the counter `held`?"""
    return part.state in HOLDING and part.goods in STILL_HELD


HOLDING = frozenset({PartState.AWAITING_APPROVAL, PartState.APPROVED, PartState.EXECUTING, PartState.NEEDS_ATTENTION})
STILL_HELD = frozenset({"hold_requested", "hold_confirmed", "stop_requested"})


def held_by(order: Order, fulfilment_order: str, line: str, states: frozenset[PartState]) -> int:
    """Units held by parts in one of `states`."""
    return sum(
        part.quantity
        for _, part in each_part(order)
        if part.fulfilment_order == fulfilment_order
        and part.line == line
        and part.state in states
        and holds_units(part)
    )
