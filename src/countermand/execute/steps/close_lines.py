"""Close lines: show the cancelled units in the shop. No undo: a cancelled unit never comes back to life."""

from countermand.execute.steps.platform_call import PlatformCall
from countermand.model.order import Order
from countermand.model.plan import Step
from countermand.plugins.protocols import PlatformPlugin, Receipt


async def cancel_lines(plugin: PlatformPlugin, order: Order, step: Step, key: str) -> Receipt:
    return await plugin.cancel_lines(order.number, step.lines, key=key)


CLOSE_LINES = PlatformCall(cancel_lines)
