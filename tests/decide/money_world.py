"""A small world for tests about money: orders, requests moved by hand, and a bank that does what it is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from countermand.decide.duties import begin_refund, limit_landed, refund_landed, void_landed
from countermand.decide.payment_events import PaymentEvent, PaymentEventType, apply_payment_event
from countermand.decide.refund_timing import proof_by
from countermand.decide.settlement import settle
from countermand.decide.shares import RequestMoney, request_money
from countermand.decide.standing import Standing, standing
from countermand.decide.units import move, row_of, with_part, with_row
from countermand.model.fulfilment import Control, FulfilmentLine, FulfilmentOrder, Stage
from countermand.model.order import Charge, ChargeKind, Customer, Line, Order, ShipTo, with_request
from countermand.model.payment import Duty, DutyKind, DutyState, Payment, PaymentState
from countermand.model.policy import Policy, PolicyBook, Terms
from countermand.model.request import (
    Asker,
    GoodsState,
    Kind,
    Outcome,
    Part,
    PartState,
    Request,
    Role,
    advance_goods,
    advance_part,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MUG = Line("1", "MUG", "Mug", 3, 1200, discount=300, tax=570)
SHIPPING = Charge("shipping", ChargeKind.SHIPPING, 500, 95)


def book(**terms: object) -> PolicyBook:
    return PolicyBook(Policy(1, replace(Terms(), **terms), (), (), {}), {})  # type: ignore[arg-type]


POLICY = book()


def captured(amount: int, payment_id: str = "p1", **more: object) -> Payment:
    payment = Payment(payment_id, "sandbox", f"pi_{payment_id}", PaymentState.CAPTURED, amount, amount)
    return replace(payment, **more)  # type: ignore[arg-type]


def authorised(amount: int, payment_id: str = "p1") -> Payment:
    return Payment(payment_id, "sandbox", f"pi_{payment_id}", PaymentState.AUTHORISED, amount)


def an_order(
    lines: Sequence[Line] = (MUG,), charges: Sequence[Charge] = (SHIPPING,), payments: Sequence[Payment] = (),
    homes: Sequence[FulfilmentOrder] = (), **more: object,
) -> Order:
    """The order of DESIGN section 7 unless told otherwise; every unit open at one fulfilment order."""
    rows = tuple(FulfilmentLine(line.id, line.quantity, line.quantity) for line in lines)
    order = Order(
        "acme", "1042", 1, Customer(), ShipTo(country="DE"), "EUR", NOW - DAY, tuple(lines), tuple(charges),
        tuple(payments), tuple(homes) or (FulfilmentOrder("F1", "main", Stage.UNRELEASED, Control.CONFIRM, rows),),
    )
    return replace(order, **more)  # type: ignore[arg-type]


def ask(
    order: Order, request_id: str, units: dict[str, int], *, kind: Kind = Kind.CANCELLATION,
    role: Role = Role.CUSTOMER, at: str = "F1", fee: tuple[int, int] = (0, 0), now: datetime = NOW,
) -> Order:
    """A request approved for open units, which are held; `fee` is each part's nominal one."""
    parts = tuple(
        Part(
            number, line, at, quantity, Outcome.APPROVED, PartState.APPROVED, GoodsState.HOLD_REQUESTED,
            Stage.UNRELEASED, fee_fixed=fee[0], fee_percent=fee[1],
        )
        for number, (line, quantity) in enumerate(units.items(), 1)
    )
    order = with_request(order, Request(request_id, kind, Asker(role), None, None, 1, now, parts))
    for line, quantity in units.items():
        order = move(order, at, line, quantity, "open", "held")
    return order


def pivot(order: Order, request_id: str) -> Order:
    """The goods of a request are stopped."""
    for part in order.request(request_id).parts:
        assert part.fulfilment_order is not None
        order = move(order, part.fulfilment_order, part.line, part.quantity, "held", "cancelled")
        stopped = advance_goods(advance_part(part, PartState.EXECUTING), GoodsState.STOPPED)
        order = with_part(order, request_id, stopped)
    return order


def retract(order: Order, request_id: str) -> Order:
    for part in order.request(request_id).parts:
        assert part.fulfilment_order is not None
        order = move(order, part.fulfilment_order, part.line, part.quantity, "held", "open")
        released = advance_goods(advance_part(part, PartState.RETRACTED), GoodsState.RELEASED)
        order = with_part(order, request_id, released)
    return order


