"""Limit capture: tell the shop how much may still be captured. No provider reduces an authorisation, so nothing is
undone: a later limit replaces it, and what is captured all the same goes back."""

from dataclasses import replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.duties import duty_of, limit_landed, limit_refused
from countermand.decide.plan import with_step
from countermand.execute.steps.step import no_plugin, step_key
from countermand.model.money import Money
from countermand.model.order import Order
from countermand.model.payment import DutyState
from countermand.model.plan import Step, StepState
from countermand.plugins.protocols import Receipt


class LimitCapture:
    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        if duty_of(order, step.subject).state is DutyState.LIMIT_PENDING:
            return order
        return with_step(order, replace(step, state=StepState.SKIPPED))

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        plugin = ctx.plugins.platform(order.platform) if order.platform else None
        if plugin is None:
            raise no_plugin("platform", order.platform)
        duty = duty_of(order, step.subject)
        key = step_key(order, step)
        landed = await plugin.find(order.number, key=key) if step.attempt > 1 else None
        return landed or await plugin.limit_capture(
            order.number, duty.payment, Money(duty.amount, order.currency), key=key
        )

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        return limit_landed(order, step.subject, receipt.reference)

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        order = limit_refused(order, step.subject, detail)
        return with_step(order, replace(step, state=StepState.SKIPPED, failure=detail))
