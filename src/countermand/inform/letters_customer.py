"""The letters to the customer, each from what is true now; None = it is true no more, so it never leaves."""

from collections.abc import Callable

from countermand.decide.refund_timing import When
from countermand.decide.shares import RequestMoney
from countermand.inform.letters_telling import Phrase, Row, Sheet, Telling
from countermand.inform.messages import Template, is_being_stopped, is_cancelled, is_whole, subject_of
from countermand.model.event import Message
from countermand.model.payment import Duty, DutyKind, DutyState
from countermand.model.reasons import CANONICAL, reason_label
from countermand.model.request import Decline, GoodsState, Kind, NextStep, Part, PartState, Request

Writer = Callable[[Telling, Message], Sheet | None]

SENDS_BACK = (NextStep.REFUSE_ON_DELIVERY, NextStep.RETURN_ON_ARRIVAL)


def request_of(told: Telling, message: Message) -> Request | None:
    return next((each for each in told.order.requests if each.id == message.request), None)


def record(told: Telling, request: Request) -> tuple[Phrase, ...]:
    """What was asked and when, for the customer's own records."""
    notes = [told.say("record", reference=request.id, asked_at=told.when(request.created_at))]
    if request.reason is not None:
        reasons = told.policies.version(request.policy_version).reasons
        reason = next((each for each in reasons if each.code == request.reason), CANONICAL.get(request.reason))
        label = reason_label(reason, told.language) if reason else request.reason
        notes.append(told.say("record_reason", reason=label))
    if request.comment:
        notes.append(told.say("record_comment", comment=request.comment))
    return tuple(notes)


def next_steps(told: Telling, parts: list[Part]) -> tuple[Phrase, ...]:
    """The next best thing for whoever was told no, each once, with the shop's own way of returning."""
    steps = tuple(dict.fromkeys(part.next_step for part in parts if part.next_step is not None))
    said = [told.say(f"next.{step.value}") for step in steps]
    instructions = told.policies.current.return_instructions
    text = instructions.get(told.language) or next(iter(instructions.values()), "")
    if text and any(step in SENDS_BACK for step in steps):
        said.append(told.say("next.return_instructions", instructions=text))
    return tuple(said)


def whys(told: Telling, parts: list[Part]) -> str:
    reasons = dict.fromkeys(part.reason for part in parts if part.reason is not None)
    return " ".join(told.say(f"why.{reason.value}").plain() for reason in reasons)


def money_phrases(told: Telling, request: Request, money: RequestMoney) -> tuple[Phrase, ...]:
    """What happens to the money, when, and what is kept; said also when nothing happens."""
    said: list[Phrase] = []
    if money.refund and money.when is not When.NOTHING_DUE:
        payment = money.parts[0].payment if money.parts else None
        due_by = told.day(money.due_by) if money.due_by else ""
        said.append(told.say(
            f"money.{money.when.value}", amount=told.money(money.refund), way=told.way(payment), due_by=due_by
        ))
    if money.void:
        said.append(told.say("money.void", amount=told.money(money.void)))
    if money.fee:
        said.append(told.say("money.fee", amount=told.money(money.fee)))
    if not said and all(payment.captured == 0 for payment in told.order.payments):
        said.append(told.say("money.nothing"))
    return tuple(said)


def order_link(told: Telling, message: Message) -> Sheet | None:
    """The way to the order's page; pointless once everything is cancelled."""
    if is_whole(told.order):
        return None
    return Sheet(
        told.say("order_link.subject"), told.say("order_link.heading"), (told.say("order_link.body"),),
        told.say("button_order"), goods_heading=told.say("goods"),
        rows=told.rows({line.id: line.quantity for line in told.order.lines if line.quantity}),
    )


def request_received(told: Telling, message: Message) -> Sheet | None:
    request = request_of(told, message)
    parts = [part for part in request.parts if is_being_stopped(part)] if request else []
    if request is None or not parts:
        return None
    until = max((part.pivot_at for part in parts if part.pivot_at and part.state is PartState.APPROVED), default=None)
    grace = (told.say("request_received.grace", until=told.when(until)),) if until and until > told.now else ()
    return Sheet(
        told.say("request_received.subject"), told.say("request_received.heading"),
        (told.say("request_received.body"), *grace, *money_phrases(told, request, told.money_of(request))),
        told.say("button_request"), told.say("request_received.mark", at=told.when(request.created_at)),
        goods_heading=told.say("goods"), rows=told.goods(parts), notes=record(told, request),
    )


