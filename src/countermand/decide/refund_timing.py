"""When a request's money goes back, and by when it must be there (DESIGN section 4, "Timing")."""

from datetime import datetime, timedelta
from enum import StrEnum

from countermand.decide.approval import terms_of_part
from countermand.decide.gone import NOTHING, Proof, parts_gone
from countermand.decide.units import holds_units
from countermand.model.order import Order
from countermand.model.policy import PolicyBook, ProofOfReturn, RefundTiming, Terms
from countermand.model.request import LIVE, GoodsState, Kind, Part, PartState, Request

WITHDRAWAL_WITHIN = timedelta(days=14)
"""Directive 2011/83/EU, Art. 13(1): from the day the trader is informed."""

ON_THE_ROAD = frozenset(
    {GoodsState.TOO_LATE, GoodsState.REFUSE_ON_DELIVERY_ADVISED, GoodsState.REFUSED, GoodsState.DELIVERED,
     GoodsState.RETURNING, GoodsState.KEPT}
)


class When(StrEnum):
    AT_ONCE = "at_once"
    AFTER_REMAINING_DESPATCHED = "after_remaining_despatched"
    AFTER_GOODS_RETURN = "after_goods_return"
    NOTHING_DUE = "nothing_due"


def proof_by(order: Order, policies: PolicyBook) -> Proof:
    """Proof of return as each part's own terms want it."""

    def proof(request: Request, part: Part) -> bool:
        return terms_of_part(order, request, part, policies).withdrawal_refund_at is ProofOfReturn.RETURNING

    return proof


def goods_awaited_until(request: Request) -> datetime | None:
    """Until when the goods of a withdrawal that left should be back, whatever was paid; None = none are awaited."""
    awaited = request.kind is Kind.WITHDRAWAL and any(
        part.state is PartState.EXECUTING and part.goods in ON_THE_ROAD for part in request.parts
    )
    return request.created_at + WITHDRAWAL_WITHIN if awaited else None


def awaits_return(order: Order, request: Request, proof: Proof) -> bool:
    """Is money of this withdrawal waiting for goods that left?"""
    if request.kind is not Kind.WITHDRAWAL:
        return False
    went = parts_gone(order, proof)
    return any(
        part.state in LIVE
        and part.state is not PartState.COMPLETED
        and part.goods in ON_THE_ROAD
        and went.get((request.id, part.number), NOTHING).units < part.quantity
        for part in request.parts
    )


def when(order: Order, request: Request, policies: PolicyBook) -> When:
    """When money that this request brings goes back, as things stand or are asked for."""
    proof = proof_by(order, policies)
    if awaits_return(order, request, proof):
        return When.AFTER_GOODS_RETURN
    return When.AT_ONCE if at_once(order, request, policies) else When.AFTER_REMAINING_DESPATCHED


def at_once(order: Order, request: Request, policies: PolicyBook) -> bool:
    """Need the money of this request not wait for the rest of the order?

    It need not: if nothing of the order is open or held by others, for goods that came back, for a withdrawal (its
    goods are stopped or back by now), or if the policy says so. A whole order has nothing open or held left.
    """
    if request.kind is Kind.WITHDRAWAL or not _unsettled_elsewhere(order, request):
        return True
    went = parts_gone(order, proof_by(order, policies))
    if any(each.returned for key, each in went.items() if key[0] == request.id):
        return True
    return all(terms.refund_timing is RefundTiming.AT_ONCE for terms in _terms(order, request, policies))


def _unsettled_elsewhere(order: Order, request: Request) -> bool:
    """Is any unit open, or held by something other than this request?"""
    rows = [row for holder in order.fulfilment_orders for row in holder.lines]
    own = sum(part.quantity for part in request.parts if holds_units(part))
    return sum(row.open + row.held for row in rows) > own


def starts_at(order: Order, request: Request, policies: PolicyBook, arose_at: datetime) -> datetime:
    """When a planned refund that arose at `arose_at` is sent."""
    if at_once(order, request, policies):
        return arose_at
    waits = min(terms.partial_refund_at_latest for terms in _terms(order, request, policies))
    return max(arose_at, request.created_at + waits)


def promised_by(order: Order, request: Request, policies: PolicyBook, arose_at: datetime) -> datetime:
    """By when the money must be there: never empty for money that is owed.

    Counted from the request; money that can only be sent after that day (`arose_at`: a late capture, goods that came
    back late) gets the policy's `refund_within` from then. A withdrawal's day is the law's and does not move.
    """
    if request.kind is Kind.WITHDRAWAL:
        return request.created_at + WITHDRAWAL_WITHIN
    terms = _terms(order, request, policies)
    within = max(each.refund_within for each in terms)
    waits = within if at_once(order, request, policies) else max(each.partial_refund_at_latest for each in terms)
    promised = request.created_at + waits
    return promised if promised >= arose_at else arose_at + within


def _terms(order: Order, request: Request, policies: PolicyBook) -> tuple[Terms, ...]:
    """The terms of every part of which something may be due; of all parts if there is none."""
    living = tuple(part for part in request.parts if part.state in LIVE) or request.parts
    return tuple(terms_of_part(order, request, part, policies) for part in living)
