"""Which units are gone, and by which part: cancelled, or back in the hands of whoever sent them.

The counters say how many units are cancelled; the parts say whose they are and which came back for their money.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from countermand.model.fulfilment import FulfilmentLine
from countermand.model.order import Order
from countermand.model.request import GoodsState, Kind, Outcome, Part, PartState, Request, Role

Row = tuple[str, str]
"""A line at a fulfilment order."""

Proof = Callable[[Request, Part], bool]
"""Is it enough for this part that its goods were sent back? (Directive 2011/83/EU, Art. 13(3).)"""

PartKey = tuple[str, int]
"""A request's id and the number of one of its parts."""

SURELY_CANCELLED = frozenset({GoodsState.STOPPED, GoodsState.STRAY})
PERHAPS_CANCELLED = frozenset(
    {GoodsState.REFUSED, GoodsState.DELIVERED, GoodsState.RETURNING, GoodsState.RETURNED, GoodsState.LOST,
     GoodsState.NOT_NEEDED}
)
"""A stray parcel walks the same states as goods that left in time; only the counters tell the two apart."""

PAST_PIVOT = frozenset({PartState.EXECUTING, PartState.NEEDS_ATTENTION, PartState.COMPLETED})


@dataclass(frozen=True, slots=True)
class PartGone:
    """Units of one part that are gone. `removed`: by the shop's own edit, so the line's amounts exclude them."""

    cancelled: int = 0
    returned: int = 0
    removed: int = 0

    @property
    def units(self) -> int:
        return self.cancelled + self.returned


NOTHING = PartGone()


@dataclass(frozen=True, slots=True)
class Gone:
    """Units that are neither open, held nor kept, per row; `withdrawn` of them by a withdrawal."""

    units: Mapping[Row, int]
    withdrawn: Mapping[Row, int]

    def with_part(self, request: Request, part: Part, units: int) -> "Gone":
        """The same with so many more units of this part gone."""
        if units == 0 or part.fulfilment_order is None:
            return self
        row = (part.line, part.fulfilment_order)
        gone = {**self.units, row: self.units.get(row, 0) + units}
        if request.kind is not Kind.WITHDRAWAL:
            return Gone(gone, self.withdrawn)
        return Gone(gone, {**self.withdrawn, row: self.withdrawn.get(row, 0) + units})


NONE_GONE = Gone({}, {})


def sending_suffices(request: Request, part: Part) -> bool:
    """The widest reading of proof, for a second look at an amount that was settled by the policy's own."""
    return True


def parts_gone(order: Order, proof: Proof) -> Mapping[PartKey, PartGone]:
    """What is gone of every part, as it stands; parts of which nothing is gone are left out."""
    at_row: dict[Row, list[tuple[Request, Part]]] = {}
    for request in order.requests:
        for part in request.parts:
            if part.fulfilment_order is not None:
                at_row.setdefault((part.line, part.fulfilment_order), []).append((request, part))
    gone: dict[PartKey, PartGone] = {}
    if at_row:
        for holder in order.fulfilment_orders:
            for row in holder.lines:
                gone.update(_row_gone(row, at_row.get((row.line, holder.id), []), proof))
    return gone


def _row_gone(row: FulfilmentLine, parts: list[tuple[Request, Part]], proof: Proof) -> dict[PartKey, PartGone]:
    removed_left, cancelled_left, returned_left = row.removed, row.cancelled - row.removed, row.despatched
    found: dict[PartKey, PartGone] = {}
    for request, part in sorted(parts, key=lambda pair: _doubt(pair[1])):
        removed = 0
        if request.asker.role is Role.PLATFORM and _may_be_cancelled(part):
            removed = min(part.quantity, removed_left)
        cancelled = min(part.quantity - removed, cancelled_left) if _may_be_cancelled(part) else 0
        returned = 0 if removed or cancelled else min(_came_back(request, part, proof), returned_left)
        removed_left, cancelled_left = removed_left - removed, cancelled_left - cancelled
        returned_left -= returned
        if removed or cancelled or returned:
            found[request.id, part.number] = PartGone(cancelled, returned, removed)
    return found


def _doubt(part: Part) -> bool:
    """Sort key: parts that are surely cancelled are served from the counter before those that perhaps are."""
    return part.goods not in SURELY_CANCELLED


def _may_be_cancelled(part: Part) -> bool:
    if part.goods in SURELY_CANCELLED:
        return True
    declined = part.reason is not None or part.outcome is Outcome.DECLINED
    return not declined and part.goods in PERHAPS_CANCELLED and part.state in PAST_PIVOT


def _came_back(request: Request, part: Part, proof: Proof) -> int:
    if part.goods is GoodsState.LOST:
        return part.quantity
    if part.goods is GoodsState.RETURNING and request.kind is Kind.WITHDRAWAL and proof(request, part):
        return part.quantity
    return part.returned
