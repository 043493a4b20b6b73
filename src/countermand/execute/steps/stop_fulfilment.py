"""Stop: tell the holder to stop the goods for good. Its receipt is the pivot, so there is no undo.

The first write of this step moves its parts to executing: from then on they cannot be retracted.
"""

from dataclasses import replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.despatch import report_despatch
from countermand.decide.pivot import start_stop, stop_confirmed
from countermand.decide.plan import with_step
from countermand.decide.ship_gate import GoodsEvent, Happening
from countermand.execute.steps.holder import act_once
from countermand.execute.steps.step import step_key
from countermand.model.order import Order
from countermand.model.plan import Step, StepState
from countermand.model.request import GoodsState
from countermand.plugins.protocols import Receipt, Standing


class StopFulfilment:
    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        order = start_stop(order, step.request, step.subject, now)
        waiting = any(
            part.fulfilment_order == step.subject and part.goods is GoodsState.STOP_REQUESTED
            for part in order.request(step.request).parts
        )
        if waiting:
            return order
        return with_step(order, replace(step, state=StepState.SKIPPED))  # stopped or gone meanwhile

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        return await act_once(
            ctx, order, step, lambda plugin, key: plugin.cancel(order.number, step.subject, step.lines, key=key)
        )

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        units: dict[str, int] = {}
        for part in order.request(step.request).parts:
            if part.fulfilment_order == step.subject and part.goods is GoodsState.STOP_REQUESTED:
                units[part.line] = units.get(part.line, 0) + part.quantity
        if receipt.standing is Standing.ALREADY_DESPATCHED:
            event = GoodsEvent(
                f"stop:{step_key(order, step)}", step.subject, Happening.DESPATCHED, "report", now, units
            )
            return report_despatch(order, event).order
        return stop_confirmed(order, step.subject, units, now, step.request)

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        """Nobody knows whether the goods are stopped: a human says `stopped`, or the despatch is reported."""
        return with_step(order, replace(step, state=StepState.NEEDS_ATTENTION, failure=detail))
