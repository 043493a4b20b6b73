"""Moving units between counters and parts: the only functions that touch either."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    return move_all(order, {(fulfilment_order, line): units}, source, target)


def move_all(
    order: Order, units: Mapping[tuple[str, str], int], source: Counter, target: Counter
) -> Order:
    """Move units of many (fulfilment order, line) pairs between two counters at once; there must be that many."""
    if not units:
        return order
    return replace(order, fulfilment_orders=tuple(
        replace(each, lines=tuple(_moved(each.id, row, units, source, target) for row in each.lines))
        if any((each.id, row.line) in units for row in each.lines) else each
        for each in order.fulfilment_orders
    ))


def _moved(
    fulfilment_order: str, row: FulfilmentLine, units: Mapping[tuple[str, str], int], source: Counter, target: Counter
) -> FulfilmentLine:
    moved = units.get((fulfilment_order, row.line), 0)
    if not moved:
        return row
    left = getattr(row, source) - moved
    assert moved > 0 and left >= 0, f"{row.line} at {fulfilment_order} has no {moved} {source} units"
    counters: dict[str, int] = {source: left, target: getattr(row, target) + moved}
    return replace(row, **counters)  # type: ignore[arg-type]


def units_of(parts: Iterable[Part]) -> dict[tuple[str, str], int]:
    """Units per (fulfilment order, line) of parts that stand at one."""
    units: dict[tuple[str, str], int] = {}
    for part in parts:
        assert part.fulfilment_order is not None, "units that move stand at a fulfilment order"
        place = part.fulfilment_order, part.line
        units[place] = units.get(place, 0) + part.quantity
    return units


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
