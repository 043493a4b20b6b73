"""A reported despatch: it happened, so it is never refused. Held units that left overtake their request; cancelled
units that left are a stray parcel, which changes no money and no counter."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from countermand.decide.approval import close_idle_cases, decline_group, terms_of_part
from countermand.decide.ship_gate import AWAITING, GoodsEvent, Passed, raise_stage, stay
from countermand.decide.take import on_its_way
from countermand.decide.units import each_part, holds_units, split_part, with_part, with_row
from countermand.model.fulfilment import Control, FulfilmentLine, Parcel, ParcelLine, ParcelState, Stage
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.model.request import (
    Decline,
    GoodsState,
    Kind,
    NextStep,
    Outcome,
    Part,
    PartState,
    Request,
    advance_goods,
    advance_part,
)


@dataclass(frozen=True, slots=True)
class Left:
    """How the reported units of one line divide: `kept` left rightly, `overtaken` were held, `stray` cancelled."""

    kept: int
    overtaken: int
    stray: int


def report_despatch(order: Order, event: GoodsEvent) -> Passed:
    """Units left the building. Claimed units are confirmed first, then open ones, then held ones."""
    holder = order.fulfilment_order(event.fulfilment_order)
    if _seen(order, event):
        return Passed(raise_stage(order, holder.id, event), {}, stay(order, holder))
    named = _reported(order, event)
    left: dict[str, Left] = {}
    for row in holder.lines:
        units = named.get(row.line, 0)
        if units:
            order, left[row.line] = _leave(order, holder.id, row, units)
    ship = {line: each.kept + each.overtaken for line, each in left.items() if each.kept + each.overtaken}
    stray = {line: each.stray for line, each in left.items() if each.stray}
    order = _with_parcel(order, event, ship, stray=False)
    order = _with_parcel(order, event, stray, stray=True)
    for line, units in stray.items():
        order = _mark_stray(order, holder.id, line, units)
    rows = order.fulfilment_order(holder.id).lines
    if not any(row.open + row.held for row in rows) and any(row.despatched for row in rows):
        order = raise_stage(order, holder.id, event)
    order = close_idle_cases(order)
    return Passed(order, ship, stay(order, holder))


def _seen(order: Order, event: GoodsEvent) -> bool:
    """The same parcel told twice under two event ids."""
    return event.tracking_number is not None and any(
        parcel.tracking_number == event.tracking_number and parcel.fulfilment_order == event.fulfilment_order
        for parcel in order.parcels
    )


def _reported(order: Order, event: GoodsEvent) -> Mapping[str, int]:
    """Without lines: every unit that is not cancelled; only if all are cancelled, of those."""
    if event.lines is not None:
        return event.lines
    rows = order.fulfilment_order(event.fulfilment_order).lines
    alive = {row.line: row.claimed + row.open + row.held for row in rows}
    if any(alive.values()) or any(row.despatched for row in rows):
        return alive
    if any(parcel.stray and parcel.fulfilment_order == event.fulfilment_order for parcel in order.parcels):
        return {}  # the stray is known; a second report of it is no second parcel
    return {row.line: row.cancelled for row in rows}


def _leave(order: Order, fulfilment_order: str, row: FulfilmentLine, units: int) -> tuple[Order, Left]:
    confirmed = min(units, row.claimed)
    opened = min(units - confirmed, row.open)
    held = min(units - confirmed - opened, row.held)
    stray = min(units - confirmed - opened - held, row.cancelled - row.removed)
    order = with_row(order, fulfilment_order, replace(
        row, claimed=row.claimed - confirmed, open=row.open - opened, held=row.held - held,
        despatched=row.despatched + opened + held,
    ))
    return _overtake(order, fulfilment_order, row.line, held), Left(confirmed + opened, held, stray)


def _overtake(order: Order, fulfilment_order: str, line: str, units: int) -> Order:
    """Held units left: what was only asked is overtaken before what was approved, and the youngest first."""
    holding = [
        (request, part)
        for request, part in each_part(order)
        if part.fulfilment_order == fulfilment_order and part.line == line and holds_units(part)
    ]
    holding.sort(key=lambda pair: (pair[1].state not in AWAITING, -order.requests.index(pair[0]), pair[1].number))
    for request, part in holding:
        if not units:
            break
        gone = min(units, part.quantity)
        order, piece = split_part(order, request.id, part, gone)
        order = _too_late(order, request, piece)
        units -= gone
    return order


def _too_late(order: Order, request: Request, part: Part) -> Order:
    if request.kind is Kind.WITHDRAWAL:
        executing = part if part.state is PartState.EXECUTING else advance_part(part, PartState.EXECUTING)
        late = on_its_way(advance_goods(executing, GoodsState.TOO_LATE), Stage.DESPATCHED)
        return with_part(order, request.id, late)
    declined = replace(
        advance_part(part, PartState.DECLINED), outcome=Outcome.DECLINED, reason=Decline.ALREADY_DESPATCHED,
        next_step=NextStep.REFUSE_ON_DELIVERY, stage=Stage.DESPATCHED,
    )
    late = on_its_way(advance_goods(declined, GoodsState.TOO_LATE), Stage.DESPATCHED)
    return decline_group(with_part(order, request.id, late), request, late)


def _mark_stray(order: Order, fulfilment_order: str, line: str, units: int) -> Order:
    """The cancelled parts whose goods left after all; the oldest first."""
    for request, part in tuple(each_part(order)):
        here = part.fulfilment_order == fulfilment_order and part.line == line
        if not units or not here or part.goods is not GoodsState.STOPPED:
            continue
        gone = min(units, part.quantity)
        order, piece = split_part(order, request.id, part, gone)
        order = with_part(order, request.id, advance_goods(piece, GoodsState.STRAY))
        units -= gone
    return order


def _with_parcel(order: Order, event: GoodsEvent, units: Mapping[str, int], *, stray: bool) -> Order:
    if not units:
        return order
    parcel = Parcel(
        f"P{len(order.parcels) + 1}", event.fulfilment_order, stray, ParcelState.DESPATCHED,
        tuple(ParcelLine(line, quantity) for line, quantity in units.items()), event.occurred_at, event.event_id,
        event.carrier, event.tracking_number, event.tracking_url,
    )
    return replace(order, parcels=(*order.parcels, parcel))


def report_stage(order: Order, event: GoodsEvent, policies: PolicyBook, now: datetime) -> Passed:
    """A stage before despatch. A silent holder that took the goods up gets the policy's delay to report more."""
    before = order.fulfilment_order(event.fulfilment_order).stage
    order = raise_stage(order, event.fulfilment_order, event)
    holder = order.fulfilment_order(event.fulfilment_order)
    if before is Stage.UNRELEASED and holder.stage is not before and holder.control is Control.NONE:
        for request, part in tuple(each_part(order)):
            if part.fulfilment_order == holder.id and holds_units(part) and part.state is PartState.APPROVED:
                settle = terms_of_part(order, request, part, policies).stop_settle
                waits = max(part.pivot_at or now, now) + settle
                order = with_part(order, request.id, replace(part, pivot_at=waits))
    ship = {row.line: row.open for row in holder.lines if row.open}
    return Passed(order, ship, stay(order, holder))
