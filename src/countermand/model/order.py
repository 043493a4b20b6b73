"""The order: the aggregate that every rule reads and every commit writes whole, under one version."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from countermand.model.fulfilment import FulfilmentOrder, Parcel
from countermand.model.payment import Duty, Payment
from countermand.model.plan import Step
from countermand.model.request import Case, Request


class LineKind(StrEnum):
    GOODS = "goods"
    DIGITAL = "digital"
    SERVICE = "service"
    GIFT_CARD = "gift_card"


@dataclass(frozen=True, slots=True)
class Bundle:
    id: str
    divisible: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """What was bought. Amounts as sold, in minor units: `discount` and `tax` are the whole line's.

    `removed` units were taken out by the shop itself; the amounts speak of the other `quantity - removed`.
    """

    id: str
    sku: str
    title: str
    quantity: int
    unit_price: int
    discount: int = 0
    tax: int = 0
    seller: str | None = None
    kind: LineKind = LineKind.GOODS
    tags: tuple[str, ...] = ()
    bundle: Bundle | None = None
    expected_at: datetime | None = None
    removed: int = 0


class ChargeKind(StrEnum):
    SHIPPING = "shipping"
    GIFT_WRAP = "gift_wrap"
    PAYMENT_FEE = "payment_fee"
    DUTY = "duty"
    TIP = "tip"
    DEPOSIT = "deposit"
    OTHER = "other"


class ChargeRule(StrEnum):
    """When a charge goes back (DESIGN section 3)."""

    WHEN_ALL_CANCELLED = "when_all_cancelled"
    IN_PROPORTION = "in_proportion"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Charge:
    """Money for something beside the goods. At most one of `seller`, `fulfilment_order`, `lines` narrows its scope.

    `surcharge`: what the customer paid for a faster delivery than the standard one; a withdrawal never returns it
    (Directive 2011/83/EU, Art. 13(2)).
    """

    id: str
    kind: ChargeKind
    amount: int
    tax: int = 0
    refund: ChargeRule = ChargeRule.WHEN_ALL_CANCELLED
    seller: str | None = None
    fulfilment_order: str | None = None
    lines: tuple[str, ...] = ()
    surcharge: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    name: str | None = None
    email: str | None = None
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class ShipTo:
    city: str | None = None
    postcode: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that needs a human. `subject`: the duty, parcel, part or event it is about."""

    kind: str
    subject: str
    opened_at: datetime
    request: str | None = None
    closed_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order of one merchant. `version` rises by one with every commit; 0 = not stored yet.

    `platform`: the platform plugin it came from; None = from the API alone, so platform steps are left out.
    `audit_sequence`, `audit_head`: where the order's hash chain stands.
    """

    merchant: str
    number: str
    version: int
    customer: Customer
    ship_to: ShipTo
    currency: str
    placed_at: datetime
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    payments: tuple[Payment, ...] = ()
    fulfilment_orders: tuple[FulfilmentOrder, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    requests: tuple[Request, ...] = ()
    cases: tuple[Case, ...] = ()
    duties: tuple[Duty, ...] = ()
    steps: tuple[Step, ...] = ()
    work: tuple[WorkItem, ...] = ()
    coupons: tuple[str, ...] = ()
    prices_include_tax: bool = False
    accepted_excess: int = 0
    platform: str | None = None
    source_updated_at: datetime | None = None
    intake_digest: str | None = None
    quarantined: str | None = None
    audit_sequence: int = 0
    audit_head: str = ""

    def line(self, line_id: str) -> Line:
        return next(line for line in self.lines if line.id == line_id)

    def fulfilment_order(self, fulfilment_order_id: str) -> FulfilmentOrder:
        return next(each for each in self.fulfilment_orders if each.id == fulfilment_order_id)

    def request(self, request_id: str) -> Request:
        return next(request for request in self.requests if request.id == request_id)

    def case(self, case_id: str) -> Case:
        return next(case for case in self.cases if case.id == case_id)

    def payment(self, payment_id: str) -> Payment:
        return next(payment for payment in self.payments if payment.id == payment_id)


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the units of one line are, over all its fulfilment orders."""

    quantity: int
    open: int
    held: int
    cancelled: int
    despatched: int
    returned: int


def counts(order: Order, line_id: str) -> Counts:
    """The counters of one line, added up."""
    rows = [row for each in order.fulfilment_orders for row in each.lines if row.line == line_id]
    return Counts(
        quantity=sum(row.quantity for row in rows),
        open=sum(row.open for row in rows),
        held=sum(row.held for row in rows),
        cancelled=sum(row.cancelled for row in rows),
        despatched=sum(row.despatched for row in rows),
        returned=sum(row.returned for row in rows),
    )


def with_request(order: Order, request: Request) -> Order:
    """The order with this request in the place of the one with the same id, or added at the end."""
    if any(each.id == request.id for each in order.requests):
        changed = tuple(request if each.id == request.id else each for each in order.requests)
        return replace(order, requests=changed)
    return replace(order, requests=(*order.requests, request))


def with_case(order: Order, case: Case) -> Order:
    """The order with this case in the place of the one with the same id, or added at the end."""
    if any(each.id == case.id for each in order.cases):
        return replace(order, cases=tuple(case if each.id == case.id else each for each in order.cases))
    return replace(order, cases=(*order.cases, case))


def with_duty(order: Order, duty: Duty) -> Order:
    """The order with this duty in the place of the one with the same id, or added at the end."""
    if any(each.id == duty.id for each in order.duties):
        return replace(order, duties=tuple(duty if each.id == duty.id else each for each in order.duties))
    return replace(order, duties=(*order.duties, duty))


def with_payment(order: Order, payment: Payment) -> Order:
    """The order with this payment in the place of the one with the same id, or added at the end."""
    if any(each.id == payment.id for each in order.payments):
        changed = tuple(payment if each.id == payment.id else each for each in order.payments)
        return replace(order, payments=changed)
    return replace(order, payments=(*order.payments, payment))
