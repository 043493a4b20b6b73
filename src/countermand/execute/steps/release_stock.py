"""Release stock: put cancelled or returned units back for sale, each once. No undo: they may be sold already."""

from countermand.execute.steps.platform_call import PlatformCall
from countermand.model.order import Order
from countermand.model.plan import Step
from countermand.plugins.protocols import PlatformPlugin, Receipt


async def return_stock(plugin: PlatformPlugin, order: Order, step: Step, key: str) -> Receipt:
    return await plugin.return_stock(order.number, step.lines, key=key)


RELEASE_STOCK = PlatformCall(return_stock)
