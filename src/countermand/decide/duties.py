"""What a step or a notice does to a duty. Every move is checked by the one table of the money track."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from countermand.decide.gone import sending_suffices
from countermand.decide.standing import standing
from countermand.model.ids import child_id
from countermand.model.order import Order, with_duty, with_payment
from countermand.model.payment import (
    ADJUSTABLE,
    IN_FLIGHT,
    NEXT_DUTY,
    Duty,
    DutyKind,
    DutyState,
    Payment,
    PaymentState,
)
from countermand.model.request import IllegalTransition

NOTHING_OWED = "nothing is owed any more"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def advance_duty(duty: Duty, *way: DutyState) -> Duty:
    """The duty after walking the money track along `way`, each pair checked."""
    for to in way:
        if to not in NEXT_DUTY[duty.state]:
            raise IllegalTransition(f"duty {duty.id}: {duty.state} -> {to}")
        duty = replace(duty, state=to)
    return duty


def duty_of(order: Order, duty_id: str) -> Duty:
    return next(duty for duty in order.duties if duty.id == duty_id)


def next_generation(order: Order, request_id: str) -> int:
    """A number that no duty of this request ever had, so that no provider's key is used twice."""
    return max((duty.generation for duty in order.duties if duty.request == request_id), default=0) + 1


def new_duty(order: Order, request_id: str, kind: DutyKind, amount: int, now: datetime) -> Duty:
    """A duty that is not due yet, with the next id and generation of its request."""
    number = sum(duty.request == request_id for duty in order.duties) + 1
    return Duty(
        child_id("rf", request_id, number), request_id, kind, amount, DutyState.NOT_DUE,
        next_generation(order, request_id), now,
    )


def left_on(order: Order, payment: Payment, apart_from: str | None = None) -> int:
    """What can still be refunded on a payment: captured, not refunded, charged back or spoken for by another duty."""
    spoken_for = sum(
        duty.amount
        for duty in order.duties
        if duty.kind is DutyKind.REFUND
        and duty.payment == payment.id
        and duty.state in IN_FLIGHT
        and duty.id != apart_from
    )
    return max(0, payment.captured - payment.refunded - payment.charged_back - spoken_for)


def newest_first(order: Order) -> tuple[Payment, ...]:
    """Payments in the order in which money goes back on them; of two captured at once, the later listed one."""
    listed = enumerate(order.payments)
    ranked = sorted(listed, key=lambda pair: (pair[1].captured_at or LONG_AGO, pair[0]), reverse=True)
    return tuple(payment for _, payment in ranked)


def spread(order: Order, amount: int, apart_from: str | None = None) -> tuple[tuple[Payment, int], ...]:
    """`amount` on undisputed payments, newest capture first; less if they cannot carry it all."""
    found = []
    for payment in newest_first(order):
        piece = min(amount, left_on(order, payment, apart_from)) if not payment.disputed else 0
        if piece > 0:
            found.append((payment, piece))
            amount -= piece
    return tuple(found)


def owed_now(order: Order, duty: Duty) -> int:
    """What this duty may send: never more than is over-captured at this moment."""
    others = replace(order, duties=tuple(each for each in order.duties if each.id != duty.id))
    return min(duty.amount, standing(others, sending_suffices).refund_due)


