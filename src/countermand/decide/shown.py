"""What people read about a request, a line or an order: one table over part x goods x money, and folds over it.

The words are English; a page translates them by key. Tones, marks and icons are names of the style sheet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from countermand.model.fulfilment import FulfilmentOrder, Stage
from countermand.model.order import Counts, Order, counts
from countermand.model.payment import Duty, DutyKind, DutyState
from countermand.model.request import GoodsState, Part, PartState, Request, RequestState, folded_state


class Shown(StrEnum):
    """What is shown, as a key."""

    REFUND_FAILED = "refund_failed"
    STRAY = "stray"
    REQUESTED_LATE = "requested_late"
    HELD = "held"
    RETURN_AWAITED = "return_awaited"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    REFUND_DUE = "refund_due"
    REFUND_PLANNED = "refund_planned"
    REFUND_AFTER_RETURN = "refund_after_return"
    REFUND_PENDING = "refund_pending"
    REFUNDED = "refunded"
    PART = "part"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    QUARANTINED = "quarantined"
    OPEN = "open"
    RELEASED = "released"
    PICKING = "picking"
    PACKED = "packed"
    DESPATCHED = "despatched"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Look:
    """Words for the customer and for the merchant; `tone`, `icon` and `mark` say the same without words.

    `mark`: wait = somebody must still act, open = cancelled, act = act now, empty = settled.
    """

    customer: str
    merchant: str
    tone: str
    icon: str
    mark: str = ""


LOOKS: Mapping[Shown, Look] = {
    Shown.REFUND_FAILED: Look("We are sorting out your refund", "Refund failed: act", "red", "tri", "act"),
    Shown.STRAY: Look("Refuse this parcel", "Cancelled but shipped", "red", "tri", "act"),
    Shown.REQUESTED_LATE: Look("Cancellation requested", "Waiting for an answer", "amber", "clock", "wait"),
    Shown.HELD: Look("Cancellation requested", "Cancellation requested: on hold", "amber", "pause", "wait"),
    Shown.RETURN_AWAITED: Look("Waiting for the goods to come back", "Goods still out", "amber", "clock", "wait"),
    Shown.RETURNING: Look("On its way back", "On its way back", "blue", "out", "wait"),
    Shown.RETURNED: Look("Back at the warehouse", "Returned: refund due", "blue", "box"),
    Shown.LOST: Look("Lost on the way", "Lost: refund due", "blue", "box"),
    Shown.REFUND_DUE: Look(
        "Refund planned after the rest ships", "Refund waits for the rest", "blue", "clock", "wait"
    ),
    Shown.REFUND_PLANNED: Look("Refund planned", "Refund planned", "blue", "clock", "wait"),
    Shown.REFUND_AFTER_RETURN: Look(
        "Refund planned when the goods are back", "Refund waiting for the goods", "blue", "clock", "wait"
    ),
    Shown.REFUND_PENDING: Look("Refund on its way", "Refund pending", "blue", "out", "wait"),
    Shown.REFUNDED: Look("Refunded", "Refunded", "green", "tick"),
    Shown.PART: Look("Partly cancelled", "Partly cancelled", "violet", "half"),
    Shown.CANCELLED: Look("Cancelled", "Cancelled", "red", "cross", "open"),
    Shown.DECLINED: Look("Could not be cancelled", "Declined", "grey", "cross"),
    Shown.WITHDRAWN: Look("Kept", "Taken back by the asker", "grey", "undo"),
    Shown.QUARANTINED: Look("Order received", "Put aside: needs a look", "red", "tri", "act"),
    Shown.OPEN: Look("Order received", "Open", "grey", "dot"),
    Shown.RELEASED: Look("Being prepared", "Released", "grey", "dot"),
    Shown.PICKING: Look("Being prepared", "Picking", "grey", "dot"),
    Shown.PACKED: Look("Packed", "Packed", "grey", "box"),
    Shown.DESPATCHED: Look("Shipped", "Despatched", "grey", "truck"),
    Shown.DELIVERED: Look("Delivered", "Delivered", "green", "tick"),
}

BY_STAGE: Mapping[Stage, Shown] = {
    Stage.UNRELEASED: Shown.OPEN, Stage.RELEASED: Shown.RELEASED, Stage.PICKING: Shown.PICKING,
    Stage.PACKED: Shown.PACKED, Stage.DESPATCHED: Shown.DESPATCHED, Stage.DELIVERED: Shown.DELIVERED,
}


class MoneyShown(StrEnum):
    """The money of one request in one word, from its duties."""

    NOTHING = "nothing"
    AFTER_RETURN = "after_return"
    PLANNED = "planned"
    ON_ITS_WAY = "on_its_way"
    DONE = "done"
    TROUBLE = "trouble"


ON_ITS_WAY = frozenset({DutyState.PENDING, DutyState.SUBMITTED})
TROUBLE = frozenset({DutyState.FAILED, DutyState.MANUAL_REQUIRED})
WAITING = frozenset({DutyState.PLANNED, DutyState.PAUSED})
BACK = frozenset({GoodsState.RETURNED, GoodsState.LOST})
ON_ITS_WAY_BACK = frozenset({GoodsState.REFUSED, GoodsState.RETURNING})
STILL_OUT = frozenset(
    {GoodsState.TOO_LATE, GoodsState.REFUSE_ON_DELIVERY_ADVISED, GoodsState.DELIVERED, GoodsState.KEPT}
)
OVER = frozenset({PartState.COMPLETED, PartState.DECLINED, PartState.RETRACTED})
REQUESTED = frozenset({Shown.REQUESTED_LATE, Shown.HELD})
RANK = {shown: rank for rank, shown in enumerate(Shown)}
"""Of several things to say, the first in the enum is the most urgent."""


def money_shown(duties: Iterable[Duty]) -> MoneyShown:
    """The most urgent thing about a request's money. A void or a lower capture is no refund, unless it fails."""
    states = set()
    for duty in duties:
        if duty.kind is DutyKind.REFUND or duty.state in TROUBLE:
            states.add(duty.state)
    if states & TROUBLE:
        return MoneyShown.TROUBLE
    if states & ON_ITS_WAY:
        return MoneyShown.ON_ITS_WAY
    if states & WAITING:
        return MoneyShown.PLANNED
    if DutyState.NOT_DUE in states:
        return MoneyShown.AFTER_RETURN
    return MoneyShown.DONE if DutyState.REFUNDED in states else MoneyShown.NOTHING