def cancel(order: Order, request_id: str, units: dict[str, int], **more: object) -> Order:
    """Asked and over the pivot in one go, and settled."""
    return settle(pivot(ask(order, request_id, units, **more), request_id), POLICY, NOW)  # type: ignore[arg-type]


def despatch(order: Order, line: str, units: int, at: str = "F1") -> Order:
    return move(order, at, line, units, "open", "despatched")


def too_late(
    order: Order, request_id: str, line: str, units: int, *, kind: Kind = Kind.CANCELLATION, at: str = "F1"
) -> Order:
    """A request for despatched units: declined, or, for a withdrawal, waiting for the goods."""
    declined = kind is Kind.CANCELLATION
    part = Part(
        1, line, at, units, Outcome.DECLINED if declined else Outcome.APPROVED,
        PartState.DECLINED if declined else PartState.EXECUTING, GoodsState.REFUSE_ON_DELIVERY_ADVISED,
        Stage.DESPATCHED,
    )
    return with_request(order, Request(request_id, kind, Asker(Role.CUSTOMER), None, None, 1, NOW, (part,)))


def come_back(order: Order, request_id: str, goods: GoodsState = GoodsState.RETURNED) -> Order:
    for part in order.request(request_id).parts:
        assert part.fulfilment_order is not None
        back = replace(advance_goods(part, goods), returned=part.quantity)
        back = advance_part(back, PartState.EXECUTING) if back.state is PartState.DECLINED else back
        row = row_of(order, part.fulfilment_order, part.line)
        order = with_row(order, part.fulfilment_order, replace(row, returned=row.returned + part.quantity))
        order = with_part(order, request_id, back)
    return order


def told(
    order: Order, kind: PaymentEventType, amount: int, *, payment: str = "p1", reference: str | None = None,
    event_id: str = "e", now: datetime = NOW, policies: PolicyBook = POLICY,
) -> Order:
    """A payment event, and settled after it."""
    event = PaymentEvent(event_id, payment, kind, amount, reference, now)
    return settle(apply_payment_event(order, event, now), policies, now)


def land_one(order: Order, duty: Duty, now: datetime = NOW, policies: PolicyBook = POLICY) -> Order:
    """The bank does what one duty asks for."""
    match duty.kind:
        case DutyKind.VOID:
            order = void_landed(order, duty.id, f"void {duty.id}")
        case DutyKind.LIMIT:
            order = limit_landed(order, duty.id, f"limit {duty.id}")
        case DutyKind.REFUND:
            order, sent = begin_refund(order, duty.id, now)
            if sent.state is DutyState.SUBMITTED:
                order = refund_landed(order, sent.id, f"re {sent.id} {sent.generation}", sent.amount, now)
    return settle(order, policies, now)


READY = frozenset({DutyState.PLANNED, DutyState.PENDING, DutyState.VOID_PENDING, DutyState.LIMIT_PENDING})


def land_all(order: Order, now: datetime = NOW, policies: PolicyBook = POLICY) -> Order:
    """The bank does all it is asked for, until nothing is left to do."""
    for _ in range(1000):
        ready = [duty for duty in order.duties if duty.state in READY]
        if not ready:
            return order
        order = land_one(order, ready[0], now, policies)
    raise AssertionError("the money never comes to rest")


def stands(order: Order, policies: PolicyBook = POLICY) -> Standing:
    return standing(order, proof_by(order, policies))


def money(order: Order, request_id: str, policies: PolicyBook = POLICY) -> RequestMoney:
    return request_money(order, order.request(request_id), policies)


def planned(order: Order) -> dict[str, int]:
    """What each request's planned or paused refunds say, of those that have any."""
    found: dict[str, int] = {}
    for duty in order.duties:
        if duty.kind is DutyKind.REFUND and duty.state in (DutyState.PLANNED, DutyState.PAUSED):
            found[duty.request] = found.get(duty.request, 0) + duty.amount
    return found


def refunded(order: Order) -> int:
    return sum(payment.refunded for payment in order.payments)


def states(order: Order, kind: DutyKind = DutyKind.REFUND) -> list[DutyState]:
    return [duty.state for duty in order.duties if duty.kind is kind]
