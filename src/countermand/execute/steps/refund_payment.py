"""Refund: send captured money back, once. There is no undo: after the pivot we only go forward.

The payment is chosen when the step begins and journaled before the call. After a crash we ask before we pay: the
first call may have landed. A key that the provider has forgotten is never used again; then a human decides.
"""

from dataclasses import replace
from datetime import datetime

from countermand.context import Context
from countermand.decide.duties import begin_manual, begin_refund, duty_of, refund_landed, refund_refused, refund_sent
from countermand.decide.plan import with_step
from countermand.execute.steps.payments import introduced
from countermand.execute.steps.step import KEY_FORGOTTEN, step_key
from countermand.model.money import Money
from countermand.model.order import Order
from countermand.model.payment import Duty, DutyState
from countermand.model.plan import Step, StepState
from countermand.plugins.protocols import Failure, PluginError, Receipt, Standing

REFUSALS = 3
"""Definite refusals before a human decides."""

READY = frozenset({DutyState.PLANNED, DutyState.PENDING})


class RefundPayment:
    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        duty = duty_of(order, step.subject)
        if duty.state is DutyState.SUBMITTED:
            return order
        if duty.state not in READY:
            told = step.receipt is not None and duty.state is DutyState.REFUNDED
            return with_step(order, replace(step, state=StepState.DONE if told else StepState.SKIPPED))
        begun, duty = begin_refund(order, duty.id, now)
        if duty.state is DutyState.SUBMITTED and not _has_plugin(ctx, begun, duty):
            begun, duty = begin_manual(order, duty.id, "no plugin can refund this payment", now)
        if duty.state is not DutyState.SUBMITTED:
            return with_step(begun, replace(step, state=StepState.SKIPPED))
        if step.generation != duty.generation:  # a new act, after an event said that the last one failed
            step = replace(step, generation=duty.generation, attempt=1, receipt=None)
        return with_step(begun, step)

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        duty = duty_of(order, step.subject)
        payment = order.payment(duty.payment or "")
        plugin, reference = await introduced(ctx, order, payment)
        key = step_key(order, step, payment.id)
        if step.attempt > 1:
            landed = await plugin.find(reference, key=key)
            if landed is not None:
                return landed
            age = ctx.host.now() - (duty.due_at or duty.created_at)
            if plugin.idempotency_lasts is not None and age > plugin.idempotency_lasts:
                raise PluginError(Failure.UNKNOWN, "the provider has forgotten the key", KEY_FORGOTTEN)
        try:
            return await plugin.refund(reference, Money(duty.amount, order.currency), key=key)
        except PluginError as error:
            # A no counts as definite only after a lookup that found nothing (DESIGN section 6).
            landed = await plugin.find(reference, key=key) if error.failure is Failure.PERMANENT else None
            if landed is None:
                raise
            return landed

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        if receipt.standing is Standing.PENDING:
            return refund_sent(order, step.subject, receipt.reference)
        duty = duty_of(order, step.subject)
        amount = receipt.amount.minor if receipt.amount is not None else duty.amount
        return refund_landed(order, duty.id, receipt.reference, amount, now)

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        duty = duty_of(order, step.subject)
        order = refund_refused(order, duty.id, detail, again=definite and duty.failures + 1 < REFUSALS)
        return with_step(order, replace(step, state=StepState.SKIPPED, failure=detail))


def _has_plugin(ctx: Context, order: Order, duty: Duty) -> bool:
    payment = order.payment(duty.payment or "")
    return payment.reference is not None and ctx.plugins.payment(payment.provider) is not None
