"""The one function that decides: an explained answer for each part of a request."""

from dataclasses import dataclass
from datetime import datetime

from countermand.decide.candidates import Candidate, Fate, candidates, despatched_at
from countermand.decide.withdrawal import decide_withdrawal
from countermand.model.fulfilment import Stage
from countermand.model.order import Order, counts
from countermand.model.policy import Policy, Terms
from countermand.model.request import Answerer, Ask, Decline, Kind, NextStep, Role, Silence

GUESTS = frozenset({Role.CUSTOMER, Role.SUPPORT})
"""Askers whom the shop's window binds; support speaks for the customer."""

BOUND = frozenset({Role.CUSTOMER, Role.SUPPORT, Role.SELLER})
"""Askers whom the merchant's other limits bind; the merchant and the platform set them."""


@dataclass(frozen=True, slots=True)
class Approve:
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class AskApproval:
    """Somebody must say yes. `answerer` is the holder of the goods, or the merchant where a soft limit was met."""

    candidate: Candidate
    answerer: Answerer
    answer_by: datetime
    on_silence: Silence


@dataclass(frozen=True, slots=True)
class Declined:
    """No. `until`: when it stopped being possible; `next_step`: the best thing to do now."""

    candidate: Candidate
    reason: Decline
    until: datetime | None = None
    next_step: NextStep | None = None


PartDecision = Approve | AskApproval | Declined


def decide(order: Order, ask: Ask, policy: Policy, now: datetime) -> tuple[PartDecision, ...]:
    """One explained answer for each part (a line at one fulfilment order), earliest stage first."""
    wanted = candidates(order, ask)
    if ask.kind is Kind.WITHDRAWAL:
        answers = tuple(_withdraw(each) for each in wanted)
    else:
        whole = _is_whole(order, wanted)
        dear = _value(wanted)
        answers = tuple(decide_part(each, order, ask, policy, now, whole=whole, value=dear) for each in wanted)
    return _together(answers, order, ask, policy, now)


def decide_part(
    candidate: Candidate, order: Order, ask: Ask, policy: Policy, now: datetime, *, whole: bool, value: int
) -> PartDecision:
    """The answer for one candidate of a cancellation. `value`: of all goods asked for, in minor units."""
    terms = terms_of(candidate, order, policy)
    if (already := _spoken_for(candidate, order)) is not None:
        return already
    if (barred := _barred(candidate, order, ask, terms, now, whole=whole)) is not None:
        return barred
    stage = candidate.stage
    soft = _over_soft_limit(ask, terms, value)
    if terms.automatic_until is not None and stage.rank <= terms.automatic_until.rank:
        if not soft:
            return Approve(candidate)
        return AskApproval(candidate, Answerer.MERCHANT, now + terms.answer_within, terms.on_silence)
    if terms.ask_until is None or stage.rank > terms.ask_until.rank:
        since = candidate.fulfilment_order.stage_since if candidate.fulfilment_order else None
        return Declined(candidate, Decline.TOO_LATE, since, NextStep.REFUSE_ON_DELIVERY)
    return AskApproval(candidate, Answerer.HOLDER, now + terms.answer_within, terms.on_silence)


def terms_of(candidate: Candidate, order: Order, policy: Policy) -> Terms:
    """The terms of the candidate's seller, the order's country and the line's tags."""
    return policy.terms_for(candidate.line.seller, order.ship_to.country, candidate.line.tags)


def _spoken_for(candidate: Candidate, order: Order) -> Declined | None:
    match candidate.fate:
        case Fate.MISSING:
            return Declined(candidate, Decline.NOT_ENOUGH_LEFT)
        case Fate.HELD:
            return Declined(candidate, Decline.ALREADY_REQUESTED, next_step=NextStep.WAIT_FOR_ANSWER)
        case Fate.DESPATCHED:
            arrived = candidate.stage is Stage.DELIVERED
            step = NextStep.RETURN_ON_ARRIVAL if arrived else NextStep.REFUSE_ON_DELIVERY
            assert candidate.fulfilment_order is not None, "despatched units left from somewhere"
            since = despatched_at(order, candidate.fulfilment_order.id)
            return Declined(candidate, Decline.ALREADY_DESPATCHED, since, step)
        case Fate.OPEN:
            return None


