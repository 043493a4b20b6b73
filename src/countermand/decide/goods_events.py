"""One door for every fulfilment event: which rule it goes to, and what was wrong with its lines."""

from datetime import datetime

from countermand.decide.despatch import report_despatch, report_stage
from countermand.decide.parcels import report_parcel
from countermand.decide.pivot import stop_confirmed
from countermand.decide.refusal import No, Refusal
from countermand.decide.ship_gate import GoodsEvent, Happening, Passed, claim, stay, withdraw_claim
from countermand.model.fulfilment import Stage
from countermand.model.order import Order
from countermand.model.policy import PolicyBook


def apply_goods_event(order: Order, event: GoodsEvent, policies: PolicyBook, now: datetime) -> Passed | Refusal:
    """The order after a fulfilment event; only a claim can be refused for the state of the goods."""
    if (faults := _faults(order, event)) is not None:
        return faults
    if event.event is Happening.CLAIM_WITHDRAWN:
        return withdraw_claim(order, event)
    if event.mode == "claim":
        return claim(order, event)
    match event.event:
        case Happening.STOPPED:
            lines = dict(event.lines) if event.lines is not None else None
            order = stop_confirmed(order, event.fulfilment_order, lines, now, event.request)
            return Passed(order, {}, stay(order, order.fulfilment_order(event.fulfilment_order)))
        case Happening.DESPATCHED:
            return report_despatch(order, event)
        case (
            Happening.DELIVERED | Happening.REFUSED | Happening.RETURNING | Happening.RETURNED | Happening.LOST
        ):
            return report_parcel(order, event, now)
        case Happening.UNRELEASED | Happening.RELEASED | Happening.PICKING | Happening.PACKED:
            return report_stage(order, event, policies, now)


def _faults(order: Order, event: GoodsEvent) -> Refusal | None:
    holder = next((each for each in order.fulfilment_orders if each.id == event.fulfilment_order), None)
    if holder is None:
        known = ", ".join(each.id for each in order.fulfilment_orders)
        message = f"this order has {known}"
        return Refusal(No.BAD_FIELDS, "The fulfilment order is unknown.", {"fulfilment_order": message})
    known_lines = {row.line for row in holder.lines}
    for line in event.lines or {}:
        if line not in known_lines:
            return Refusal(No.BAD_FIELDS, "A line is unknown.", {"lines": f"{holder.id} has no line {line}"})
    if event.mode == "claim" and event.event is not Happening.CLAIM_WITHDRAWN:
        stage = event.event.stage
        if stage is None or stage.rank > Stage.DESPATCHED.rank:
            return Refusal(
                No.BAD_FIELDS, "Only a stage up to despatched can be claimed.", {"mode": "report what happened"}
            )
    return None
