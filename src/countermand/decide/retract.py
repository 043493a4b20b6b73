"""The asker takes the request back: every part that still can be, and nothing else."""

from dataclasses import replace

from countermand.decide.approval import close_idle_cases, let_go
from countermand.decide.refusal import No, Refusal
from countermand.decide.units import change_parts, with_part
from countermand.model.order import Order
from countermand.model.request import GoodsState, Part, PartState, Request, advance_goods, advance_part

RETRACTABLE = frozenset({PartState.AWAITING_APPROVAL, PartState.APPROVED})
"""Until the pivot or the first write of the stop step, whichever is first (DESIGN section 6)."""


def retract(order: Order, request_id: str) -> Order | Refusal:
    """The order with the request taken back. A second retraction changes nothing and is no mistake."""
    request = order.request(request_id)
    chosen = tuple((request, part) for part in request.parts if part.state in RETRACTABLE)
    if not chosen:
        if any(part.state is PartState.RETRACTED for part in request.parts):
            return order
        return Refusal(No.TOO_LATE_TO_RETRACT, "No part of this request can be taken back any more.")

    def give_back(order: Order, request: Request, part: Part) -> Order:
        order = let_go(order, part)
        part = advance_goods(advance_part(part, PartState.RETRACTED), GoodsState.RELEASED)
        return with_part(order, request.id, replace(part, answer_by=None, on_silence=None))

    return close_idle_cases(change_parts(order, chosen, give_back))
