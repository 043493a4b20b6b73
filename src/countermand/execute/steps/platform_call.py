"""What the steps at the shop's platform share: they change nothing of ours, so only the call differs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.plan import with_step
from countermand.execute.steps.step import no_plugin, step_key
from countermand.model.order import Order
from countermand.model.plan import Step, StepState
from countermand.plugins.protocols import PlatformPlugin, Receipt

Act = Callable[[PlatformPlugin, Order, Step, str], Awaitable[Receipt]]


@dataclass(frozen=True, slots=True)
class PlatformCall:
    """One act at the platform, asked for before it is repeated; a definite no is for a human."""

    act: Act

    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        return order

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        plugin = ctx.plugins.platform(order.platform) if order.platform else None
        if plugin is None:
            raise no_plugin("platform", order.platform)
        key = step_key(order, step)
        landed = await plugin.find(order.number, key=key) if step.attempt > 1 else None
        return landed or await self.act(plugin, order, step, key)

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        return order

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        return with_step(order, replace(step, state=StepState.NEEDS_ATTENTION, failure=detail))
