"""Void: let an authorisation go, uncaptured. No undo: the shop would authorise anew.

If it turns out to have been captured, the same duty gives the money back (DESIGN section 3, money track).
"""

from dataclasses import replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.duties import duty_of, void_found_captured, void_landed, void_refused
from countermand.decide.plan import with_step
from countermand.execute.steps.payments import introduced
from countermand.execute.steps.step import step_key
from countermand.model.order import Order
from countermand.model.payment import DutyState
from countermand.model.plan import Step, StepState
from countermand.plugins.protocols import Receipt, Standing


class VoidPayment:
    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        duty = duty_of(order, step.subject)
        if duty.state is not DutyState.VOID_PENDING or duty.payment is None:
            told = step.receipt is not None and duty.state is DutyState.VOIDED
            return with_step(order, replace(step, state=StepState.DONE if told else StepState.SKIPPED))
        payment = order.payment(duty.payment)
        if payment.reference is None or ctx.plugins.payment(payment.provider) is None:
            order = void_refused(order, duty.id, f"no plugin can void at {payment.provider}")
            return with_step(order, replace(step, state=StepState.SKIPPED))
        return order

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        payment = order.payment(duty_of(order, step.subject).payment or "")
        plugin, reference = await introduced(ctx, order, payment)
        key = step_key(order, step, payment.id)
        landed = await plugin.find(reference, key=key) if step.attempt > 1 else None
        return landed or await plugin.void(reference, key=key)

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        if receipt.standing is Standing.ALREADY_CAPTURED:
            assert receipt.amount is not None, "a provider that had captured says how much"
            return void_found_captured(order, step.subject, receipt.amount.minor, now)
        return void_landed(order, step.subject, receipt.reference)

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        order = void_refused(order, step.subject, detail)
        return with_step(order, replace(step, state=StepState.SKIPPED, failure=detail))
