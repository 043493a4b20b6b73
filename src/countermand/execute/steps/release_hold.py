"""Release hold: the undo of hold_fulfilment.py, when the request was declined or retracted before the pivot."""

from dataclasses import replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.plan import with_step
from countermand.execute.steps.holder import act_once
from countermand.model.order import Order
from countermand.model.plan import Step, StepState
from countermand.plugins.protocols import Receipt


class ReleaseHold:
    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        return order

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        return await act_once(
            ctx, order, step, lambda plugin, key: plugin.release(order.number, step.subject, key=key)
        )

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        return order

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        """A hold that stays by mistake delays goods, so a human must look."""
        return with_step(order, replace(step, state=StepState.NEEDS_ATTENTION, failure=detail))
