"""Money that is authorised and not captured: void it when none of it is due, else say how much still is."""

from dataclasses import replace
from datetime import datetime

from countermand.decide.duties import advance_duty, new_duty
from countermand.decide.standing import Standing, capturable
from countermand.model.order import Order, with_duty
from countermand.model.payment import Duty, DutyKind, DutyState

OPEN_VOID = frozenset({DutyState.VOID_PENDING, DutyState.MANUAL_REQUIRED})


def last_touched(stands: Standing) -> str | None:
    """The last request of which anything is gone: the voids and limits are its own."""
    return next((each.request.id for each in reversed(stands.shares) if each.touched), None)


def open_void(order: Order, payment_id: str) -> Duty | None:
    """The duty by which a payment's authorisation is being let go."""
    voids = (each for each in order.duties if each.kind is DutyKind.VOID and each.state in OPEN_VOID)
    return next((each for each in voids if each.payment == payment_id), None)


def void_the_rest(order: Order, stands: Standing, now: datetime) -> Order:
    """Nothing more may be captured: every authorisation that is left is let go, at once."""
    request_id = last_touched(stands)
    if request_id is None or stands.capture_limit > 0:
        return order
    for payment in order.payments:
        if not capturable(payment) or open_void(order, payment.id) is not None:
            continue
        duty = new_duty(order, request_id, DutyKind.VOID, capturable(payment), now)
        duty = replace(duty, payment=payment.id, due_at=now, due_by=now)
        order = with_duty(order, advance_duty(duty, DutyState.VOID_PENDING))
    return order


def limit_capture(order: Order, stands: Standing, now: datetime) -> Order:
    """Less is due than could be captured: the platform is told how much, for no provider lowers an authorisation."""
    could = sum(capturable(payment) for payment in order.payments)
    request_id = last_touched(stands)
    needed = request_id is not None and order.platform is not None and 0 < stands.capture_limit < could
    told: Duty | None = None
    for duty in order.duties:
        if duty.kind is not DutyKind.LIMIT:
            continue
        if duty.state is DutyState.LIMIT_PENDING and not (needed and duty.amount == stands.capture_limit):
            order = with_duty(order, advance_duty(duty, DutyState.SUPERSEDED))
        elif duty.state in (DutyState.LIMIT_PENDING, DutyState.LIMITED, DutyState.MANUAL_REQUIRED):
            told = duty
    if not needed or request_id is None or (told is not None and told.amount == stands.capture_limit):
        return order
    limit = replace(new_duty(order, request_id, DutyKind.LIMIT, stands.capture_limit, now), due_at=now, due_by=now)
    return with_duty(order, advance_duty(limit, DutyState.LIMIT_PENDING))
