"""A case and its end: an answer, more time, silence, escalation. One answer wins."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from countermand.decide.refusal import No, Refusal
from countermand.decide.take import on_its_way
from countermand.decide.units import change_parts, each_part, holds_units, move, split_part, with_part
from countermand.model.fulfilment import Control, Stage
from countermand.model.order import Order, with_case
from countermand.model.policy import PolicyBook, Terms
from countermand.model.request import (
    ANSWER_REASONS,
    Answerer,
    Case,
    CaseState,
    Decline,
    GoodsState,
    NextStep,
    Outcome,
    Part,
    PartState,
    Request,
    Silence,
    advance_goods,
    advance_part,
)


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What a holder says. `lines`: with an approval, the units that could be stopped; the rest is declined."""

    approve: bool
    reason: str | None = None
    lines: Mapping[str, int] | None = None


def parts_of_case(order: Order, case: Case) -> tuple[tuple[Request, Part], ...]:
    """The parts that a case asks about and that are still undecided."""
    return tuple(
        (request, part)
        for request, part in each_part(order)
        if part.case == case.id and part.state is PartState.AWAITING_APPROVAL
    )


def answer(
    order: Order, case_id: str, given: CaseAnswer, by: str, policies: PolicyBook, now: datetime
) -> Order | Refusal:
    """Take one answer once. Approving `lines` approves those units and declines the rest of the case."""
    case = order.case(case_id)
    if (refused := _not_open(case)) is not None:
        return refused
    waiting = parts_of_case(order, case)
    if (faults := _faults(given, waiting)) is not None:
        return faults
    decided = replace(
        case, state=CaseState.ANSWERED, answer="approve" if given.approve else "decline", reason=given.reason,
        answered_by=by, answered_at=now,
    )
    order = with_case(order, decided)
    reason = Decline(given.reason) if given.reason in set(Decline) else Decline.DECLINED_BY_HOLDER
    if not given.approve:
        return decline_parts(order, waiting, reason)
    cleared = case.answerer is Answerer.HOLDER
    wanted = dict(given.lines) if given.lines is not None else None
    for request, part in waiting:
        units = part.quantity if wanted is None else min(part.quantity, wanted.get(part.line, 0))
        if wanted is not None and units:
            wanted[part.line] -= units
        order = _answer_part(order, request, part, units, reason, policies, now, cleared=cleared)
    return order


def _answer_part(
    order: Order, request: Request, part: Part, units: int, reason: Decline, policies: PolicyBook,
    now: datetime, *, cleared: bool,
) -> Order:
    part = next(each for each in order.request(request.id).parts if each.number == part.number)
    if part.state is not PartState.AWAITING_APPROVAL:
        return order  # its group was declined by an earlier part of the same answer
    if units == 0 or (units < part.quantity and part.group is not None):
        return decline_parts(order, ((request, part),), reason)
    before = {each.number for each in order.request(request.id).parts}
    order, piece = split_part(order, request.id, part, units)
    order = approve_part(order, request, piece, policies, now, cleared=cleared)
    rest = [each for each in order.request(request.id).parts if each.number not in before]
    return decline_parts(order, tuple((request, each) for each in rest), reason)


def _not_open(case: Case) -> Refusal | None:
    match case.state:
        case CaseState.OPEN:
            return None
        case CaseState.ANSWERED:
            facts = {"answered_by": case.answered_by, "answered_at": case.answered_at, "answer": case.answer}
            return Refusal(No.CASE_ALREADY_ANSWERED, f"{case.answered_by} answered: {case.answer}.", facts)
        case CaseState.EXPIRED | CaseState.OVERTAKEN:
            return Refusal(No.CASE_CLOSED, f"The question is {case.state}.", {"state": case.state.value})


def _faults(given: CaseAnswer, waiting: tuple[tuple[Request, Part], ...]) -> Refusal | None:
    allowed = {*ANSWER_REASONS, Decline.DECLINED_BY_HOLDER}
    if given.reason is not None and given.reason not in allowed:
        known = ", ".join(sorted(reason.value for reason in allowed))
        return Refusal(No.BAD_FIELDS, "The reason is unknown.", {"reason": f"use one of {known}"})
    if given.lines is None:
        return None
    if not given.approve:
        return Refusal(No.BAD_FIELDS, "Lines go with approve.", {"lines": "leave it out when you decline"})
    asked: dict[str, int] = {}
    for _, part in waiting:
        asked[part.line] = asked.get(part.line, 0) + part.quantity
    for line, units in given.lines.items():
        if units > asked.get(line, 0):
            return Refusal(
                No.BAD_FIELDS, "More than was asked.", {"lines": f"line {line}: at most {asked.get(line, 0)} asked"}
            )
    return None


