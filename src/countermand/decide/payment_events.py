"""What the payment provider tells us: late, doubled or backward, every notice counts once and lowers nothing.

`settle` runs after it and draws the consequences.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from countermand.decide.capture_control import open_void
from countermand.decide.duties import (
    advance_duty,
    captured_up_to,
    counted_refund,
    let_go,
    refund_bounced,
    refund_landed,
    refund_refused,
    uncounted_refund,
)
from countermand.model.order import Order, with_duty, with_payment
from countermand.model.payment import Duty, DutyKind, DutyState, Payment, PaymentState
from countermand.model.request import LIVE

MOST_FAILURES = 3
"""After so many refusals of one refund a human decides."""

FAILED, DISPUTED, WON = "failed:", "disputed:", "closed:"
"""Marks in `Payment.counted` beside a provider's reference: which notices about it were counted already."""


class PaymentEventType(StrEnum):
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_CLOSED = "dispute_closed"


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One notice. `amount` in minor units: what was authorised, captured, let go, refunded or disputed by it.

    For `dispute_closed` it is what came back to the shop: 0 = the shop lost. `reference`: the provider's id of the
    act (a refund, a dispute), so that two notices of one act are known as such; the payment's own names no act.
    """

    event_id: str
    payment: str
    type: PaymentEventType
    amount: int
    reference: str | None
    occurred_at: datetime


def apply_payment_event(order: Order, event: PaymentEvent, now: datetime) -> Order:
    """The order after a notice; a payment that nobody knew is added."""
    if all(payment.id != event.payment for payment in order.payments):
        unknown = Payment(event.payment, "unknown", event.reference, PaymentState.PENDING)
        order = with_payment(order, unknown)
    payment = order.payment(event.payment)
    if event.reference == payment.reference:
        event = replace(event, reference=None)
    match event.type:
        case PaymentEventType.AUTHORISED:
            return with_payment(order, _authorised(payment, event))
        case PaymentEventType.CAPTURED:
            return with_payment(order, _captured(payment, event))
        case PaymentEventType.VOIDED:
            return _let_go(order, payment, event, PaymentState.VOIDED)
        case PaymentEventType.EXPIRED:
            return _let_go(order, payment, event, PaymentState.EXPIRED)
        case PaymentEventType.REFUNDED:
            return _refunded(order, payment, event, now)
        case PaymentEventType.REFUND_FAILED:
            return _refund_failed(order, payment, event, now)
        case PaymentEventType.DISPUTE_OPENED:
            return with_payment(order, _dispute_opened(payment, event))
        case PaymentEventType.DISPUTE_CLOSED:
            return with_payment(order, _dispute_closed(payment, event))


def _authorised(payment: Payment, event: PaymentEvent) -> Payment:
    fresh = payment.state in (PaymentState.PENDING, PaymentState.ON_DELIVERY, PaymentState.ON_ACCOUNT)
    return replace(
        payment, authorised=max(payment.authorised, event.amount),
        state=PaymentState.AUTHORISED if fresh else payment.state,
    )


def _captured(payment: Payment, event: PaymentEvent) -> Payment:
    """Captures add up, but never above what was authorised: a doubled notice of a whole capture adds nothing."""
    total = min(payment.captured + event.amount, max(payment.authorised, event.amount))
    return captured_up_to(payment, total, event.occurred_at)


def _let_go(order: Order, payment: Payment, event: PaymentEvent, state: PaymentState) -> Order:
    rest = payment.authorised - payment.captured
    if 0 < event.amount < rest:
        order = with_payment(order, replace(payment, released=max(payment.released, event.amount)))
    else:
        order = with_payment(order, let_go(payment, state))
    duty = open_void(order, payment.id)
    if duty is None or order.payment(payment.id).capturable:
        return order
    ended = DutyState.VOIDED if duty.state is DutyState.VOID_PENDING else DutyState.REFUNDED
    return with_duty(order, advance_duty(replace(duty, reference=event.reference), ended))


def _refunded(order: Order, payment: Payment, event: PaymentEvent, now: datetime) -> Order:
    duty = _duty_meant(order, payment, event)
    if duty is not None:
        return refund_landed(order, duty.id, event.reference, event.amount, now, payment.id)
    if event.reference is not None and {event.reference, FAILED + event.reference} & set(payment.counted):
        return order
    counted = counted_refund(payment, event.reference, event.amount)
    if not _request_lives(order):
        counted = replace(counted, refunded_apart=counted.refunded_apart + event.amount)
    return with_payment(order, counted)


WITHOUT_PROOF = (DutyState.SUBMITTED, DutyState.PENDING, DutyState.MANUAL_REQUIRED)
"""Refunds that a notice may be about though it came before our own proof; the likeliest first."""


def _duty_meant(order: Order, payment: Payment, event: PaymentEvent) -> Duty | None:
    """Our refund that this notice is about: by reference, else an unproven one of the same amount."""
    ours = [duty for duty in order.duties if duty.kind is DutyKind.REFUND and duty.payment in (payment.id, None)]
    if event.reference is not None:
        if event.reference in payment.counted or FAILED + event.reference in payment.counted:
            return None
        for duty in ours:
            if duty.reference == event.reference:
                return duty
    for state in WITHOUT_PROOF:
        for duty in ours:
            unproven = duty.reference is None or state is not DutyState.SUBMITTED
            if duty.state is state and unproven and duty.amount == event.amount:
                return duty
    return None


def _request_lives(order: Order) -> bool:
    return any(part.state in LIVE for request in order.requests for part in request.parts)


def _refund_failed(order: Order, payment: Payment, event: PaymentEvent, now: datetime) -> Order:
    """A refund failed at once or days later. Told before the refund itself, it cancels that notice too."""
    mark = FAILED + (event.reference or "")
    if event.reference is not None:
        if mark in payment.counted:
            return order
        order = with_payment(order, replace(payment, counted=(*payment.counted, mark)))
    duty = _failed_duty(order, payment, event)
    if duty is not None:
        again = duty.failures + 1 < MOST_FAILURES
        detail = "the refund failed at the provider"
        if duty.state is DutyState.REFUNDED:
            return refund_bounced(order, duty.id, detail, again)
        return refund_refused(order, duty.id, detail, again)
    if event.reference is not None and event.reference in payment.counted:
        apart = order.payment(payment.id).refunded - _proven(order, payment)
        return with_payment(order, uncounted_refund(order.payment(payment.id), min(event.amount, max(0, apart))))
    return order


def _proven(order: Order, payment: Payment) -> int:
    """What our own refunds on this payment amount to; a notice about another act cannot take from it."""
    return sum(
        duty.amount
        for duty in order.duties
        if duty.kind is DutyKind.REFUND and duty.state is DutyState.REFUNDED and duty.payment == payment.id
    )


def _failed_duty(order: Order, payment: Payment, event: PaymentEvent) -> Duty | None:
    ours = [
        duty
        for duty in order.duties
        if duty.kind is DutyKind.REFUND
        and duty.payment == payment.id
        and duty.state in (DutyState.SUBMITTED, DutyState.REFUNDED)
    ]
    if event.reference is not None:
        for duty in ours:
            if duty.reference == event.reference:
                return duty
        if event.reference in payment.counted:
            return None
    unproven = [each for each in ours if each.state is DutyState.SUBMITTED and each.reference is None]
    landed = [each for each in reversed(ours) if each.state is DutyState.REFUNDED and event.reference is None]
    return next((each for each in (*unproven, *landed) if each.amount == event.amount), None)


def _dispute_opened(payment: Payment, event: PaymentEvent) -> Payment:
    reference = event.reference or ""
    if reference and DISPUTED + reference in payment.counted:
        return payment
    won = next((mark for mark in payment.counted if reference and mark.startswith(f"{WON}{reference}:")), None)
    marks = (DISPUTED + reference,) if reference else ()
    back = int(won.rpartition(":")[2]) if won is not None else 0
    return replace(
        payment, disputed=payment.disputed or won is None, counted=(*payment.counted, *marks),
        charged_back=payment.charged_back + max(0, event.amount - back),
    )


def _dispute_closed(payment: Payment, event: PaymentEvent) -> Payment:
    """The dispute is over. Told before its opening, it is remembered with what came back."""
    reference = event.reference or ""
    marks: tuple[str, ...] = ()
    if reference:
        if any(mark.startswith(f"{WON}{reference}:") for mark in payment.counted):
            return payment
        marks = (f"{WON}{reference}:{event.amount}",)
        if DISPUTED + reference not in payment.counted and not payment.disputed:
            return replace(payment, counted=(*payment.counted, *marks))
    return replace(
        payment, disputed=False, charged_back=max(0, payment.charged_back - event.amount),
        counted=(*payment.counted, *marks),
    )
