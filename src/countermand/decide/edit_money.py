"""The payments of an edited order: merged by id, amounts only ever raised."""

from dataclasses import replace
from datetime import datetime

from countermand.model.order import Order
from countermand.model.payment import IN_FLIGHT, Payment, PaymentState
from countermand.model.request import LIVE

RANK = {
    PaymentState.PENDING: 0, PaymentState.ON_DELIVERY: 0, PaymentState.ON_ACCOUNT: 0, PaymentState.AUTHORISED: 1,
    PaymentState.EXPIRED: 2, PaymentState.VOIDED: 2, PaymentState.CAPTURED: 3,
}
"""How far a payment is. Money that was taken is never untaken by an edit."""


def merged_payments(order: Order, told: tuple[Payment, ...], now: datetime) -> tuple[Payment, ...]:
    """Known payments raised to what the shop tells, then new ones; those that it leaves out stay.

    `order` has its edited lines and requests already.
    """
    by_id = {payment.id: payment for payment in told}
    merged = tuple(_merged(order, payment, by_id.pop(payment.id, None), now) for payment in order.payments)
    return (*merged, *by_id.values())


def _merged(order: Order, payment: Payment, told: Payment | None, now: datetime) -> Payment:
    if told is None:
        return payment
    refunded = _refunded(order, payment, told)
    captured = max(payment.captured, told.captured, refunded)
    live = any(part.state in LIVE for request in order.requests for part in request.parts)
    apart = 0 if live else refunded - payment.refunded
    state = told.state if RANK[told.state] >= RANK[payment.state] else payment.state
    return replace(
        payment,
        provider=told.provider,
        reference=told.reference or payment.reference,
        method=told.method or payment.method,
        state=PaymentState.CAPTURED if captured > 0 else state,
        authorised=max(payment.authorised, told.authorised),
        captured=captured,
        captured_at=now if captured > payment.captured else payment.captured_at,
        refunded=refunded,
        refunded_apart=payment.refunded_apart + apart,
    )


def _refunded(order: Order, payment: Payment, told: Payment) -> int:
    """What the shop tells may be our own refund seen from its side; while one is on its way, only an event counts."""
    if any(duty.state in IN_FLIGHT and duty.payment in (payment.id, None) for duty in order.duties):
        return payment.refunded
    return max(payment.refunded, told.refunded)
