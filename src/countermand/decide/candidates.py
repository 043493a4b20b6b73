"""Which units a request speaks of: each candidate is so many units of a line at one fulfilment order, in one fate."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from countermand.decide.units import each_part
from countermand.model.fulfilment import FulfilmentOrder, Stage
from countermand.model.order import Line, Order
from countermand.model.request import LIVE, Ask, GoodsState, Kind, Wanted


class Fate(StrEnum):
    """Where the wanted units are: free to cancel, gone, spoken for, or not there at all."""

    OPEN = "open"
    DESPATCHED = "despatched"
    HELD = "held"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Candidate:
    """So many units of one line at one fulfilment order (None only if no fulfilment order has the line)."""

    line: Line
    fulfilment_order: FulfilmentOrder | None
    quantity: int
    fate: Fate
    restock: bool = True

    @property
    def stage(self) -> Stage:
        if self.fulfilment_order is None:
            return Stage.UNRELEASED
        if self.fate is Fate.DESPATCHED and self.fulfilment_order.stage.rank < Stage.DESPATCHED.rank:
            return Stage.DESPATCHED
        return self.fulfilment_order.stage


def candidates(order: Order, ask: Ask) -> tuple[Candidate, ...]:
    """The units asked for, earliest stage first within a line (DESIGN section 7, POST …/cancellation-requests).

    Empty = no unit is open, held or despatched: there is nothing to cancel.
    """
    if ask.lines is not None:
        return tuple(each for wanted in ask.lines for each in _of_wanted(order, wanted))
    with_despatched = ask.kind is Kind.WITHDRAWAL or not ask.all_or_nothing
    fates = (Fate.OPEN, Fate.DESPATCHED) if with_despatched else (Fate.OPEN,)
    taken = tuple(each for each in _everything(order) if each.fate in fates)
    if taken:
        return taken
    return tuple(_everything(order))


def _everything(order: Order) -> Iterator[Candidate]:
    for line in order.lines:
        for fate in (Fate.OPEN, Fate.DESPATCHED, Fate.HELD):
            for holder in _by_stage(order, line):
                units = _units(order, holder, line, fate)
                if units:
                    yield Candidate(line, holder, units, fate)


def _of_wanted(order: Order, wanted: Wanted) -> Iterator[Candidate]:
    line = order.line(wanted.line)
    left = wanted.quantity
    restock = wanted.restock is not False
    holders = _by_stage(order, line)
    for fate in (Fate.OPEN, Fate.DESPATCHED, Fate.HELD):
        for holder in holders:
            units = min(left, _units(order, holder, line, fate))
            if units:
                yield Candidate(line, holder, units, fate, restock)
                left -= units
    if left:
        yield Candidate(line, holders[0] if holders else None, left, Fate.MISSING, restock)


def _by_stage(order: Order, line: Line) -> list[FulfilmentOrder]:
    holders = [each for each in order.fulfilment_orders if any(row.line == line.id for row in each.lines)]
    return sorted(holders, key=lambda each: each.stage.rank)


def _units(order: Order, holder: FulfilmentOrder, line: Line, fate: Fate) -> int:
    row = next(row for row in holder.lines if row.line == line.id)
    gone = row.despatched - row.returned
    withdrawn = min(gone, _under_withdrawal(order, holder.id, line.id))
    match fate:
        case Fate.OPEN:
            return row.open
        case Fate.DESPATCHED:
            return gone - withdrawn
        case Fate.HELD:
            return row.held + withdrawn
        case Fate.MISSING:
            return 0


def _under_withdrawal(order: Order, fulfilment_order: str, line: str) -> int:
    """Despatched units that a live withdrawal already has; they cannot be taken again."""
    return sum(
        part.quantity
        for request, part in each_part(order)
        if request.kind is Kind.WITHDRAWAL
        and part.state in LIVE
        and part.fulfilment_order == fulfilment_order
        and part.line == line
        and part.goods in ON_THE_WAY
    )


ON_THE_WAY = frozenset(
    {GoodsState.TOO_LATE, GoodsState.REFUSE_ON_DELIVERY_ADVISED, GoodsState.REFUSED, GoodsState.RETURNING,
     GoodsState.DELIVERED, GoodsState.KEPT}
)


def despatched_at(order: Order, fulfilment_order: str) -> datetime | None:
    """When the first parcel of a fulfilment order left."""
    left = [each.despatched_at for each in order.parcels if each.fulfilment_order == fulfilment_order]
    return min(left) if left else order.fulfilment_order(fulfilment_order).stage_since
