"""How a payment step reaches its provider."""

from countermand.context import Context
from countermand.execute.steps.step import no_plugin
from countermand.model.money import Money
from countermand.model.order import Order
from countermand.model.payment import Payment
from countermand.plugins.protocols import PaymentPlugin


async def introduced(ctx: Context, order: Order, payment: Payment) -> tuple[PaymentPlugin, str]:
    """The payment's plugin, told what the order states of it, and the provider's reference.

    Errors: PluginError (permanent) if there is no plugin or no reference.
    """
    plugin = ctx.plugins.payment(payment.provider)
    if plugin is None or payment.reference is None:
        raise no_plugin("payment", payment.provider)
    # What was already paid back by our own duty is not stated: the provider learns that from us.
    await plugin.introduce(
        payment.reference,
        Money(max(payment.authorised, payment.captured), order.currency),
        Money(payment.captured, order.currency),
        Money(payment.refunded, order.currency),
        order=f"{order.merchant}/{order.number}",
    )
    return plugin, payment.reference
