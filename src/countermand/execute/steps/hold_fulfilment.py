"""Hold: stop work on units whose cancellation is being decided. Undone by release_hold.py if the answer is no.

A holder that cannot hold is no obstacle: the units are held in our own counters, and the ship gate guards them.
"""

from dataclasses import replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.plan import with_step
from countermand.decide.units import change_parts, with_part
from countermand.execute.steps.holder import act_once
from countermand.model.order import Order
from countermand.model.plan import Step, StepState
from countermand.model.request import GoodsState, Part, Request, advance_goods
from countermand.plugins.protocols import Receipt, Standing


class HoldFulfilment:
    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        return order

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        return await act_once(
            ctx, order, step, lambda plugin, key: plugin.hold(order.number, step.subject, step.lines, key=key)
        )

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        if receipt.standing is not Standing.DONE:
            return order
        request = order.request(step.request)
        waiting = [
            (request, part) for part in request.parts
            if part.fulfilment_order == step.subject and part.goods is GoodsState.HOLD_REQUESTED
        ]

        def confirm(order: Order, request: Request, part: Part) -> Order:
            return with_part(order, request.id, advance_goods(part, GoodsState.HOLD_CONFIRMED))

        return change_parts(order, waiting, confirm)

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        return with_step(order, replace(step, state=StepState.SKIPPED, failure=detail))
