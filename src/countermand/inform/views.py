"""The JSON shapes of API v1 (DESIGN section 7), made from the aggregate. Pages, webhooks and the API all use them."""

from typing import Any

from countermand.decide.shares import likely_payment, request_money
from countermand.decide.shown import line_shown, order_shown, partially, request_shown, request_state
from countermand.decide.units import each_part
from countermand.model.fulfilment import FulfilmentOrder, Parcel
from countermand.model.order import Charge, Line, Order, WorkItem, counts
from countermand.model.payment import Duty, Payment
from countermand.model.policy import PolicyBook
from countermand.model.request import Asker, Case, Part, Request, Role

Json = dict[str, Any]


def order_view(order: Order, policies: PolicyBook) -> Json:
    """An order with everything that is known of it."""
    return {
        "number": order.number,
        "version": order.version,
        "placed_at": order.placed_at,
        "currency": order.currency,
        "prices_include_tax": order.prices_include_tax,
        "shown": order_shown(order),
        "quarantined": order.quarantined,
        "platform": order.platform,
        "customer": {"name": order.customer.name, "email": order.customer.email, "locale": order.customer.locale},
        "ship_to": {
            "city": order.ship_to.city, "postcode": order.ship_to.postcode, "country": order.ship_to.country,
        },
        "lines": [line_view(order, line) for line in order.lines],
        "charges": [charge_view(charge) for charge in order.charges],
        "accepted_excess": order.accepted_excess,
        "coupons": list(order.coupons),
        "payments": [payment_view(payment) for payment in order.payments],
        "fulfilment_orders": [fulfilment_order_view(each) for each in order.fulfilment_orders],
        "parcels": [parcel_view(parcel) for parcel in order.parcels],
        "requests": [request_view(order, request, policies) for request in order.requests],
        "cases": [case_view(order, case) for case in order.cases],
        "refunds": [refund_view(order, duty) for duty in order.duties],
        "work": [work_view(item) for item in order.work if item.closed_at is None],
        "source_updated_at": order.source_updated_at,
    }


def line_view(order: Order, line: Line) -> Json:
    """One line with its counters over all fulfilment orders."""
    tally = counts(order, line.id)
    return {
        "id": line.id, "sku": line.sku, "title": line.title, "quantity": line.quantity,
        "unit_price": line.unit_price, "discount": line.discount, "tax": line.tax, "seller": line.seller,
        "kind": line.kind, "tags": list(line.tags), "expected_at": line.expected_at,
        "bundle": {"id": line.bundle.id, "divisible": line.bundle.divisible} if line.bundle else None,
        "open": tally.open, "held": tally.held, "cancelled": tally.cancelled, "despatched": tally.despatched,
        "returned": tally.returned, "shown": line_shown(order, line.id),
    }


def charge_view(charge: Charge) -> Json:
    return {
        "id": charge.id, "kind": charge.kind, "amount": charge.amount, "tax": charge.tax, "refund": charge.refund,
        "seller": charge.seller, "fulfilment_order": charge.fulfilment_order, "lines": list(charge.lines) or None,
        "surcharge": charge.surcharge,
    }


def payment_view(payment: Payment) -> Json:
    return {
        "id": payment.id, "provider": payment.provider, "reference": payment.reference, "state": payment.state,
        "authorised": payment.authorised, "captured": payment.captured, "refunded": payment.refunded,
        "charged_back": payment.charged_back, "method": payment.method,
    }


def fulfilment_order_view(each: FulfilmentOrder) -> Json:
    rows = [
        {
            "line": row.line, "quantity": row.quantity, "open": row.open, "held": row.held,
            "cancelled": row.cancelled, "despatched": row.despatched, "returned": row.returned,
        }
        for row in each.lines
    ]
    return {"id": each.id, "holder": each.holder, "stage": each.stage, "control": each.control, "lines": rows}


def parcel_view(parcel: Parcel) -> Json:
    return {
        "id": parcel.id, "fulfilment_order": parcel.fulfilment_order, "stray": parcel.stray, "state": parcel.state,
        "lines": [
            {"line": line.line, "quantity": line.quantity, "returned": line.returned} for line in parcel.lines
        ],
        "despatched_at": parcel.despatched_at, "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number, "tracking_url": parcel.tracking_url,
    }


