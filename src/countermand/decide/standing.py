"""How an order's money stands: its worth, what is due back, what may still be captured, and whose share it is.

DESIGN section 4, "Money is settled for the order, not for the request". Amounts in minor units.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from countermand.decide.fees import FeesKept
from countermand.decide.gone import NONE_GONE, NOTHING, Gone, PartGone, PartKey, Proof, parts_gone
from countermand.decide.refund_timing import proof_by
from countermand.decide.worth import Prices, prices
from countermand.model.money import share
from countermand.model.order import Order
from countermand.model.payment import IN_FLIGHT, DutyKind, Payment, PaymentState
from countermand.model.policy import PolicyBook
from countermand.model.request import LIVE, Kind, Outcome, Part, PartState, Request

VOIDABLE = frozenset({PaymentState.PENDING, PaymentState.AUTHORISED, PaymentState.CAPTURED})
"""Cash on delivery and an account are no authorisation: there is nothing to void."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What happened to the money so far, over all payments. `in_flight`: refunds that are spoken for."""

    captured: int
    refunded: int
    charged_back: int
    refunded_apart: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one request brings, replayed in order of creation: its `gain`, the `fee` kept of it, the rest.

    `worth`: of the order after this request and those before it. `touched`: some unit of it is gone.
    """

    request: Request
    touched: bool
    gain: int
    fee: int
    worth: int

    @property
    def amount(self) -> int:
        return self.gain - self.fee


@dataclass(frozen=True, slots=True)
class Standing:
    """The order's money as a whole, from what *is* cancelled or returned."""

    totals: Totals
    shares: tuple[Share, ...]
    fees: int
    worth: int
    refund_due: int
    capture_limit: int

    @property
    def anything_gone(self) -> bool:
        return any(each.touched for each in self.shares)


def totals(order: Order) -> Totals:
    """The payments and the refunds on their way, added up."""
    return Totals(
        sum(each.captured for each in order.payments),
        sum(each.refunded for each in order.payments),
        sum(each.charged_back for each in order.payments),
        sum(each.refunded_apart for each in order.payments),
        sum(duty.amount for duty in order.duties if duty.kind is DutyKind.REFUND and duty.state in IN_FLIGHT),
    )


def capturable(payment: Payment) -> int:
    """What of this payment could still be captured and can be voided."""
    return payment.capturable if payment.state in VOIDABLE else 0


def standing(order: Order, proof: Proof) -> Standing:
    """How the order's money stands now."""
    went = parts_gone(order, proof)

    def units(request: Request, part: Part) -> int:
        return went.get((request.id, part.number), NOTHING).units

    amounts = prices(order)
    money = totals(order)
    shares = replay(order, amounts, money, units, _removals(went))
    kept = amounts.kept(_gone_now(order, units))
    at_hand = money.captured - money.refunded - money.in_flight - money.charged_back
    fees = min(sum(each.fee for each in shares), max(0, at_hand - kept))
    worth_now = kept + fees
    gone = any(each.touched for each in shares)
    return Standing(
        money, shares, fees, worth_now,
        refund_due=max(0, at_hand - worth_now) if gone else 0,
        capture_limit=max(0, worth_now - (money.captured - money.refunded)),
    )


def expected(order: Order, proof: Proof) -> tuple[Share, ...]:
    """Every request's share as if each live part ends cancelled; of a declined part, what came back."""
    went = parts_gone(order, proof)

    def units(request: Request, part: Part) -> int:
        gone = went.get((request.id, part.number), NOTHING)
        unsettled = part.state in LIVE and part.state is not PartState.COMPLETED
        declined = part.reason is not None or part.outcome is Outcome.DECLINED
        if not unsettled or (declined and request.kind is not Kind.WITHDRAWAL):
            return gone.units
        return part.quantity - gone.removed

    return replay(order, prices(order), totals(order), units, _removals(went))


def replay(
    order: Order,
    amounts: Prices,
    money: Totals,
    units: Callable[[Request, Part], int],
    removals: frozenset[str],
) -> tuple[Share, ...]:
    """Play the requests in order of creation; each one's share is the entitlement with it minus without it.

    Money paid for what the shop itself took out of the order belongs to the last of its `removals`.
    """
    base = money.captured - money.charged_back - money.refunded_apart
    gone, fees, shares = NONE_GONE, FeesKept(), list[Share]()
    worth_then = amounts.kept(gone)
    before = excess = max(0, base - worth_then)
    last_removal = next((each.id for each in reversed(order.requests) if each.id in removals), None)
    for request in order.requests:
        counted = [(part, min(units(request, part), part.quantity)) for part in request.parts]
        lost = [(part, count) for part, count in counted if count]
        if not lost and request.id not in removals:
            shares.append(Share(request, False, 0, 0, worth_then))
            continue
        for part, count in lost:
            gone = gone.with_part(request, part, count)
        kept = amounts.kept(gone)
        after = max(before, base - kept)
        gain = after - before + (excess if request.id == last_removal else 0)
        fixed = max((part.fee_fixed for part, _ in lost), default=0)
        percent = sum(share(part.fee_percent, count, part.quantity) for part, count in lost)
        more = fees.with_request(fixed, percent, gain)
        worth_then = kept + more.total
        shares.append(Share(request, True, gain, more.total - fees.total, worth_then))
        before, fees = after, more
    return tuple(shares)


def _gone_now(order: Order, units: Callable[[Request, Part], int]) -> Gone:
    gone = NONE_GONE
    for request in order.requests:
        for part in request.parts:
            gone = gone.with_part(request, part, units(request, part))
    return gone


def _removals(went: Mapping[PartKey, PartGone]) -> frozenset[str]:
    return frozenset(key[0] for key, each in went.items() if each.removed)


def worth(order: Order, policies: PolicyBook) -> int:
    """What the order is worth now: goods kept, charges that stay, fees kept, accepted excess. Minor units."""
    return standing(order, proof_by(order, policies)).worth


def fees_kept(order: Order, policies: PolicyBook) -> int:
    """The cancellation fees kept now, in minor units."""
    return standing(order, proof_by(order, policies)).fees


def refund_due(order: Order, policies: PolicyBook) -> int:
    """What must still be given back, beyond refunds on their way. Minor units."""
    return standing(order, proof_by(order, policies)).refund_due


def capture_limit(order: Order, policies: PolicyBook) -> int:
    """What may still be captured, in minor units."""
    return standing(order, proof_by(order, policies)).capture_limit