def begin_refund(order: Order, duty_id: str, now: datetime) -> tuple[Order, Duty]:
    """Choose the payment and the amount, and write down that the refund is about to be sent.

    The duty answered is submitted, with its payment; or superseded (or written off, if it was already under way)
    because nothing is owed any more; or paused (or for a human) because no undisputed payment can carry it. What does
    not fit on the first payment becomes another planned duty, due now.
    """
    duty = duty_of(order, duty_id)
    assert duty.kind is DutyKind.REFUND and duty.state in (DutyState.PLANNED, DutyState.PENDING), "ready to be sent"
    owed = owed_now(order, duty)
    if owed == 0:
        return _changed(order, _let_rest(replace(duty, amount=0 if duty.state is DutyState.PENDING else duty.amount)))
    pieces = spread(order, owed, duty.id)
    if not pieces:
        return _changed(order, _stand_still(duty))
    payment, amount = next((each for each in pieces if each[0].id == duty.payment), pieces[0])
    way = (DutyState.SUBMITTED,) if duty.state is DutyState.PENDING else (DutyState.PENDING, DutyState.SUBMITTED)
    sent = advance_duty(replace(duty, payment=payment.id, amount=amount, reference=None), *way)
    order = with_duty(order, sent)
    if owed > amount:
        rest = new_duty(order, duty.request, DutyKind.REFUND, owed - amount, now)
        rest = advance_duty(replace(rest, due_at=now, due_by=duty.due_by), DutyState.PLANNED)
        order = with_duty(order, rest)
    return order, sent


def _let_rest(duty: Duty) -> Duty:
    """Nothing is owed any more. A duty that was under way cannot be superseded: it is written off at nothing."""
    duty = replace(duty, failure=NOTHING_OWED)
    if duty.state is DutyState.PLANNED:
        return advance_duty(duty, DutyState.SUPERSEDED)
    return advance_duty(
        duty, DutyState.SUBMITTED, DutyState.FAILED, DutyState.MANUAL_REQUIRED, DutyState.WRITTEN_OFF
    )


def _stand_still(duty: Duty) -> Duty:
    """Every payment that could carry it is disputed."""
    duty = replace(duty, failure="the payment is disputed")
    if duty.state is DutyState.PLANNED:
        return advance_duty(duty, DutyState.PAUSED)
    return advance_duty(duty, DutyState.SUBMITTED, DutyState.FAILED, DutyState.MANUAL_REQUIRED)


def _changed(order: Order, duty: Duty) -> tuple[Order, Duty]:
    return with_duty(order, duty), duty


def begin_manual(order: Order, duty_id: str, detail: str, now: datetime) -> tuple[Order, Duty]:
    """Hand a refund to a human because no plugin can send it; the payment and amount are chosen as for any refund."""
    order, duty = begin_refund(order, duty_id, now)
    if duty.state is not DutyState.SUBMITTED:
        return order, duty
    return _changed(order, advance_duty(replace(duty, failure=detail), DutyState.FAILED, DutyState.MANUAL_REQUIRED))


def refund_sent(order: Order, duty_id: str, reference: str) -> Order:
    """The provider took it and will tell us later: still submitted, and known by its reference.

    If meanwhile the failure of an earlier act of this refund was told, this one is under way all the same.
    """
    duty = duty_of(order, duty_id)
    if duty.state is DutyState.PENDING and duty.reference not in (None, reference):
        duty = advance_duty(duty, DutyState.SUBMITTED)
    if duty.state is not DutyState.SUBMITTED:
        return order
    return with_duty(order, replace(duty, reference=reference))


TO_REFUNDED: dict[DutyState, tuple[DutyState, ...]] = {
    DutyState.PENDING: (DutyState.SUBMITTED, DutyState.REFUNDED),
    DutyState.SUBMITTED: (DutyState.REFUNDED,),
    DutyState.FAILED: (DutyState.PENDING, DutyState.SUBMITTED, DutyState.REFUNDED),
    DutyState.MANUAL_REQUIRED: (DutyState.REFUNDED,),
}
"""The way to refunded from wherever a refund may be when its proof arrives."""


def refund_landed(
    order: Order, duty_id: str, reference: str | None, amount: int, now: datetime, payment_id: str | None = None
) -> Order:
    """The money is back. `amount`: what really moved; `reference`: the provider's, counted once and never twice."""
    duty = duty_of(order, duty_id)
    if duty.state not in TO_REFUNDED:
        return _landed_again(order, duty, reference, amount)
    duty = replace(duty, amount=amount, reference=reference, failure=None, payment=duty.payment or payment_id)
    duty = advance_duty(duty, *TO_REFUNDED[duty.state])
    return with_duty(_count(order, duty.payment, reference, amount), duty)


