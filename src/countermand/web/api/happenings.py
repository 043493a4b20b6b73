"""What the world tells us: events of the goods and of the money."""

from typing import Any

from countermand.decide.payment_events import PaymentEvent, PaymentEventType
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.errors import (
    AlreadyDespatched,
    BadFields,
    ClaimConfirmed,
    Fault,
    LinesChanged,
    OrderBusy,
    OrderCancelled,
    OrderOnHold,
)
from countermand.execute.goods import fulfilment_event
from countermand.execute.money import payment_event
from countermand.web.api.bodies import GOODS, PAYMENT
from countermand.web.api.call import Call, Incoming, Reply, reply_of
from countermand.web.api.schemas import PASS, PAYMENT_TAKEN
from countermand.web.api.visible import order_of
from countermand.web.auth import Scope, Side

GATE = (AlreadyDespatched, ClaimConfirmed, LinesChanged, OrderBusy, OrderCancelled, OrderOnHold)


async def post_fulfilment_event(call: Incoming) -> Reply:
    """Claim a despatch (asks first) or report what happened. A holder's key speaks only of its own goods."""
    number, event = call.path["number"], goods_event_of(call.body)
    if call.caller.side is Side.HOLDER:
        order = await order_of(call, number)
        mine = {each.id for each in order.fulfilment_orders if each.holder == call.caller.holder}
        if event.fulfilment_order not in mine:
            message = f"you hold {', '.join(sorted(mine))} of this order"
            raise BadFields([Fault("fulfilment_order", message)])
    return reply_of(
        await fulfilment_event(
            call.ctx, call.merchant, number, event, call.caller.actor, idempotency=call.idempotency
        )
    )


async def post_payment_event(call: Incoming) -> Reply:
    """Record what happened to a payment at its provider."""
    return reply_of(
        await payment_event(
            call.ctx, call.merchant, call.path["number"], payment_event_of(call.body), call.caller.actor,
            idempotency=call.idempotency,
        )
    )


def goods_event_of(body: dict[str, Any]) -> GoodsEvent:
    lines = body.get("lines")
    return GoodsEvent(
        event_id=body["event_id"],
        fulfilment_order=body["fulfilment_order"],
        event=Happening(body["event"]),
        mode=body["mode"],
        occurred_at=body["occurred_at"],
        lines=None if lines is None else {each["line"]: each["quantity"] for each in lines},
        carrier=body.get("carrier"),
        tracking_number=body.get("tracking_number"),
        tracking_url=body.get("tracking_url"),
        of=body.get("of"),
    )


def payment_event_of(body: dict[str, Any]) -> PaymentEvent:
    return PaymentEvent(
        event_id=body["event_id"],
        payment=body["payment"],
        type=PaymentEventType(body["type"]),
        amount=body["amount"],
        reference=body.get("reference"),
        occurred_at=body["occurred_at"],
    )


CALLS = (
    Call(
        "POST", "/orders/{number}/fulfilment-events", "Claim a despatch, or report what happened to the goods",
        Scope.EVENTS_WRITE, post_fulfilment_event, {200: PASS},
        sides=frozenset({Side.MERCHANT, Side.HOLDER}), body=GOODS, changing=True, refusals=GATE, tag="events",
    ),
    Call(
        "POST", "/orders/{number}/payment-events", "Report what happened to a payment",
        Scope.EVENTS_WRITE, post_payment_event, {200: PAYMENT_TAKEN},
        body=PAYMENT, changing=True, refusals=(OrderBusy,), tag="events",
    ),
)
