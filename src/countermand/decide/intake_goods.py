"""The fulfilment orders of an order body, their counters, and the parcels of what had left before the intake."""

from collections.abc import Mapping
from datetime import datetime

from countermand.decide.intake_fields import MOST_QUANTITY, Body, Found
from countermand.model.fulfilment import (
    FulfilmentLine,
    FulfilmentOrder,
    Holder,
    Parcel,
    ParcelLine,
    ParcelState,
    Stage,
)
from countermand.model.ids import ITEM_ID
from countermand.model.order import Line

MOST_FULFILMENT_ORDERS = 500
MOST_ROWS = 2_000
FULFILMENT = frozenset(("id", "holder", "stage", "lines"))
ROW = frozenset(("line", "quantity"))
STAGE = {stage.value: stage for stage in Stage}
LEFT = (Stage.DESPATCHED, Stage.DELIVERED)
LIKE_ID = "1 to 64 of the letters A-Z, a-z, 0-9 and . _ # : -"


def read_fulfilment(
    body: Body, lines: tuple[Line, ...], holders: Mapping[str, Holder], default_holder: str | None, found: Found
) -> tuple[FulfilmentOrder, ...]:
    """The fulfilment orders as stated, or one, unreleased, at the default holder."""
    rows = found.items(body, "fulfilment_orders", "", MOST_FULFILMENT_ORDERS)
    if not rows:
        if body.get("fulfilment_orders"):
            return ()
        everything = tuple(FulfilmentLine(line.id, line.quantity, line.quantity) for line in lines)
        holder = _holder(None, "fulfilment_orders", holders, default_holder, found)
        return (_sent_by("F1", holder, Stage.UNRELEASED, everything),)
    wanted = {line.id: line.quantity for line in lines}
    placed = dict.fromkeys(wanted, 0)
    orders = []
    seen: set[str] = set()
    for index, (at, row) in enumerate(rows):
        each = _fulfilment_order(row, at, index, wanted if len(rows) == 1 else {}, holders, default_holder, found)
        if each.id in seen:
            found.add(at + "id", f"{each.id} stands here twice; every fulfilment order needs its own id")
        seen.add(each.id)
        for position, line in enumerate(each.lines):
            if line.line in placed:
                placed[line.line] += line.quantity
            elif line.line:
                found.add(f"{at}lines[{position}].line", f"{line.line} is not a line of this order")
        orders.append(each)
    for line_id, quantity in wanted.items():
        if placed[line_id] != quantity and line_id:
            found.add("fulfilment_orders", f"line {line_id} has {quantity} units, but the fulfilment orders send "
                                           f"{placed[line_id]}; make them equal")
    return tuple(orders)


def intake_parcels(fulfilment_orders: tuple[FulfilmentOrder, ...], placed_at: datetime) -> tuple[Parcel, ...]:
    """One parcel for each fulfilment order that had left already. When it left is not known: the order's own time."""
    gone = [each for each in fulfilment_orders if each.stage in LEFT]
    return tuple(
        Parcel(
            f"P{number}", each.id, False,
            ParcelState.DELIVERED if each.stage is Stage.DELIVERED else ParcelState.DESPATCHED,
            tuple(ParcelLine(row.line, row.despatched) for row in each.lines), placed_at, "intake",
        )
        for number, each in enumerate(gone, 1)
    )


def _fulfilment_order(
    row: Body, at: str, index: int, everything: Mapping[str, int], holders: Mapping[str, Holder],
    default_holder: str | None, found: Found,
) -> FulfilmentOrder:
    """One of the list. `everything`: what it sends if it does not say; only a single one may leave that out."""
    if not row.keys() <= FULFILMENT:
        found.unknown(row, FULFILMENT, at)
    name = found.name(row, "id", at, ITEM_ID, LIKE_ID) or f"F{index + 1}"
    holder = _holder(row, at + "holder", holders, default_holder, found)
    stage = found.choice(row, "stage", at, STAGE, Stage.UNRELEASED)
    left = stage in LEFT
    lines = []
    seen: set[str] = set()
    for line_at, line in found.items(row, "lines", at, MOST_ROWS):
        if not line.keys() <= ROW:
            found.unknown(line, ROW, line_at)
        line_id = found.name(line, "line", line_at, ITEM_ID, "the id of a line", required=True) or ""
        quantity = found.whole(line, "quantity", line_at, None, 1, MOST_QUANTITY)
        if line_id in seen:
            found.add(line_at + "line", f"{line_id} stands here twice; add the quantities up")
        seen.add(line_id)
        lines.append(_counted(line_id, quantity, left))
    if row.get("lines") is None and everything:
        lines = [_counted(line_id, quantity, left) for line_id, quantity in everything.items()]
    elif not row.get("lines"):
        found.add(at + "lines", "is required: name at least one line")
    return _sent_by(name, holder, stage, tuple(lines))


def _counted(line_id: str, quantity: int, left: bool) -> FulfilmentLine:
    """The counters that the stage of the intake implies."""
    if left:
        return FulfilmentLine(line_id, quantity, 0, despatched=quantity)
    return FulfilmentLine(line_id, quantity, quantity)


def _holder(
    row: Body | None, path: str, holders: Mapping[str, Holder], default_holder: str | None, found: Found
) -> Holder | None:
    named = row.get("holder") if row is not None else None
    if named is None:
        if default_holder is None or default_holder not in holders:
            found.add(path, "this merchant has no holder yet; create one first")
            return None
        return holders[default_holder]
    if type(named) is not str:
        found.add(path, "must be text")
        return None
    if named not in holders:
        found.add(path, f"{named[:64]} is not a holder of this merchant; create it first")
        return None
    return holders[named]


NOBODY = Holder("", "", "")


def _sent_by(
    name: str, holder: Holder | None, stage: Stage, lines: tuple[FulfilmentLine, ...]
) -> FulfilmentOrder:
    known = holder or NOBODY
    return FulfilmentOrder(name, known.id, stage, known.control, lines, known.plugin)