def cancelled(told: Telling, message: Message) -> Sheet | None:
    """Whole or in part, as it is when the letter leaves, whatever it was when it was planned."""
    request = request_of(told, message)
    parts = [part for part in request.parts if is_cancelled(part)] if request else []
    if request is None or not parts:
        return None
    money = told.money_of(request)
    word = "cancelled" if is_whole(told.order) else "partly_cancelled"
    itemised = money.refund > 0 and not money.void and money.when is not When.NOTHING_DUE
    itemised = itemised and all(is_cancelled(part) or part.state not in MONEY_COUNTS for part in request.parts)
    rows = told.goods(parts, priced=itemised)
    sold = sum(told.order.line(part.line).unit_price * part.quantity for part in parts)
    if itemised and money.refund != sold:
        rows = (*rows, Row(told.say("rest_row"), told.money(money.refund - sold)))
    subject = told.say(f"{word}.subject_refund", amount=told.money(money.refund)) if money.refund else (
        told.say(f"{word}.subject")
    )
    return Sheet(
        subject, told.say(f"{word}.heading"),
        (told.say(f"{word}.body"), *money_phrases(told, request, money), told.say("cancelled.stray")),
        told.say("button_order"), told.say(f"{word}.mark", at=told.when(told.now)), True,
        told.say("goods_cancelled"), rows,
        Row(told.say("sum_row"), told.money(money.refund)) if itemised else None, record(told, request),
    )


MONEY_COUNTS = frozenset({
    PartState.AWAITING_APPROVAL, PartState.APPROVED, PartState.EXECUTING, PartState.NEEDS_ATTENTION,
    PartState.COMPLETED,
})


def declined(told: Telling, message: Message) -> Sheet | None:
    request = request_of(told, message)
    parts = [part for part in request.parts if part.state is PartState.DECLINED] if request else []
    if request is None or not parts:
        return None
    return Sheet(
        told.say("declined.subject"), told.say("declined.heading"),
        (told.say("declined.body", why=whys(told, parts)), *next_steps(told, parts)),
        told.say("button_order"), told.say("declined.mark", at=told.when(told.now)), True,
        told.say("goods"), told.goods(parts), notes=record(told, request),
    )


def awaiting(told: Telling, message: Message) -> Sheet | None:
    """Who was asked decides until when; once they have answered, this would be old news."""
    request = request_of(told, message)
    parts = [part for part in request.parts if part.state is PartState.AWAITING_APPROVAL] if request else []
    first = min((part for part in parts if part.answer_by), key=lambda part: str(part.answer_by), default=None)
    if request is None or first is None or first.answer_by is None:
        return None
    silence = (told.say(f"silence.{first.on_silence.value}"),) if first.on_silence else ()
    money = money_phrases(told, request, told.money_of(request))
    return Sheet(
        told.say("awaiting.subject"), told.say("awaiting.heading"),
        (told.say("awaiting.body", answer_by=told.when(first.answer_by)), *silence,
         *((told.say("awaiting.if_yes"), *money) if money else ())),
        told.say("button_request"), told.say("awaiting.mark", at=told.when(request.created_at)),
        goods_heading=told.say("goods"), rows=told.goods(parts), notes=record(told, request),
    )


def retracted(told: Telling, message: Message) -> Sheet | None:
    request = request_of(told, message)
    parts = [part for part in request.parts if part.state is PartState.RETRACTED] if request else []
    if request is None or not parts:
        return None
    return Sheet(
        told.say("retracted.subject"), told.say("retracted.heading"), (told.say("retracted.body"),),
        told.say("button_order"), told.say("retracted.mark", at=told.when(told.now)),
        goods_heading=told.say("goods"), rows=told.goods(parts), notes=record(told, request),
    )


def duty_of(told: Telling, message: Message) -> Duty | None:
    return next((each for each in told.order.duties if each.id == subject_of(message)), None)


def refund_sent(told: Telling, message: Message) -> Sheet | None:
    duty = duty_of(told, message)
    if duty is None or duty.state is not DutyState.REFUNDED:
        return None
    amount = told.money(duty.amount)
    reference = (told.say("refund_sent.reference", reference=duty.reference),) if duty.reference else ()
    return Sheet(
        told.say("refund_sent.subject", amount=amount), told.say("refund_sent.heading"),
        (told.say("refund_sent.body", amount=amount, way=told.way(duty.payment)), *reference),
        told.say("button_order"), told.say("refund_sent.mark", at=told.when(told.now)),
    )


def refund_problem(told: Telling, message: Message) -> Sheet | None:
    duty = duty_of(told, message)
    if duty is None or duty.state not in (DutyState.FAILED, DutyState.MANUAL_REQUIRED):
        return None
    by = (told.say("refund_problem.by", due_by=told.day(duty.due_by)),) if (
        duty.due_by is not None and duty.due_by > told.now
    ) else ()
    return Sheet(
        told.say("refund_problem.subject"), told.say("refund_problem.heading"),
        (told.say("refund_problem.body", amount=told.money(duty.amount)), *by),
        told.say("button_order"), told.say("refund_problem.mark"), True,
    )