def _landed_again(order: Order, duty: Duty, reference: str | None, amount: int) -> Order:
    """A second proof for a refund that is over. Under another reference it is other money, and it is counted."""
    if reference is None or reference == duty.reference:
        return order
    if duty.reference is None and duty.state is DutyState.REFUNDED:
        assert duty.payment is not None, "a refund that landed has a payment"
        payment = order.payment(duty.payment)
        order = with_payment(order, replace(payment, counted=(*payment.counted, reference)))
        return with_duty(order, replace(duty, reference=reference))
    return _count(order, duty.payment, reference, amount) if duty.payment is not None else order


def _count(order: Order, payment_id: str | None, reference: str | None, amount: int) -> Order:
    assert payment_id is not None, "a refund that landed has a payment"
    payment = order.payment(payment_id)
    if reference is not None and reference in payment.counted:
        return order
    return with_payment(order, counted_refund(payment, reference, amount))


def counted_refund(payment: Payment, reference: str | None, amount: int) -> Payment:
    """The payment with a refund counted. One that is seen before its capture raises captured with it."""
    refunded = payment.refunded + amount
    captured = max(payment.captured, refunded)
    known = (reference,) if reference is not None else ()
    return replace(
        payment, refunded=refunded, captured=captured, authorised=max(payment.authorised, captured),
        counted=(*payment.counted, *known),
    )


def refund_refused(order: Order, duty_id: str, detail: str, again: bool) -> Order:
    """A definite no, and a lookup found nothing. `again`: try once more under a new key, else a human decides."""
    duty = duty_of(order, duty_id)
    if duty.state is not DutyState.SUBMITTED:
        return order
    failed = advance_duty(replace(duty, failure=detail, failures=duty.failures + 1), DutyState.FAILED)
    return with_duty(order, reopened(order, failed, again))


def reopened(order: Order, failed: Duty, again: bool) -> Duty:
    """A failed refund, under a new generation or in the hands of a human."""
    if not again:
        return advance_duty(failed, DutyState.MANUAL_REQUIRED)
    return replace(advance_duty(failed, DutyState.PENDING), generation=next_generation(order, failed.request))


def refund_bounced(order: Order, duty_id: str, detail: str, again: bool) -> Order:
    """The bank sent the money back days later: it is owed again."""
    duty = duty_of(order, duty_id)
    if duty.state is not DutyState.REFUNDED or duty.kind is not DutyKind.REFUND:
        return order
    assert duty.payment is not None, "a refund that landed has a payment"
    order = with_payment(order, uncounted_refund(order.payment(duty.payment), duty.amount))
    failed = advance_duty(replace(duty, failure=detail, failures=duty.failures + 1), DutyState.FAILED)
    return with_duty(order, reopened(order, failed, again))


def uncounted_refund(payment: Payment, amount: int) -> Payment:
    """The payment with a refund taken back. Its reference stays known, so that an old notice counts nothing."""
    refunded = max(0, payment.refunded - amount)
    return replace(payment, refunded=refunded, refunded_apart=min(payment.refunded_apart, refunded))


def void_landed(order: Order, duty_id: str, reference: str | None) -> Order:
    """The authorisation is let go."""
    duty = duty_of(order, duty_id)
    if duty.state is not DutyState.VOID_PENDING:
        return order
    assert duty.payment is not None, "a void is of one payment"
    order = with_payment(order, let_go(order.payment(duty.payment), PaymentState.VOIDED))
    return with_duty(order, advance_duty(replace(duty, reference=reference), DutyState.VOIDED))


def let_go(payment: Payment, state: PaymentState) -> Payment:
    """The payment with nothing left to capture; its state changes only if nothing was captured."""
    released = max(payment.released, payment.authorised - payment.captured)
    return replace(payment, released=released, state=state if payment.captured == 0 else payment.state)


