"""Settle an order's money as a target state: raise, lower, add or supersede duties until they say what is owed.

Pure and idempotent; runs again at every change of the order (DESIGN section 4). Only planned and paused duties are
touched: what is in flight was told to the world already.
"""

from dataclasses import replace
from datetime import UTC, datetime

from countermand.decide.capture_control import limit_capture, void_the_rest
from countermand.decide.duties import advance_duty, left_on, new_duty, refunds
from countermand.decide.refund_timing import awaits_return, promised_by, proof_by, starts_at
from countermand.decide.standing import Share, Standing, capturable, expected, standing
from countermand.model.order import Order, with_duty
from countermand.model.payment import ADJUSTABLE, IN_FLIGHT, Duty, DutyKind, DutyState
from countermand.model.policy import PolicyBook
from countermand.model.request import Role

GIVEN = IN_FLIGHT | {DutyState.REFUNDED}
LATER = datetime.max.replace(tzinfo=UTC)
TOLD = frozenset({DutyState.LIMIT_PENDING, DutyState.LIMITED})


def settle(order: Order, policies: PolicyBook, now: datetime) -> Order:
    """The order with the duties that its money needs. Settling a settled order changes nothing."""
    if not order.requests:
        return order
    stands = standing(order, proof_by(order, policies))
    for request_id, amount in allocation(order, stands).items():
        order = _adjust(order, request_id, amount, now)
    order = _paused_by_dispute(order, policies, now)
    order = _forecasts(order, policies, now)
    order = void_the_rest(order, stands, now)
    return limit_capture(order, stands, now)


def allocation(order: Order, stands: Standing) -> dict[str, int]:
    """What each request's planned refund should be; the sum is `refund_due`.

    Each gets its share less what it was given, in order of creation; what is left belongs to the last request of
    which anything is gone. Requests by the shop's platform come last: the shop's own refund of what it took out
    lowers their money before anybody else's.
    """
    left, amounts = stands.refund_due, dict[str, int]()
    touched = sorted((each for each in stands.shares if each.touched), key=_by_platform)
    for share in touched:
        amounts[share.request.id] = min(left, max(0, share.amount - given(order, share.request.id)))
        left -= amounts[share.request.id]
    if left:
        amounts[touched[-1].request.id] += left
    untouched = {each.request.id: 0 for each in stands.shares if not each.touched}
    return {**untouched, **amounts}


def _by_platform(share: Share) -> bool:
    return share.request.asker.role is Role.PLATFORM


def given(order: Order, request_id: str) -> int:
    """What a request's refunds gave back or are giving back."""
    return sum(duty.amount for duty in refunds(order.duties, request_id) if duty.state in GIVEN)


def _adjust(order: Order, request_id: str, amount: int, now: datetime) -> Order:
    """Make the planned money of one request `amount`."""
    planned = [duty for duty in refunds(order.duties, request_id) if duty.state in ADJUSTABLE]
    keep = planned[:1] if amount else []
    for duty in planned[len(keep):]:
        order = with_duty(order, advance_duty(duty, DutyState.SUPERSEDED))
    if not amount:
        return order
    if keep:
        return with_duty(order, replace(keep[0], amount=amount))
    known = _revived(order, request_id) or _waiting(order, request_id)
    duty = known or new_duty(order, request_id, DutyKind.REFUND, amount, now)
    fresh = replace(
        duty, kind=DutyKind.REFUND, amount=amount, payment=None, reference=None, failure=None, due_at=None
    )
    return with_duty(order, advance_duty(fresh, DutyState.PLANNED))


def _revived(order: Order, request_id: str) -> Duty | None:
    """A void or limit of this request that turned out useless, because the money was captured all the same."""
    nothing_left = not any(capturable(payment) for payment in order.payments)
    for duty in order.duties:
        if duty.request != request_id:
            continue
        if duty.kind is DutyKind.LIMIT and nothing_left and duty.state in TOLD:
            return duty
        if duty.kind is DutyKind.VOID and duty.state is DutyState.VOIDED and duty.payment is not None:
            payment = order.payment(duty.payment)
            if payment.captured + duty.amount > payment.authorised:
                return duty
    return None


def _waiting(order: Order, request_id: str) -> Duty | None:
    waiting = (each for each in refunds(order.duties, request_id) if each.state is DutyState.NOT_DUE)
    return next(waiting, None)


def _paused_by_dispute(order: Order, policies: PolicyBook, now: datetime) -> Order:
    """Set the times of planned refunds; pause those that only a disputed payment could carry.

    What the shop itself took out stays paused until the shop's own refund is seen.
    """
    disputed = any(payment.disputed for payment in order.payments)
    free = sum(left_on(order, payment) for payment in order.payments if not payment.disputed)
    free -= sum(duty.amount for duty in order.duties if duty.state is DutyState.PENDING and duty.payment is None)
    for duty in order.duties:
        if duty.kind is not DutyKind.REFUND or duty.state not in ADJUSTABLE:
            continue
        request = order.request(duty.request)
        waits = request.asker.role is Role.PLATFORM or (disputed and duty.amount > free)
        free -= 0 if waits else duty.amount
        starts = min(starts_at(order, request, policies, now), duty.due_at or LATER)
        duty = replace(duty, due_at=starts, due_by=promised_by(order, request, policies, starts))
        if waits and duty.state is DutyState.PLANNED:
            duty = advance_duty(duty, DutyState.PAUSED)
        elif not waits and duty.state is DutyState.PAUSED:
            duty = advance_duty(duty, DutyState.PENDING)
        order = with_duty(order, duty)
    return order


def _forecasts(order: Order, policies: PolicyBook, now: datetime) -> Order:
    """Withdrawn goods that left: what they will bring stands as a duty that is not due until they are back."""
    proof = proof_by(order, policies)
    awaiting = [each for each in order.requests if awaits_return(order, each, proof)]
    shares = {each.request.id: each.amount for each in expected(order, proof)} if awaiting else {}
    for request in order.requests:
        duty = _waiting(order, request.id)
        if duty is None and request.id not in shares:
            continue
        planned = sum(each.amount for each in refunds(order.duties, request.id) if each.state in ADJUSTABLE)
        amount = shares[request.id] - given(order, request.id) - planned if request in awaiting else 0
        if amount > 0:
            duty = duty or new_duty(order, request.id, DutyKind.REFUND, amount, now)
            by = promised_by(order, request, policies, duty.created_at)
            order = with_duty(order, replace(duty, amount=amount, due_by=by))
        elif duty is not None:
            order = with_duty(order, advance_duty(duty, DutyState.PLANNED, DutyState.SUPERSEDED))
    return order