def approve_part(
    order: Order, request: Request, part: Part, policies: PolicyBook, now: datetime, *, cleared: bool
) -> Order:
    """A yes. `cleared`: it was the holder's own, so it is also the statement that the goods are stopped."""
    waits = part.pivot_at
    if not cleared and part.fulfilment_order is not None:
        holder = order.fulfilment_order(part.fulfilment_order)
        if holder.control is Control.NONE and holder.stage is not Stage.UNRELEASED:
            waits = max(waits or now, now) + terms_of_part(order, request, part, policies).stop_settle
    approved = advance_part(part, PartState.APPROVED)
    approved = replace(approved, outcome=Outcome.APPROVED, cleared=cleared, pivot_at=waits)
    return with_part(order, request.id, approved)


def terms_of_part(order: Order, request: Request, part: Part, policies: PolicyBook) -> Terms:
    """The terms that a part met: of the request's policy version, its seller, country and tags."""
    line = order.line(part.line)
    return policies.version(request.policy_version).terms_for(line.seller, order.ship_to.country, line.tags)


def decline_parts(order: Order, chosen: tuple[tuple[Request, Part], ...], reason: Decline) -> Order:
    """A no for these parts: their units are open again, and whoever stands or falls with them is declined too."""

    def decline(order: Order, request: Request, part: Part) -> Order:
        if part.state not in (PartState.AWAITING_APPROVAL, PartState.APPROVED):
            return order
        order = let_go(order, part)
        declined = replace(
            advance_part(part, PartState.DECLINED), outcome=Outcome.DECLINED, reason=reason,
            next_step=NextStep.REFUSE_ON_DELIVERY,
        )
        late = on_its_way(advance_goods(declined, GoodsState.TOO_LATE), Stage.UNRELEASED)
        return decline_group(with_part(order, request.id, late), request, late)

    return close_idle_cases(change_parts(order, chosen, decline))


def decline_group(order: Order, request: Request, part: Part) -> Order:
    """One no declines the whole group: what is not past the pivot goes back to open."""
    if part.group is None:
        return order
    others = [
        (request, each)
        for each in order.request(request.id).parts
        if each.group == part.group and each.state in (PartState.AWAITING_APPROVAL, PartState.APPROVED)
    ]

    def decline(order: Order, request: Request, other: Part) -> Order:
        order = let_go(order, other)
        all_of_it = Decline.ALL_OR_NOTHING if request.all_or_nothing else Decline.BUNDLE_INDIVISIBLE
        declined = replace(advance_part(other, PartState.DECLINED), outcome=Outcome.DECLINED, reason=all_of_it)
        return with_part(order, request.id, advance_goods(declined, GoodsState.RELEASED))

    return change_parts(order, others, decline)


def let_go(order: Order, part: Part) -> Order:
    """The units a part holds are open again."""
    if not holds_units(part) or part.fulfilment_order is None:
        return order
    return move(order, part.fulfilment_order, part.line, part.quantity, "held", "open")


def close_idle_cases(order: Order) -> Order:
    """A case that asks about nothing any more is overtaken."""
    for case in order.cases:
        if case.state is CaseState.OPEN and not parts_of_case(order, case):
            order = with_case(order, replace(case, state=CaseState.OVERTAKEN))
    return order


def more_time(order: Order, case_id: str, policies: PolicyBook) -> Order | Refusal:
    """Move the deadline once, by the policy's extra time."""
    case = order.case(case_id)
    if (refused := _not_open(case)) is not None:
        return refused
    waiting = parts_of_case(order, case)
    extra = max(terms_of_part(order, request, part, policies).extra_time for request, part in waiting)
    if case.extended or not extra:
        return Refusal(No.NO_MORE_TIME, "More time is given once, and only if the policy has it.")
    return _move_deadline(order, replace(case, extended=True, answer_by=case.answer_by + extra))


def _move_deadline(order: Order, case: Case) -> Order:
    order = with_case(order, case)
    for request, part in parts_of_case(order, case):
        order = with_part(order, request.id, replace(part, answer_by=case.answer_by, on_silence=case.on_silence))
    return order


def expire(order: Order, policies: PolicyBook, now: datetime) -> Order:
    """What silence means, for each case whose deadline has passed; an escalated one may pass its second as well."""
    for case in order.cases:
        while case.state is CaseState.OPEN and case.answer_by <= now:
            order = _silence(order, case, policies)
            case = order.case(case.id)
    return order


def _silence(order: Order, case: Case, policies: PolicyBook) -> Order:
    waiting = parts_of_case(order, case)
    match case.on_silence:
        case Silence.ESCALATE:
            length = max(terms_of_part(order, request, part, policies).escalate_for for request, part in waiting)
            final = Silence.DECLINE if case.final_default is Silence.ESCALATE else case.final_default
            return _move_deadline(order, replace(
                case, answerer=Answerer.MERCHANT, escalated=True, answer_by=case.answer_by + length, on_silence=final,
            ))
        case Silence.APPROVE:
            order = with_case(order, replace(case, state=CaseState.EXPIRED))
            for request, part in waiting:
                order = approve_part(order, request, part, policies, case.answer_by, cleared=False)
            return order
        case Silence.DECLINE:
            order = with_case(order, replace(case, state=CaseState.EXPIRED))
            return decline_parts(order, waiting, Decline.ANSWER_OVERDUE)
