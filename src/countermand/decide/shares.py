"""What one request brings: its refund, void, fee, capture limit, and when. Computed when read, never stored."""

from dataclasses import dataclass
from datetime import datetime

from countermand.decide.capture_control import open_void
from countermand.decide.duties import spread
from countermand.decide.refund_timing import When, promised_by, proof_by, when
from countermand.decide.standing import Share, capturable, expected, totals
from countermand.model.order import Order
from countermand.model.payment import ADJUSTABLE, SETTLED, Duty, DutyKind, DutyState
from countermand.model.policy import PolicyBook
from countermand.model.request import Request

VOIDING = frozenset(
    {DutyState.VOID_PENDING, DutyState.VOIDED, DutyState.MANUAL_REQUIRED, DutyState.REFUNDED}
)
"""States in which a void duty stands for money let go, or about to be."""


@dataclass(frozen=True, slots=True)
class MoneyPart:
    """One movement of money on one payment. Until a refund's step starts, the payment is a forecast."""

    payment: str | None
    amount: int
    state: DutyState


@dataclass(frozen=True, slots=True)
class RequestMoney:
    """A request's money in minor units, as DESIGN section 7 shows it.

    `capture_limit`: what may still be captured with this request and those before it; None = no matter.
    """

    refund: int
    void: int
    fee: int
    capture_limit: int | None
    when: When
    due_by: datetime | None
    parts: tuple[MoneyPart, ...]


def request_money(order: Order, request: Request, policies: PolicyBook) -> RequestMoney:
    """The money of one request of this order, as if every live part ends cancelled."""
    shares = expected(order, proof_by(order, policies))
    place = next(index for index, each in enumerate(shares) if each.request.id == request.id)
    share = shares[place]
    own = tuple(duty for duty in order.duties if duty.request == request.id)
    void = _void(order, shares, place) + sum(
        duty.amount for duty in own if duty.kind is DutyKind.VOID and duty.state in VOIDING
    )
    due = share.amount or void
    return RequestMoney(
        share.amount,
        void,
        share.fee,
        _shown_limit(order, share),
        when(order, request, policies) if share.amount else When.AT_ONCE if void else When.NOTHING_DUE,
        _due_by(order, request, policies, own) if due else None,
        _parts(order, share, void, own),
    )


def _limit(order: Order, share: Share) -> int:
    money = totals(order)
    return max(0, share.worth - (money.captured - money.refunded_apart))


def _shown_limit(order: Order, share: Share) -> int | None:
    could = sum(capturable(payment) for payment in order.payments)
    limit = _limit(order, share)
    return limit if share.touched and 0 < limit < could else None


def _void(order: Order, shares: tuple[Share, ...], place: int) -> int:
    """What the request lets go beyond voids that are on their way: all of it, if it is the one that ends the need."""
    share = shares[place]
    ended = any(each.touched and _limit(order, each) == 0 for each in shares[:place])
    if ended or not share.touched or _limit(order, share) > 0:
        return 0
    return sum(amount for _, amount in _voidable(order))


def _voidable(order: Order) -> tuple[tuple[str, int], ...]:
    return tuple(
        (payment.id, capturable(payment))
        for payment in order.payments
        if capturable(payment) and open_void(order, payment.id) is None
    )


def _due_by(order: Order, request: Request, policies: PolicyBook, own: tuple[Duty, ...]) -> datetime:
    live = [duty.due_by for duty in own if duty.due_by is not None and duty.state not in SETTLED]
    return max(live) if live else promised_by(order, request, policies, request.created_at)


def _parts(order: Order, share: Share, void: int, own: tuple[Duty, ...]) -> tuple[MoneyPart, ...]:
    """The request's duties, with a forecast of the payment where it is not chosen; without duties a forecast.

    What others paid back in its place is shown as superseded, as long as the request still stands for it.
    """
    shown = [duty for duty in own if duty.kind is not DutyKind.LIMIT]
    moved = [duty for duty in shown if duty.state is not DutyState.SUPERSEDED]
    if not moved and share.amount:
        moved = [duty for duty in shown if duty.kind is DutyKind.REFUND]
    if not moved:
        refund = _forecast(order, share.amount, 0, DutyState.NOT_DUE)
        voids = tuple(MoneyPart(payment, amount, DutyState.NOT_DUE) for payment, amount in _voidable(order))
        return refund + (voids if void else ())
    found: list[MoneyPart] = []
    for duty in moved:
        if duty.payment is None and duty.amount:
            found += _forecast(order, duty.amount, _promised_before(order, duty), duty.state)
        else:
            found.append(MoneyPart(duty.payment, duty.amount, duty.state))
    return tuple(found)


def likely_payment(order: Order, duty: Duty) -> str | None:
    """The payment of a duty; until it is chosen, the first one that would be used now."""
    if duty.payment is not None or duty.kind is not DutyKind.REFUND or not duty.amount:
        return duty.payment
    return _forecast(order, duty.amount, _promised_before(order, duty), duty.state)[0].payment


def _promised_before(order: Order, duty: Duty) -> int:
    """What earlier planned duties will take from the payments first."""
    earlier = order.duties[: order.duties.index(duty)]
    return sum(each.amount for each in earlier if each.kind is DutyKind.REFUND and each.state in ADJUSTABLE)


def _forecast(order: Order, amount: int, before: int, state: DutyState) -> tuple[MoneyPart, ...]:
    """Where `amount` would go after `before`; what no payment can carry now is shown without one."""
    found, left, skip = list[MoneyPart](), amount, before
    for payment, room in spread(order, before + amount):
        skipped = min(skip, room)
        piece = min(left, room - skipped)
        skip, left = skip - skipped, left - piece
        if piece:
            found.append(MoneyPart(payment.id, piece, state))
    if left:
        found.append(MoneyPart(None, left, state))
    return tuple(found)
