"""The page after a request, in its variants: cancelled, requested, too late, kept. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.dates import format_skeleton

from countermand.decide.shown import request_state
from countermand.model.order import Order
from countermand.model.policy import Policy
from countermand.model.request import Answerer, CaseState, Decline, GoodsState, Kind, PartState, Request, RequestState
from countermand.web.pages.goods import tally
from countermand.web.pages.look import DECLINE_WORDS
from countermand.web.pages.requests import Box, ReasonLabel, box, units
from countermand.web.pages.words import Reader, items, masked, plural, text

AGAIN_SECONDS = 5
GONE = frozenset({GoodsState.STOPPED, GoodsState.NOT_NEEDED})


@dataclass(frozen=True, slots=True)
class Mark:
    """The postmark. `look`: "" (ink, with waves), "wait", "quiet" or "check"."""

    ring: str
    first: str
    second: str
    look: str = ""

    @property
    def waves(self) -> bool:
        return not self.look


@dataclass(frozen=True, slots=True)
class ResultPage:
    """`again`: seconds after which the page looks again, while the outcome is still open."""

    says: str
    lede: str
    mark: Mark
    box: Box
    written_to: str | None
    instructions: str | None
    again: int | None


def result_page(
    order: Order, request: Request, view: Mapping[str, Any], label: ReasonLabel, policy: Policy, reader: Reader,
    shop: str,
) -> ResultPage:
    says, lede, look, moment = _words(order, request, reader)
    ring = text("{shop} · ORDER {number} ·", shop=shop.upper()[:14], number=order.number[:10])
    day = str(format_skeleton("MMMd", moment, locale=reader.locale)).upper()
    hour = reader.clock(moment).partition(" ")[0]
    waiting = request_state(request) in (RequestState.AWAITING_APPROVAL, RequestState.EXECUTING)
    return ResultPage(
        says, lede, Mark(ring, hour if look == "wait" else day, day if look == "wait" else hour, look),
        box(order, request, view, label, reader), masked(order.customer.email),
        policy.return_instructions.get(reader.language) or policy.return_instructions.get("en"),
        AGAIN_SECONDS * 6 if waiting else None,
    )


def _words(order: Order, request: Request, reader: Reader) -> tuple[str, str, str, Any]:
    """The sentence, the line below it, the postmark's look and the instant on it."""
    state = request_state(request)
    live = tuple(part for part in request.parts if part.state not in (PartState.DECLINED, PartState.RETRACTED))
    if state is RequestState.RETRACTED:
        lede = text("Your request was taken back. Everything ships as planned.")
        return text("You keep your order"), lede, "quiet", request.created_at
    if not live:
        return (*_declined(request), "quiet", request.created_at)
    if state is RequestState.AWAITING_APPROVAL:
        return _asked(order, request, reader)
    if request.kind is Kind.WITHDRAWAL:
        lede = text("We received your statement: {moment}.", moment=reader.moment(request.created_at))
        return text("You have withdrawn from the contract"), lede, "", request.created_at
    if all(part.goods in GONE for part in live):
        now = tally(order)
        if now.cancelled == now.quantity:
            return text("Your order is cancelled"), text("Nothing will be sent."), "", request.created_at
        says = plural(units(live), "{n} item is cancelled", "{n} items are cancelled")
        return says, text("The rest of your order ships as planned."), "", request.created_at
    if any(part.goods is GoodsState.STRAY for part in live):
        return text("Refuse the parcel that is on its way"), text(
            "It should not have come. Refuse it at the door: you pay nothing."), "quiet", request.created_at
    return _held(request, reader)


def _declined(request: Request) -> tuple[str, str]:
    reason = request.parts[0].reason
    if reason is Decline.ALREADY_DESPATCHED:
        lede = text("So we could not cancel it. You can still get your money back.")
        return text("Your order has already shipped"), lede
    why = DECLINE_WORDS[reason] if reason is not None else ""
    return text("We could not cancel this"), why


def _asked(order: Order, request: Request, reader: Reader) -> tuple[str, str, str, Any]:
    cases = [case for case in order.cases if case.request == request.id and case.state is CaseState.OPEN]
    due = min((case.answer_by for case in cases), default=request.created_at)
    shop = bool(cases) and all(case.answerer is Answerer.MERCHANT for case in cases)
    says = text("We asked the shop to agree") if shop else text("We asked the warehouse to stop your order")
    return says, text("You will hear by {moment}.", moment=reader.moment(due)), "wait", due


def _held(request: Request, reader: Reader) -> tuple[str, str, str, Any]:
    approved = [part for part in request.parts if part.state is PartState.APPROVED and part.pivot_at is not None]
    many = items(units(tuple(part for part in request.parts if part.state is not PartState.DECLINED)))
    if approved:
        ends = min(part.pivot_at for part in approved if part.pivot_at is not None)
        return text("Cancellation requested"), text(
            "{items} on hold. We cancel at {clock}; until then you can change your mind.", items=many,
            clock=reader.clock(ends)), "wait", ends
    return text("Cancellation requested"), text(
        "{items} on hold. We write to you as soon as the goods are known to be stopped.", items=many), "wait", \
        request.created_at