def part_shown(state: PartState, goods: GoodsState, money: MoneyShown) -> Shown:
    """The table: what is shown of one part. Total: every combination has an answer."""
    match state:
        case PartState.AWAITING_APPROVAL:
            return Shown.REQUESTED_LATE
        case PartState.APPROVED:
            return Shown.HELD
        case PartState.RETRACTED:
            return Shown.WITHDRAWN
        case PartState.DECLINED:
            return _on_the_way_back(goods) or Shown.DECLINED
        case PartState.EXECUTING | PartState.NEEDS_ATTENTION | PartState.COMPLETED:
            return _live(state, goods, money)


def _on_the_way_back(goods: GoodsState) -> Shown | None:
    if goods in ON_ITS_WAY_BACK:
        return Shown.RETURNING
    if goods is GoodsState.RETURNED:
        return Shown.RETURNED
    return Shown.LOST if goods is GoodsState.LOST else None


def _live(state: PartState, goods: GoodsState, money: MoneyShown) -> Shown:
    """A part that was approved, by the policy, by a person or by law."""
    if money is MoneyShown.TROUBLE:
        return Shown.REFUND_FAILED
    if goods is GoodsState.STRAY:
        return Shown.STRAY
    if goods in BACK and money is MoneyShown.ON_ITS_WAY:
        return Shown.REFUND_PENDING
    if goods in BACK and money is MoneyShown.DONE:
        return Shown.REFUNDED
    if goods in BACK and state is PartState.COMPLETED:
        return Shown.CANCELLED
    if (back := _on_the_way_back(goods)) is not None:
        return back
    if state is PartState.COMPLETED:
        return Shown.CANCELLED
    return Shown.RETURN_AWAITED if goods in STILL_OUT else Shown.HELD


def request_state(request: Request) -> RequestState:
    """The fold of the states of the request's parts (DESIGN section 3)."""
    return folded_state(frozenset(part.state for part in request.parts))


def partially(request: Request) -> bool:
    """Was only a part of what was asked for done, and the rest declined?"""
    states = {part.state for part in request.parts}
    return request_state(request) is RequestState.COMPLETED and PartState.DECLINED in states


