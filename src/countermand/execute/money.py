"""What happens to the money at the provider, as somebody tells us: any order, any number of times."""

from datetime import datetime

from countermand.change import Intent, change_order, json_answer
from countermand.context import Context
from countermand.decide.payment_events import PaymentEvent, apply_payment_event
from countermand.decide.refusal import Refusal
from countermand.execute.steps.payments import introduced
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
    await _observe(ctx, merchant, number, event)
    return await change_order(ctx, merchant, number, intent)


async def _observe(ctx: Context, merchant: str, number: str, event: PaymentEvent) -> None:
    """The sandbox's payment moves with what we are told; a real provider is where the news came from.

    Before our commit, because what follows from it may call the provider at once.
    """
    order = await ctx.store.load(merchant, number)
    payment = next((each for each in order.payments if each.id == event.payment), None) if order else None
    if order is None or payment is None or payment.reference is None:
        return
    if ctx.plugins.payment(payment.provider) is not None:
        plugin, reference = await introduced(ctx, order, payment)
        await plugin.observe(
            reference, str(event.type), Money(event.amount, order.currency), reference=event.reference,
            event_id=event.event_id,
        )
