"""What happens to the goods: claims at the ship gate, and reports of what already happened."""

from datetime import datetime

from countermand.change import Intent, change_order, json_answer
from countermand.context import Context
from countermand.decide.goods_events import apply_goods_event
from countermand.decide.refusal import Refusal
from countermand.decide.ship_gate import GoodsEvent, Passed
from countermand.model.event import Actor, Event
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.store.port import Answer, Idempotency, Inbound


async def fulfilment_event(
    ctx: Context, merchant: str, number: str, event: GoodsEvent, by: Actor, *,
    idempotency: Idempotency | None = None,
) -> Answer:
    """200 with what to ship and what not. An applied event id answers as it did.

    Errors: NotFound, BadFields (unknown line), and for claims OrderCancelled, AlreadyDespatched, LinesChanged,
    OrderOnHold, ClaimConfirmed.
    """
    inbound = Inbound(f"fulfilment/{number}", event.event_id)
    known = await ctx.store.find_inbound(merchant, inbound)
    if known is not None:
        return known.answer
    passed: list[Passed] = []

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        passed.clear()
        outcome = apply_goods_event(order, event, policies, now)
        if isinstance(outcome, Refusal):
            return outcome
        passed.append(outcome)
        return outcome.order

    def render(order: Order, policies: PolicyBook, now: datetime) -> Answer:
        [outcome] = passed
        return json_answer(200, {
            "ship": [{"line": line, "quantity": units} for line, units in outcome.ship.items()],
            "do_not_ship": [{"line": line, "quantity": units} for line, units in outcome.do_not_ship.items()],
            "version": order.version,
        })

    note = Event(
        f"fulfilment.{event.mode}", event.fulfilment_order,
        (("event", event.event.value), ("event_id", event.event_id), ("occurred_at", event.occurred_at.isoformat())),
    )
    intent = Intent("execute.goods", rule, render, by, idempotency=idempotency, inbound=inbound, note=note)
    return await change_order(ctx, merchant, number, intent)
