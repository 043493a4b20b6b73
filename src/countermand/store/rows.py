"""Dataclasses to rows: each function gives a row in the column order of its table (tables.py)."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from countermand.model.event import AuditEntry, Message
from countermand.model.fulfilment import STAGES, FulfilmentLine, FulfilmentOrder, Parcel
from countermand.model.order import Charge, Line, Order, WorkItem
from countermand.model.payment import Duty, Payment
from countermand.model.plan import Step
from countermand.model.request import Case, Part, Request, folded_state

Scalar = str | int | bool | bytes | None
Row = tuple[Scalar, ...]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENCODER = msgspec.json.Encoder()


def micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC, exact."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def maybe_micros(instant: datetime | None) -> int | None:
    return None if instant is None else micros(instant)


def json_text(value: object) -> str:
    """Compact JSON; an empty list needs no encoder."""
    return ENCODER.encode(value).decode() if value else "[]"


def word(value: str | None) -> str | None:
    """A member of a closed set as a plain string: the drivers are slower with subclasses of str."""
    return None if value is None else str(value)


def narrow_order_row(order: Order) -> Row:
    return (
        order.version, order.audit_sequence, order.audit_head, order_stage(order), order_request_state(order),
    )


def wide_order_row(order: Order) -> Row:
    customer, to = order.customer, order.ship_to
    email = customer.email.strip().lower() if customer.email else None
    return (
        *narrow_order_row(order), customer.name, customer.email, customer.locale, email,
        search_text(order), to.city, to.postcode, to.country, order.currency, micros(order.placed_at),
        json_text(order.coupons), order.prices_include_tax, order.accepted_excess, order.platform,
        maybe_micros(order.source_updated_at), order.intake_digest, order.quarantined,
    )


def search_text(order: Order) -> str:
    """What the search box of a list looks through."""
    return " ".join(filter(None, (order.number, order.customer.name, order.customer.email))).casefold()


def order_stage(order: Order) -> str | None:
    """The earliest stage of a fulfilment order that is not all cancelled, else of any; None without one."""
    if not order.fulfilment_orders:
        return None
    alive = [
        each.stage for each in order.fulfilment_orders if any(line.quantity > line.cancelled for line in each.lines)
    ]
    return str(min(alive or [each.stage for each in order.fulfilment_orders], key=STAGES.index))


def order_request_state(order: Order) -> str | None:
    """One state for all requests of an order, folded as a request folds its parts; None = nobody asked."""
    if not order.requests:
        return None
    return str(folded_state(frozenset(part.state for request in order.requests for part in request.parts)))


def line_row(position: int, owner: str, line: Line) -> Row:
    bundle = line.bundle
    return (
        line.id, position, line.sku, line.title, line.quantity, line.unit_price, line.discount, line.tax, line.seller,
        str(line.kind), json_text(line.tags), bundle.id if bundle else None, bundle.divisible if bundle else None,
        maybe_micros(line.expected_at), line.removed,
    )


def charge_row(position: int, owner: str, charge: Charge) -> Row:
    return (
        charge.id, position, str(charge.kind), charge.amount, charge.tax, str(charge.refund), charge.seller,
        charge.fulfilment_order, json_text(charge.lines), charge.surcharge,
    )


def payment_row(position: int, owner: str, payment: Payment) -> Row:
    return (
        payment.id, position, payment.provider, payment.reference, str(payment.state), payment.authorised,
        payment.captured, payment.refunded, payment.charged_back, payment.released, payment.refunded_apart,
        payment.disputed, maybe_micros(payment.captured_at), payment.method, json_text(payment.counted),
    )


def fulfilment_order_row(position: int, owner: str, each: FulfilmentOrder) -> Row:
    return each.id, position, each.holder, str(each.stage), str(each.control), each.plugin


def fulfilment_line_row(position: int, owner: str, row: FulfilmentLine) -> Row:
    return (
        owner, row.line, position, row.quantity, row.open, row.held, row.cancelled, row.despatched, row.returned,
        row.claimed, row.removed,
    )


def parcel_row(position: int, owner: str, parcel: Parcel) -> Row:
    lines = json_text([(line.line, line.quantity, line.returned) for line in parcel.lines])
    return (
        parcel.id, position, parcel.fulfilment_order, parcel.stray, str(parcel.state), lines,
        micros(parcel.despatched_at), parcel.event_id, parcel.carrier, parcel.tracking_number, parcel.tracking_url,
    )


def request_row(position: int, owner: str, request: Request) -> Row:
    asker = request.asker
    return (
        request.id, position, str(request.kind), str(asker.role), asker.name, asker.id, asker.channel,
        word(request.reason), request.comment, request.policy_version, micros(request.created_at),
        request.all_or_nothing, maybe_micros(request.due_at),
        str(folded_state(frozenset(part.state for part in request.parts))),
    )


def part_row(position: int, owner: str, part: Part) -> Row:
    return (
        owner, part.number, position, part.line, part.fulfilment_order, part.quantity, str(part.outcome),
        str(part.state), str(part.goods), str(part.stage), word(part.reason), maybe_micros(part.until),
        word(part.next_step), maybe_micros(part.answer_by), word(part.on_silence), part.case, part.group,
        part.restock, part.fee_fixed, part.fee_percent, maybe_micros(part.pivot_at), part.cleared, part.returned,
    )


def case_row(position: int, owner: str, case: Case) -> Row:
    return (
        case.id, position, case.request, case.fulfilment_order, case.holder, str(case.answerer), str(case.state),
        micros(case.opened_at), micros(case.answer_by), str(case.on_silence), str(case.final_default),
        case.escalated, case.extended, word(case.answer), word(case.reason), case.answered_by,
        maybe_micros(case.answered_at),
    )


def duty_row(position: int, owner: str, duty: Duty) -> Row:
    return (
        duty.id, position, duty.request, str(duty.kind), duty.amount, str(duty.state), duty.generation,
        micros(duty.created_at), duty.payment, maybe_micros(duty.due_at), maybe_micros(duty.due_by), duty.reference,
        duty.failure, duty.failures,
    )


def step_row(position: int, owner: str, step: Step) -> Row:
    lines = json_text([(line.line, line.sku, line.quantity) for line in step.lines])
    return (
        step.request, step.number, position, str(step.kind), step.subject, str(step.state), step.generation,
        step.attempt, maybe_micros(step.due_at), lines, step.receipt, step.failure,
    )


def work_row(position: int, owner: str, item: WorkItem) -> Row:
    return (
        position, item.kind, item.subject, micros(item.opened_at), item.request, maybe_micros(item.closed_at),
        item.note,
    )


def entry_row(entry: AuditEntry) -> Row:
    """The actor's name is a personal text of the first event, so it is not here."""
    actor = json_text((entry.actor.role, entry.actor.id, entry.actor.channel))
    return entry.sequence, micros(entry.at), actor, entry.sealed, entry.previous, entry.digest


def text_rows(entries: Sequence[AuditEntry]) -> list[Row]:
    return [
        (entry.sequence, index, field, text)
        for entry in entries
        for index, event in enumerate(entry.events)
        for field, text in event.personal
    ]


def message_row(message: Message) -> Row:
    return (
        message.dedupe, message.kind, message.template, micros(message.due_at), message.request, message.case,
        message.audience, message.body,
    )