def void_found_captured(order: Order, duty_id: str, captured_total: int, now: datetime) -> Order:
    """There was nothing left to void: it had been captured. What that took too much goes back at once."""
    duty = duty_of(order, duty_id)
    if duty.state is not DutyState.VOID_PENDING:
        return order
    assert duty.payment is not None, "a void is of one payment"
    captured = captured_up_to(order.payment(duty.payment), captured_total, now)
    order = with_payment(order, let_go(captured, PaymentState.VOIDED))
    planned = sum(each.amount for each in order.duties if each.kind is DutyKind.REFUND and each.state in ADJUSTABLE)
    owed = min(standing(order, sending_suffices).refund_due - planned, left_on(order, order.payment(duty.payment)))
    if owed <= 0:
        return with_duty(order, advance_duty(replace(duty, amount=0), DutyState.VOIDED))
    refund = replace(duty, kind=DutyKind.REFUND, amount=owed, due_at=now)
    return with_duty(order, advance_duty(refund, DutyState.PENDING))


def captured_up_to(payment: Payment, total: int, at: datetime) -> Payment:
    """The payment with at least `total` captured; nothing is ever lowered."""
    if total <= payment.captured:
        return payment
    authorised = max(payment.authorised, total)
    return replace(
        payment, captured=total, authorised=authorised, released=min(payment.released, authorised - total),
        state=PaymentState.CAPTURED, captured_at=max(at, payment.captured_at or at),
    )


def to_human(order: Order, duty_id: str, detail: str) -> Order:
    """A void or a limit that was definitely refused: a human decides."""
    duty = duty_of(order, duty_id)
    if duty.state not in (DutyState.VOID_PENDING, DutyState.LIMIT_PENDING):
        return order
    failed = replace(duty, failure=detail, failures=duty.failures + 1)
    return with_duty(order, advance_duty(failed, DutyState.MANUAL_REQUIRED))


def void_refused(order: Order, duty_id: str, detail: str) -> Order:
    """The provider will not void: a human decides."""
    return to_human(order, duty_id, detail)


def limit_refused(order: Order, duty_id: str, detail: str) -> Order:
    """The platform will not take the limit: a human decides."""
    return to_human(order, duty_id, detail)


def limit_landed(order: Order, duty_id: str, reference: str | None) -> Order:
    """The platform knows how much may still be captured."""
    duty = duty_of(order, duty_id)
    if duty.state is not DutyState.LIMIT_PENDING:
        return order
    return with_duty(order, advance_duty(replace(duty, reference=reference), DutyState.LIMITED))


def mark_refunded(order: Order, duty_id: str, reference: str | None, now: datetime) -> Order:
    """A human did it outside: the money is back, the authorisation let go, or the platform told."""
    duty = duty_of(order, duty_id)
    if duty.state is not DutyState.MANUAL_REQUIRED:
        return order
    if duty.kind is DutyKind.REFUND:
        chosen = duty.payment or next((each.id for each, _ in spread(order, duty.amount, duty.id)), None)
        return refund_landed(order, duty_id, reference, duty.amount, now, chosen)
    if duty.kind is DutyKind.VOID and duty.payment is not None:
        order = with_payment(order, let_go(order.payment(duty.payment), PaymentState.VOIDED))
    return with_duty(order, advance_duty(replace(duty, reference=reference), DutyState.REFUNDED))


def write_off(order: Order, duty_id: str, detail: str) -> Order:
    """A human decided that it will never be done; its money stays spoken for."""
    duty = duty_of(order, duty_id)
    if duty.state is not DutyState.MANUAL_REQUIRED:
        return order
    return with_duty(order, advance_duty(replace(duty, failure=detail), DutyState.WRITTEN_OFF))


def refunds(duties: Iterable[Duty], request_id: str) -> tuple[Duty, ...]:
    """The duties of one request that give captured money back."""
    return tuple(duty for duty in duties if duty.request == request_id and duty.kind is DutyKind.REFUND)
