"""What happens to the money at the provider, as somebody tells us: any order, any number of times."""

from datetime import datetime

from countermand.change import Intent, change_order, json_answer
from countermand.context import Context
from countermand.decide.payment_events import PaymentEvent, apply_payment_event
from countermand.decide.refusal import Refusal
from countermand.inform.views import payment_view
from countermand.model.event import Actor, Event
from countermand.model.money import Money
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.store.port import Answer, Idempotency, Inbound


async def payment_event(
    ctx: Context, merchant: str, number: str, event: PaymentEvent, by: Actor, *,
    idempotency: Idempotency | None = None,
) -> Answer:
    """200 with the payment as it now stands. An applied event id answers as it did.

    Errors: NotFound, OrderBusy.
    """
    inbound = Inbound(f"payment/{number}", event.event_id)
    known = await ctx.store.find_inbound(merchant, inbound)
    if known is not None:
        return known.answer

    def rule(order: Order, policies: PolicyBook, now: datetime) -> Order | Refusal:
        return apply_payment_event(order, event, now)

    def render(order: Order, policies: PolicyBook, now: datetime) -> Answer:
        payment = order.payment(event.payment)
        return json_answer(200, {"payment": payment_view(payment), "version": order.version})

    note = Event("payment.told", event.payment, (
        ("type", str(event.type)), ("event_id", event.event_id), ("amount", event.amount),
        ("reference", event.reference),
    ))
    intent = Intent("execute.money", rule, render, by, idempotency=idempotency, inbound=inbound, note=note)
    answer = await change_order(ctx, merchant, number, intent)
    await _observe(ctx, merchant, number, event)
    return answer


async def _observe(ctx: Context, merchant: str, number: str, event: PaymentEvent) -> None:
    """The sandbox's payment moves with what we are told; a real provider is where the news came from."""
    order = await ctx.store.load(merchant, number)
    assert order is not None, "an order that was just changed is there"
    payment = order.payment(event.payment)
    plugin = ctx.plugins.payment(payment.provider)
    if plugin is not None and payment.reference is not None:
        await plugin.observe(
            payment.reference, str(event.type), Money(event.amount, order.currency), reference=event.reference,
            event_id=event.event_id,
        )