def request_view(order: Order, request: Request, policies: PolicyBook) -> Json:
    """A request as DESIGN section 7 shows it; `answer_by` is the earliest of its parts."""
    waiting = [part for part in request.parts if part.answer_by is not None and part.state == "awaiting_approval"]
    first = min(waiting, key=lambda part: part.answer_by or request.created_at, default=None)
    return {
        "id": request.id,
        "order": order.number,
        "kind": request.kind,
        "state": request_state(request),
        "partially": partially(request),
        "shown": request_shown(order, request),
        "asker": asker_view(order, request.asker),
        "reason": request.reason,
        "comment": request.comment,
        "policy_version": request.policy_version,
        "all_or_nothing": request.all_or_nothing,
        "created_at": request.created_at,
        "answer_by": first.answer_by if first else None,
        "on_silence": first.on_silence if first else None,
        "order_version": order.version,
        "lines": [part_view(part) for part in request.parts],
        "money": money_view(order, request, policies),
    }


def asker_view(order: Order, asker: Asker) -> Json:
    """Who asked; a customer who gave no name is the order's."""
    name = order.customer.name if asker.name is None and asker.role is Role.CUSTOMER else asker.name
    view: Json = {"role": asker.role, "name": name}
    return view if asker.channel is None else {**view, "channel": asker.channel}


def part_view(part: Part) -> Json:
    return {
        "line": part.line, "fulfilment_order": part.fulfilment_order, "quantity": part.quantity,
        "outcome": part.outcome, "state": part.state, "goods": part.goods, "reason": part.reason,
        "until": part.until, "next_step": part.next_step, "answer_by": part.answer_by,
        "on_silence": part.on_silence, "case": part.case,
    }


def money_view(order: Order, request: Request, policies: PolicyBook) -> Json:
    """What the request brings, computed now by replaying the order's living requests."""
    money = request_money(order, request, policies)
    return {
        "currency": order.currency, "refund": money.refund, "void": money.void, "fee": money.fee,
        "capture_limit": money.capture_limit, "when": money.when, "due_by": money.due_by,
        "parts": [
            {"payment": part.payment, "amount": part.amount, "state": part.state} for part in money.parts
        ],
    }


def preview_view(order: Order, request: Request, policies: PolicyBook) -> Json:
    """A request that was not made: the same without id, state and times."""
    view = request_view(order, request, policies)
    left_out = ("id", "state", "created_at", "shown", "partially")
    preview = {key: value for key, value in view.items() if key not in left_out}
    preview["lines"] = [{key: value for key, value in line.items() if key != "state"} for line in view["lines"]]
    return preview


def case_view(order: Order, case: Case) -> Json:
    asked: dict[str, int] = {}
    for _, part in each_part(order):
        if part.case == case.id:
            asked[part.line] = asked.get(part.line, 0) + part.quantity
    request = order.request(case.request)
    return {
        "id": case.id, "order": order.number, "request": case.request, "fulfilment_order": case.fulfilment_order,
        "holder": case.holder, "answerer": case.answerer, "state": case.state, "opened_at": case.opened_at,
        "answer_by": case.answer_by, "on_silence": case.on_silence, "escalated": case.escalated,
        "extended": case.extended,
        "lines": [{"line": line, "quantity": quantity} for line, quantity in asked.items()],
        "answer": case.answer, "reason": case.reason, "customer_reason": request.reason,
        "answered_by": case.answered_by, "answered_at": case.answered_at,
    }


def refund_view(order: Order, duty: Duty) -> Json:
    """A duty to give money back; until its step starts, the payment is a forecast."""
    return {
        "id": duty.id, "order": order.number, "request": duty.request, "payment": likely_payment(order, duty),
        "kind": duty.kind, "amount": duty.amount, "currency": order.currency, "state": duty.state,
        "due_at": duty.due_at, "due_by": duty.due_by, "reference": duty.reference, "failure": duty.failure,
    }


def work_view(item: WorkItem) -> Json:
    return {
        "kind": item.kind, "subject": item.subject, "request": item.request, "opened_at": item.opened_at,
        "note": item.note,
    }
