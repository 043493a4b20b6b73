"""How a goods step reaches the holder's system, and asks before it acts a second time."""

from collections.abc import Awaitable, Callable

from countermand.context import Context
from countermand.execute.steps.step import no_plugin, step_key
from countermand.model.order import Order
from countermand.model.plan import Step
from countermand.plugins.protocols import FulfilmentPlugin, Receipt

Act = Callable[[FulfilmentPlugin, str], Awaitable[Receipt]]


async def act_once(ctx: Context, order: Order, step: Step, act: Act) -> Receipt:
    """The receipt of an act at the fulfilment order `step.subject`; on a later attempt, of the act that landed.

    Errors: PluginError; permanent if the holder's plugin is not installed any more.
    """
    name = order.fulfilment_order(step.subject).plugin
    plugin = ctx.plugins.fulfilment(name) if name else None
    if plugin is None:
        raise no_plugin("fulfilment", name)
    key = step_key(order, step)
    landed = await plugin.find(order.number, step.subject, key=key) if step.attempt > 1 else None
    return landed or await act(plugin, key)