def refuse_parcel(told: Telling, message: Message) -> Sheet | None:
    """A parcel that carries cancelled goods, or goods that had left before they could be stopped."""
    if message.request is not None:
        return refuse_late(told, message)
    parcel = next((each for each in told.order.parcels if each.id == subject_of(message)), None)
    if parcel is None or not parcel.stray or parcel.state.value in ("returned", "lost", "returning", "refused"):
        return None
    tracking = (told.say(
        "refuse_parcel.tracking", carrier=parcel.carrier or "", tracking=parcel.tracking_number
    ),) if parcel.tracking_number else ()
    return Sheet(
        told.say("refuse_parcel.subject"), told.say("refuse_parcel.heading_stray"),
        (told.say("refuse_parcel.body_stray"), told.say("refuse_parcel.stray_steps"),
         told.say("refuse_parcel.stray_money"), *tracking),
        told.say("button_order"), told.say("refuse_parcel.mark"), True,
        told.say("goods"), told.rows({line.line: line.quantity for line in parcel.lines}),
    )


def refuse_late(told: Telling, message: Message) -> Sheet | None:
    request = request_of(told, message)
    gone = (PartState.DECLINED, Decline.ALREADY_DESPATCHED)
    on_its_way = (GoodsState.TOO_LATE, GoodsState.REFUSE_ON_DELIVERY_ADVISED)
    parts = [
        part for part in request.parts if (part.state, part.reason) == gone and part.goods in on_its_way
    ] if request else []
    if request is None or not parts:
        return None
    return Sheet(
        told.say("refuse_parcel.subject"), told.say("refuse_parcel.heading_late"),
        (told.say("refuse_parcel.body_late"), *next_steps(told, parts)),
        told.say("button_order"), told.say("refuse_parcel.mark"), True,
        told.say("goods"), told.goods(parts), notes=record(told, request),
    )


def returned(told: Telling, message: Message) -> Sheet | None:
    request = request_of(told, message)
    parts = [part for part in request.parts if part.goods is GoodsState.RETURNED] if request else []
    if request is None or not parts:
        return None
    refunds = [duty for duty in told.order.duties if duty.request == request.id and duty.kind is DutyKind.REFUND]
    settled = bool(refunds) and all(duty.state is DutyState.REFUNDED for duty in refunds)
    money = (told.say("returned.no_more_money"),) if settled else (
        money_phrases(told, request, told.money_of(request))
    )
    return Sheet(
        told.say("returned.subject"), told.say("returned.heading"), (told.say("returned.body"), *money),
        told.say("button_order"), told.say("returned.mark", at=told.when(told.now)),
        goods_heading=told.say("goods"), rows=told.goods(parts), notes=record(told, request),
    )


def withdrawal_receipt(told: Telling, message: Message) -> Sheet | None:
    """The proof of a declaration stays true whatever becomes of it (Directive 2011/83/EU, Art. 11a(4))."""
    request = request_of(told, message)
    if request is None or request.kind is not Kind.WITHDRAWAL:
        return None
    at = told.when(request.created_at)
    exempt = [part for part in request.parts if part.state is PartState.DECLINED]
    covered = [part for part in request.parts if part not in exempt]
    said = [told.say("withdrawal_receipt.body", at=at)]
    name = request.asker.name or told.order.customer.name
    if name:
        said.append(told.say("withdrawal_receipt.name", name=name))
    if exempt:
        goods = "; ".join(row.what.plain() for row in told.goods(exempt))
        said.append(told.say("withdrawal_receipt.declined", goods=goods, why=whys(told, exempt)))
    return Sheet(
        told.say("withdrawal_receipt.subject"), told.say("withdrawal_receipt.heading"),
        (*said, *money_phrases(told, request, told.money_of(request))),
        told.say("button_request"), told.say("withdrawal_receipt.mark", at=at),
        goods_heading=told.say("goods"), rows=told.goods(covered), notes=record(told, request),
    )


CUSTOMER_LETTERS: dict[str, Writer] = {
    Template.ORDER_LINK: order_link,
    Template.REQUEST_RECEIVED: request_received,
    Template.CANCELLED: cancelled,
    Template.PARTLY_CANCELLED: cancelled,
    Template.DECLINED: declined,
    Template.AWAITING: awaiting,
    Template.RETRACTED: retracted,
    Template.REFUND_SENT: refund_sent,
    Template.REFUND_PROBLEM: refund_problem,
    Template.REFUSE_PARCEL: refuse_parcel,
    Template.RETURNED: returned,
    Template.WITHDRAWAL_RECEIPT: withdrawal_receipt,
}