def request_key(order: Order, request: Request) -> Shown:
    """What is shown of a request: the most urgent of its parts; done and declined together are "partly"."""
    keys = {shown for _, shown in _parts(order, request)}
    if Shown.CANCELLED in keys and Shown.DECLINED in keys and keys <= {*SETTLED_KEYS, Shown.WITHDRAWN}:
        return Shown.PART
    return min(keys, key=RANK.__getitem__, default=Shown.DECLINED)


SETTLED_KEYS = frozenset({Shown.CANCELLED, Shown.DECLINED, Shown.REFUNDED})


def refund_key(order: Order, request: Request) -> Shown | None:
    """What is shown of a request's refund, beside its own status; None = there is none to speak of."""
    match money_shown(_duties(order, request)):
        case MoneyShown.TROUBLE:
            return Shown.REFUND_FAILED
        case MoneyShown.ON_ITS_WAY:
            return Shown.REFUND_PENDING
        case MoneyShown.DONE:
            return Shown.REFUNDED
        case MoneyShown.AFTER_RETURN:
            return Shown.REFUND_AFTER_RETURN
        case MoneyShown.PLANNED:
            rest = any(row.open or row.held for each in order.fulfilment_orders for row in each.lines)
            return Shown.REFUND_DUE if rest else Shown.REFUND_PLANNED
        case MoneyShown.NOTHING:
            return None


def line_key(order: Order, line_id: str) -> Shown:
    """What is shown of a line: what is being done about it, else what became of its units, else how far they are."""
    active = [
        shown
        for request in order.requests
        for part, shown in _parts(order, request)
        if part.line == line_id and _speaks(part, shown)
    ]
    if active:
        return min(active, key=RANK.__getitem__)
    units = counts(order, line_id)
    if units.quantity and units.cancelled + units.returned >= units.quantity:
        return Shown.CANCELLED if units.cancelled else Shown.RETURNED
    if units.cancelled:
        return Shown.PART
    return _furthest_back(order, line_id, units)


def order_key(order: Order) -> Shown:
    """What is shown of the whole order: trouble first, then what is asked, then what is cancelled, then the stage."""
    if order.quarantined is not None:
        return Shown.QUARANTINED
    keys = {line_key(order, line.id) for line in order.lines}
    urgent = keys & URGENT
    if urgent:
        return min(urgent, key=RANK.__getitem__)
    if Shown.CANCELLED in keys or Shown.PART in keys:
        return Shown.CANCELLED if keys == {Shown.CANCELLED} else Shown.PART
    return min(keys, key=lambda key: (key in STAGE_ORDER, STAGE_ORDER.get(key, RANK[key])), default=Shown.OPEN)


STAGE_ORDER = {shown: stage.rank for stage, shown in BY_STAGE.items()}
URGENT = frozenset(shown for shown in Shown if RANK[shown] <= RANK[Shown.RETURNING])


def request_shown(order: Order, request: Request) -> str:
    """The customer's words for a request, for the field `shown`."""
    return LOOKS[request_key(order, request)].customer


def line_shown(order: Order, line_id: str) -> str:
    """The customer's words for a line."""
    return LOOKS[line_key(order, line_id)].customer


def order_shown(order: Order) -> str:
    """The customer's words for the whole order."""
    return LOOKS[order_key(order)].customer


def _duties(order: Order, request: Request) -> list[Duty]:
    return [duty for duty in order.duties if duty.request == request.id]


def _parts(order: Order, request: Request) -> list[tuple[Part, Shown]]:
    money = money_shown(_duties(order, request))
    return [(part, part_shown(part.state, part.goods, money)) for part in request.parts]


def _speaks(part: Part, shown: Shown) -> bool:
    """Does this part still say something about its line? What is over is told by the counters."""
    if part.state not in OVER:
        return True
    return shown in (Shown.REFUND_FAILED, Shown.STRAY, Shown.RETURNING)


def _furthest_back(order: Order, line_id: str, units: Counts) -> Shown:
    """The stage of the goods that are least far; those that have not left count before those that have."""
    holders: list[FulfilmentOrder] = [
        each
        for each in order.fulfilment_orders
        for row in each.lines
        if row.line == line_id and (row.open + row.held if units.open + units.held else row.despatched)
    ]
    if not holders:
        return Shown.OPEN
    least = min(holders, key=lambda each: each.stage.rank).stage
    left = units.open + units.held == 0
    return BY_STAGE[Stage.DESPATCHED if left and least.rank < Stage.DESPATCHED.rank else least]
