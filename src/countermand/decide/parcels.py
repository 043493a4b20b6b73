"""What becomes of goods that left: delivered, refused, on the way back, back, lost.

A returned unit belongs to one part: the oldest live withdrawal, else the oldest part declined as too late. Only then
does it count as returned in the money. A return that nobody asked for is a worklist row and moves no money; the
return of a stray parcel is written on the parcel and changes neither money nor stock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from countermand.decide.despatch import report_despatch
from countermand.decide.ship_gate import GoodsEvent, Happening, Passed, raise_stage, stay
from countermand.decide.units import each_part, row_of, split_part, with_part, with_row
from countermand.model.fulfilment import Parcel, ParcelState
from countermand.model.order import Order, WorkItem
from countermand.model.request import GoodsState, Kind, Part, PartState, Request, advance_goods, advance_part

ENDED = frozenset({ParcelState.RETURNED, ParcelState.LOST})

WAYS: Mapping[Happening, Mapping[GoodsState, tuple[GoodsState, ...]]] = {
    Happening.DELIVERED: {
        GoodsState.REFUSE_ON_DELIVERY_ADVISED: (GoodsState.DELIVERED,),
        GoodsState.STRAY: (GoodsState.DELIVERED,),
    },
    Happening.REFUSED: {
        GoodsState.REFUSE_ON_DELIVERY_ADVISED: (GoodsState.REFUSED,),
        GoodsState.DELIVERED: (GoodsState.REFUSED,),
        GoodsState.STRAY: (GoodsState.REFUSED,),
    },
    Happening.RETURNING: {
        GoodsState.REFUSE_ON_DELIVERY_ADVISED: (GoodsState.RETURNING,),
        GoodsState.REFUSED: (GoodsState.RETURNING,),
        GoodsState.DELIVERED: (GoodsState.RETURNING,),
        GoodsState.KEPT: (GoodsState.RETURNING,),
        GoodsState.STRAY: (GoodsState.RETURNING,),
    },
    Happening.RETURNED: {
        GoodsState.REFUSE_ON_DELIVERY_ADVISED: (GoodsState.RETURNED,),
        GoodsState.REFUSED: (GoodsState.RETURNED,),
        GoodsState.RETURNING: (GoodsState.RETURNED,),
        GoodsState.DELIVERED: (GoodsState.RETURNED,),
        GoodsState.KEPT: (GoodsState.RETURNED,),
        GoodsState.LOST: (GoodsState.RETURNED,),
        GoodsState.STRAY: (GoodsState.RETURNED,),
    },
    Happening.LOST: {
        GoodsState.REFUSE_ON_DELIVERY_ADVISED: (GoodsState.LOST,),
        GoodsState.REFUSED: (GoodsState.LOST,),
        GoodsState.RETURNING: (GoodsState.LOST,),
        GoodsState.STRAY: (GoodsState.LOST,),
    },
}
"""From where each event leads on the goods track. An absent pair is recorded and changes nothing."""


def report_parcel(order: Order, event: GoodsEvent, now: datetime) -> Passed:
    """Delivered, refused, returning, returned or lost. What is delivered must have left, so it is despatched first.

    Anything else of goods that never left names the wrong order: it moves nothing and is put before a human.
    """
    holder = order.fulfilment_order(event.fulfilment_order)
    told_before = _names_parcel(order, event) or (event.lines is not None and _gone(order, event))
    if event.event is Happening.DELIVERED and not told_before:
        order = report_despatch(order, replace(event, event=Happening.DESPATCHED)).order
    elif not _gone(order, event):
        return Passed(_unasked(order, event, holder.id, 0, now), {}, stay(order, holder))
    stray = _stray_meant(order, event)
    if stray is not None:
        return Passed(_stray_moves(order, stray, event, now), {}, stay(order, holder))
    rows = order.fulfilment_order(holder.id).lines
    if event.event is Happening.DELIVERED and not any(row.open + row.held for row in rows):
        order = raise_stage(order, holder.id, event)
    order = _parcels_move(order, event)
    if event.event in (Happening.RETURNED, Happening.LOST):
        order = _come_back(order, event, now)
    else:
        order = _parts_move(order, event)
    return Passed(order, {}, stay(order, holder))


def _names_parcel(order: Order, event: GoodsEvent) -> bool:
    """Does the event name a parcel that we know?"""
    return any(
        event.of in (each.event_id, each.id)
        or (event.tracking_number is not None and each.tracking_number == event.tracking_number)
        for each in order.parcels
    )


def _gone(order: Order, event: GoodsEvent) -> bool:
    """Has anything of this fulfilment order left as far as we were told?"""
    return any(row.despatched for row in order.fulfilment_order(event.fulfilment_order).lines) or any(
        parcel.fulfilment_order == event.fulfilment_order for parcel in order.parcels
    )


def _meant(order: Order, event: GoodsEvent) -> tuple[Parcel, ...]:
    """The parcels an event speaks of: those it names, else every one of the fulfilment order that has not ended."""
    here = tuple(each for each in order.parcels if each.fulfilment_order == event.fulfilment_order)
    if event.of is not None:
        return tuple(each for each in here if event.of in (each.event_id, each.id))
    if event.tracking_number is not None:
        named = tuple(each for each in here if each.tracking_number == event.tracking_number)
        if named:
            return named
    return tuple(each for each in here if each.state not in ENDED)


def _stray_meant(order: Order, event: GoodsEvent) -> Parcel | None:
    """Is a stray parcel meant? It is, if it is named or if nothing else here is expected to come back."""
    parcels = _meant(order, event)
    strays = [each for each in parcels if each.stray]
    if not strays:
        return None
    if len(strays) == len(parcels):
        return strays[0]
    if event.event is Happening.DELIVERED:
        return None
    return None if any(True for _ in _awaited(order, event)) else strays[0]


def _awaited(order: Order, event: GoodsEvent) -> Iterator[tuple[Request, Part]]:
    """Parts at this fulfilment order whose goods this event would move; withdrawals before declined parts."""
    ways = WAYS[event.event]
    fitting = [
        (request, part)
        for request, part in each_part(order)
        if part.fulfilment_order == event.fulfilment_order
        and part.goods in ways
        and part.goods is not GoodsState.STRAY
        and not _stray_part(order, request, part)
        and (event.lines is None or part.line in event.lines)
    ]
    fitting.sort(key=lambda pair: pair[0].kind is not Kind.WITHDRAWAL)
    yield from fitting


def _stray_part(order: Order, request: Request, part: Part) -> bool:
    """Is this a cancelled part whose goods went astray (and not a declined or withdrawn one)?"""
    declined = part.state is PartState.DECLINED or part.reason is not None
    return not declined and request.kind is not Kind.WITHDRAWAL


def _stray_moves(order: Order, parcel: Parcel, event: GoodsEvent, now: datetime) -> Order:
    order = _parcel_to(order, parcel, event)
    for request, part in tuple(each_part(order)):
        meant = part.fulfilment_order == parcel.fulfilment_order and _stray_part(order, request, part)
        way = WAYS[event.event].get(part.goods)
        if meant and way is not None and any(line.line == part.line for line in parcel.lines):
            order = with_part(order, request.id, advance_goods(part, *way))
    return order


def _parcels_move(order: Order, event: GoodsEvent) -> Order:
    for parcel in _meant(order, event):
        if not parcel.stray:
            order = _parcel_to(order, parcel, event)
    return order


def _parcel_to(order: Order, parcel: Parcel, event: GoodsEvent) -> Order:
    state = ParcelState(event.event.value)
    if parcel.state in ENDED and state is not ParcelState.RETURNED:
        return order
    back = state is ParcelState.RETURNED
    lines = tuple(
        replace(line, returned=min(line.quantity, line.returned + _units(event, line.line, line.quantity)))
        if back else line
        for line in parcel.lines
    )
    whole = not back or all(line.returned == line.quantity for line in lines)
    changed = replace(parcel, lines=lines, state=state if whole else parcel.state)
    return replace(order, parcels=tuple(changed if each.id == parcel.id else each for each in order.parcels))


def _units(event: GoodsEvent, line: str, everything: int) -> int:
    return everything if event.lines is None else event.lines.get(line, 0)


def _parts_move(order: Order, event: GoodsEvent) -> Order:
    """Refused, returning, delivered: the parts follow, and no money moves by the rules of a cancellation."""
    left = dict(event.lines) if event.lines is not None else None
    for request, part in tuple(_awaited(order, event)):
        units = part.quantity if left is None else min(part.quantity, left.get(part.line, 0))
        if not units:
            continue
        if left is not None:
            left[part.line] -= units
        order, piece = split_part(order, request.id, part, units)
        order = with_part(order, request.id, advance_goods(piece, *WAYS[event.event][piece.goods]))
    return order


def _come_back(order: Order, event: GoodsEvent, now: datetime) -> Order:
    """Units are back (or lost, which counts as back for the money). What nobody asked for is for a human."""
    rows = order.fulfilment_order(event.fulfilment_order).lines
    named = event.lines if event.lines is not None else {row.line: row.despatched - row.returned for row in rows}
    for line, units in named.items():
        order, unasked = _line_back(order, event, line, units)
        left = row_of(order, event.fulfilment_order, line)
        if unasked and (event.lines is not None or left.despatched > left.returned):
            order = _unasked(order, event, line, unasked, now)
    return order


def _line_back(order: Order, event: GoodsEvent, line: str, units: int) -> tuple[Order, int]:
    one_line = replace(event, lines={line: units})
    for request, part in tuple(_awaited(order, one_line)):
        row = row_of(order, event.fulfilment_order, line)
        found_again = part.goods is GoodsState.LOST
        room = part.quantity if found_again else row.despatched - row.returned
        back = min(units, part.quantity, room)
        if not back:
            continue
        order, piece = split_part(order, request.id, part, back)
        if not found_again:
            order = with_row(order, event.fulfilment_order, replace(row, returned=row.returned + back))
        piece = replace(advance_goods(piece, *WAYS[event.event][piece.goods]), returned=back)
        if piece.state is PartState.DECLINED:
            piece = advance_part(piece, PartState.EXECUTING)
        order = with_part(order, request.id, piece)
        units -= back
    return order, units


def _unasked(order: Order, event: GoodsEvent, line: str, units: int, now: datetime) -> Order:
    kind = "unexpected_loss" if event.event is Happening.LOST else "unexpected_return"
    subject = f"{event.event_id}:{line}"
    if any(item.kind == kind and item.subject == subject for item in order.work):
        return order
    note = f"{units} x line {line} at {event.fulfilment_order}" if units else f"nothing had left {line}"
    item = WorkItem(kind, subject, now, note=note)
    return replace(order, work=(*order.work, item))
