"""A cancellation request as pages show it back: status, reason, comments, who decides, what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from countermand.model.order import Order
from countermand.model.policy import Policy
from countermand.model.reasons import CANONICAL, reason_label
from countermand.model.request import (
    Answerer,
    CaseState,
    Kind,
    Part,
    PartState,
    Request,
    Role,
)
from countermand.web.pages.look import DECLINE_WORDS, NEXT_STEP_WORDS, SILENCE_STAFF, SILENCE_WORDS, Tag, request_tag
from countermand.web.pages.words import Reader, capital, items, text

STILL_OURS = frozenset({PartState.AWAITING_APPROVAL, PartState.APPROVED})
"""Parts that can be taken back (decide/retract.py)."""

WHEN_WORDS = {
    "at_once": text("We refund this at once, as soon as the goods are stopped."),
    "after_remaining_despatched": text("We refund this after the rest of your order ships."),
    "after_goods_return": text("We refund this when the goods are back with us."),
    "nothing_due": text("There is nothing to pay back."),
}

WHEN_STAFF = {
    "at_once": text("Refunded at once, as soon as the goods are stopped."),
    "after_remaining_despatched": text("Refunded after the rest of the order ships."),
    "after_goods_return": text("Refunded when the goods are back."),
    "nothing_due": text("There is nothing to pay back."),
}

ReasonLabel = Callable[[str | None], str]


def labels(policy: Policy, language: str) -> ReasonLabel:
    """Reason codes in words, also those that the policy no longer offers."""
    known = {each.code: each for each in policy.reasons}

    def label(code: str | None) -> str:
        reason = known.get(code or "") or CANONICAL.get(code or "")
        return reason_label(reason, language) if reason is not None else (code or "")

    return label


@dataclass(frozen=True, slots=True)
class Box:
    """One request. `facts`: names and values to show; `sentences`: who decides, by when, what comes of it."""

    id: str
    tag: Tag
    title: str
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    retract: str | None
    retract_until: str | None
    steps: tuple[tuple[str, str], ...]


def units(parts: tuple[Part, ...]) -> int:
    return sum(part.quantity for part in parts)


def box(order: Order, request: Request, view: Mapping[str, Any], label: ReasonLabel, reader: Reader) -> Box:
    """The box of one request. `view` is the request as the API answers it (inform/views.py)."""
    keep = tuple(part for part in request.parts if part.state in STILL_OURS)
    return Box(
        id=request.id, tag=request_tag(order, request),
        title=text("Your withdrawal") if request.kind is Kind.WITHDRAWAL else text("Your cancellation"),
        facts=facts(order, request, label, reader), sentences=sentences(order, request, view, reader),
        retract=text("Keep my order") if keep and units(keep) == units(request.parts) else
        (text("Keep {items}", items=items(units(keep))) if keep else None),
        retract_until=retract_until(keep, reader), steps=next_steps(request),
    )


def facts(order: Order, request: Request, label: ReasonLabel, reader: Reader) -> tuple[tuple[str, str], ...]:
    """Asked, items, reason, comments, reference."""
    titles: dict[str, int] = {}
    for part in request.parts:
        title = order.line(part.line).title
        titles[title] = titles.get(title, 0) + part.quantity
    goods = "; ".join(f"{quantity} × {title}" for title, quantity in titles.items())
    rows = [
        (text("Asked"), text("{moment}, by {who}", moment=reader.moment(request.created_at), who=asker(request))),
        (text("Items"), goods),
        (text("Reason"), label(request.reason) if request.reason else text("Not given")),
    ]
    if request.comment:
        rows.append((text("Comments"), request.comment))
    rows.append((text("Reference"), request.id))
    return tuple((name, capital(value) if name == text("Asked") else value) for name, value in rows)


def asker(request: Request, staff: bool = False) -> str:
    names = {
        Role.CUSTOMER: text("the customer") if staff else text("you"),
        Role.MERCHANT: text("you") if staff else text("the shop"),
        Role.SUPPORT: text("support, on the customer's behalf") if staff else text("the shop, on your behalf"),
        Role.SELLER: text("the seller"), Role.PLATFORM: text("the shop's system"), Role.SYSTEM: text("the system"),
    }
    return names[request.asker.role]


def sentences(
    order: Order, request: Request, view: Mapping[str, Any], reader: Reader, *, staff: bool = False
) -> tuple[str, ...]:
    """Who decides and by when, what silence means, why not, what comes back and when."""
    told: list[str] = []
    for case in order.cases:
        if case.request == request.id and case.state is CaseState.OPEN:
            shop = text("The merchant") if staff else text("The shop")
            who = shop if case.answerer is Answerer.MERCHANT else text("The warehouse or seller")
            told.append(text("{who} answers by {moment}.", who=who, moment=reader.moment(case.answer_by)))
            silence = (SILENCE_STAFF if staff else SILENCE_WORDS)[case.on_silence]
            told.append(text("If nobody answers by then, {silence}.", silence=silence))
    for reason in dict.fromkeys(part.reason for part in request.parts if part.reason is not None):
        stopped = [part for part in request.parts if part.reason is reason]
        told.append(text("{items} could not be cancelled. {why}", items=capital(items(units(tuple(stopped)))),
                         why=DECLINE_WORDS[reason]))
        if (until := stopped[0].until) is not None:
            told.append(text("It was possible until {moment}.", moment=reader.moment(until)))
    told.extend(money_sentences(view["money"], reader, staff=staff))
    return tuple(told)


def money_sentences(money: Mapping[str, Any], reader: Reader, *, staff: bool = False) -> list[str]:
    """The amount, where it goes and when, in that order. Nothing at all where nothing comes back."""
    currency = str(money["currency"])
    told: list[str] = []
    if money["refund"]:
        amount = reader.money(money["refund"], currency)
        told.append(text("{amount} goes back the way it was paid.", amount=amount) if staff else
                    text("You get back {amount}, the way you paid.", amount=amount))
        told.append((WHEN_STAFF if staff else WHEN_WORDS)[str(money["when"])])
        if money.get("due_by"):
            told.append(text("At the latest on {day}.", day=reader.day(instant(money["due_by"]))))
    if money["void"]:
        told.append(text("{amount} were only reserved. They are not taken from your account.",
                         amount=reader.money(money["void"], currency)))
    if money.get("capture_limit") is not None and not money["refund"] and not money["void"]:
        limit = reader.money(money["capture_limit"], currency)
        told.append(text("No more than {amount} may still be taken.", amount=limit) if staff else
                    text("Your payment is only reserved: no more than {amount} is taken in the end.", amount=limit))
    if money["fee"]:
        told.append(text("The shop keeps a fee of {amount}.", amount=reader.money(money["fee"], currency)))
    return told


def instant(value: object) -> datetime:
    """A time of a view, which is text in an API answer and an instant in one that was never sent."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))


def retract_until(keep: tuple[Part, ...], reader: Reader) -> str | None:
    ends = [part.pivot_at for part in keep if part.state is PartState.APPROVED and part.pivot_at is not None]
    if not ends or min(ends) <= reader.now:
        return None
    return text("You can change your mind until {clock}.", clock=reader.clock(min(ends)))


def next_steps(request: Request) -> tuple[tuple[str, str], ...]:
    """What to do instead, each once: for parts that were declined and goods that come anyway."""
    wanted = [part.next_step for part in request.parts if part.next_step is not None]
    return tuple(NEXT_STEP_WORDS[step] for step in dict.fromkeys(wanted))