def _barred(
    candidate: Candidate, order: Order, ask: Ask, terms: Terms, now: datetime, *, whole: bool
) -> Declined | None:
    """Is there a rule of the merchant's that says no, whatever the stage?"""
    contact = NextStep.CONTACT_SELLER if candidate.line.seller else NextStep.CONTACT_SHOP
    role = ask.asker.role
    if role in BOUND and order.quarantined is not None:
        return Declined(candidate, Decline.SELF_SERVICE_OFF, next_step=contact)
    if role not in terms.askers:
        return Declined(candidate, Decline.ASKER_NOT_ALLOWED, next_step=contact)
    if role in BOUND and not terms.cancellable:
        return Declined(candidate, Decline.NOT_CANCELLABLE, next_step=contact)
    closes_at = order.placed_at + terms.window if terms.window is not None else None
    if role in GUESTS and closes_at is not None and now >= closes_at:
        return Declined(candidate, Decline.WINDOW_CLOSED, closes_at, contact)
    if role in BOUND and not terms.partial_allowed and not whole:
        return Declined(candidate, Decline.PARTIAL_NOT_ALLOWED, next_step=NextStep.CANCEL_WHOLE_ORDER)
    return None


def _over_soft_limit(ask: Ask, terms: Terms, value: int) -> bool:
    if ask.asker.role not in BOUND:
        return False
    too_dear = terms.value_limit is not None and value > terms.value_limit
    too_often = terms.velocity_limit is not None and ask.recent >= terms.velocity_limit
    return too_dear or too_often


def _is_whole(order: Order, wanted: tuple[Candidate, ...]) -> bool:
    """Does it take every unit of the order that is still open?"""
    taken = sum(each.quantity for each in wanted if each.fate is Fate.OPEN)
    tallies = [counts(order, line.id) for line in order.lines]
    return taken == sum(each.open for each in tallies) and all(each.despatched + each.held == 0 for each in tallies)


def _value(wanted: tuple[Candidate, ...]) -> int:
    return sum(each.line.unit_price * each.quantity for each in wanted if each.fate is Fate.OPEN)


def _withdraw(candidate: Candidate) -> PartDecision:
    refused = decide_withdrawal(candidate)
    if refused is None:
        return Approve(candidate)
    return Declined(candidate, refused, next_step=NextStep.WAIT_FOR_ANSWER if candidate.fate is Fate.HELD else None)


def group_of(candidate: Candidate, ask: Ask) -> str | None:
    """Which parts stand or fall together: all of them, or the lines of an indivisible set."""
    if ask.all_or_nothing:
        return "all"
    bundle = candidate.line.bundle
    return f"set:{bundle.id}" if bundle is not None and not bundle.divisible else None


def _together(
    answers: tuple[PartDecision, ...], order: Order, ask: Ask, policy: Policy, now: datetime
) -> tuple[PartDecision, ...]:
    """In a group one no declines all, and if one must be asked, all are."""
    answers = tuple(_whole_set(each, answers, order) for each in answers)
    groups: dict[str, list[PartDecision]] = {}
    for each in answers:
        if (group := group_of(each.candidate, ask)) is not None:
            groups.setdefault(group, []).append(each)

    def joined(answer: PartDecision) -> PartDecision:
        members = groups.get(group_of(answer.candidate, ask) or "", [])
        if any(isinstance(each, Declined) for each in members) and not isinstance(answer, Declined):
            if ask.all_or_nothing:
                return Declined(answer.candidate, Decline.ALL_OR_NOTHING)
            return Declined(answer.candidate, Decline.BUNDLE_INDIVISIBLE, next_step=NextStep.CONTACT_SHOP)
        if isinstance(answer, Approve) and any(isinstance(each, AskApproval) for each in members):
            terms = terms_of(answer.candidate, order, policy)
            return AskApproval(answer.candidate, Answerer.HOLDER, now + terms.answer_within, terms.on_silence)
        return answer

    return tuple(joined(each) for each in answers)


def _whole_set(answer: PartDecision, answers: tuple[PartDecision, ...], order: Order) -> PartDecision:
    """An indivisible set goes whole: every line of it in the same proportion, or not at all."""
    bundle = answer.candidate.line.bundle
    if bundle is None or bundle.divisible or isinstance(answer, Declined):
        return answer
    asked = {line.id: 0 for line in order.lines if line.bundle is not None and line.bundle.id == bundle.id}
    for each in answers:
        if each.candidate.line.id in asked:
            asked[each.candidate.line.id] += each.candidate.quantity
    first = answer.candidate.line
    if all(asked[each] * first.quantity == asked[first.id] * order.line(each).quantity for each in asked):
        return answer
    return Declined(answer.candidate, Decline.BUNDLE_INDIVISIBLE, next_step=NextStep.CANCEL_WHOLE_SET)
