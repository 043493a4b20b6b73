"""Take a request into the order: its parts, the units they hold, the cases it opens."""

from dataclasses import replace
from datetime import datetime

from countermand.decide.candidates import Fate
from countermand.decide.decision import Approve, AskApproval, Declined, PartDecision, decide, group_of, terms_of
from countermand.decide.fees import nominal_fee
from countermand.decide.refusal import No, Refusal
from countermand.decide.units import move_all, units_of
from countermand.model.fulfilment import Control, Stage
from countermand.model.ids import child_id
from countermand.model.order import Order, with_case, with_request
from countermand.model.policy import Fault, Policy
from countermand.model.request import (
    Ask,
    Case,
    CaseState,
    Decline,
    GoodsState,
    Kind,
    Outcome,
    Part,
    PartState,
    Request,
    Role,
    advance_goods,
)

LATE = frozenset({Decline.ALREADY_DESPATCHED, Decline.TOO_LATE})
"""Declined because the goods were too far: they can still be refused at the door."""


def take(order: Order, ask: Ask, policy: Policy, request_id: str, now: datetime) -> Order | Refusal:
    """The order with the request decided and its units held. Nothing moves past the pivot here: see conclude.py."""
    decisions = decide(order, ask, policy, now)
    if not decisions:
        return Refusal(No.NOTHING_TO_CANCEL, "No unit of this order is open, held or despatched.")
    parts = tuple(
        _part(number, decision, order, ask, policy, request_id, now)
        for number, decision in enumerate(decisions, start=1)
    )
    request = Request(
        request_id, ask.kind, ask.asker, ask.reason, ask.comment, policy.version, now, parts, ask.all_or_nothing
    )
    order = with_request(order, request)
    taken = (
        part
        for decision, part in zip(decisions, parts, strict=True)
        if decision.candidate.fate is Fate.OPEN and not isinstance(decision, Declined)
    )
    order = move_all(order, units_of(taken), "open", "held")
    return _with_cases(order, request, decisions, policy, now)


def _part(
    number: int, decision: PartDecision, order: Order, ask: Ask, policy: Policy, request_id: str, now: datetime
) -> Part:
    candidate = decision.candidate
    holder = candidate.fulfilment_order
    base = Part(
        number, candidate.line.id, holder.id if holder else None, candidate.quantity, Outcome.APPROVED,
        PartState.APPROVED, GoodsState.HOLD_REQUESTED, candidate.stage,
        group=group_of(candidate, ask), restock=candidate.restock,
    )
    match decision:
        case Approve() if candidate.fate is Fate.DESPATCHED:
            return on_its_way(replace(base, state=PartState.EXECUTING, goods=GoodsState.TOO_LATE), candidate.stage)
        case Approve():
            pivot_at = _pivot_at(base, decision, order, ask, policy, now)
            return replace(_with_fee(base, decision, order, ask, policy), pivot_at=pivot_at)
        case AskApproval():
            assert holder is not None, "only goods that somebody holds are asked about"
            return replace(
                _with_fee(base, decision, order, ask, policy),
                outcome=Outcome.AWAITING_APPROVAL, state=PartState.AWAITING_APPROVAL,
                answer_by=decision.answer_by, on_silence=decision.on_silence,
                pivot_at=_pivot_at(base, decision, order, ask, policy, now),
            )
        case Declined():
            declined = replace(
                base, outcome=Outcome.DECLINED, state=PartState.DECLINED, goods=GoodsState.NOT_NEEDED,
                reason=decision.reason, until=decision.until, next_step=decision.next_step,
            )
            if decision.reason not in LATE:
                return declined
            return on_its_way(replace(declined, goods=GoodsState.TOO_LATE), candidate.stage)


def on_its_way(part: Part, stage: Stage) -> Part:
    """A part whose goods are too far: refuse them at the door, or, once they arrived, send them back."""
    part = advance_goods(part, GoodsState.REFUSE_ON_DELIVERY_ADVISED)
    return advance_goods(part, GoodsState.DELIVERED) if stage is Stage.DELIVERED else part


def _with_fee(part: Part, decision: PartDecision, order: Order, ask: Ask, policy: Policy) -> Part:
    if ask.kind is Kind.WITHDRAWAL:
        return part
    terms = terms_of(decision.candidate, order, policy)
    fixed, percent = nominal_fee(order, part.line, part.quantity, part.stage, terms, fault_of(ask, policy))
    return replace(part, fee_fixed=fixed, fee_percent=percent)


def fault_of(ask: Ask, policy: Policy) -> Fault:
    """Whose doing it is: the reason says so; without one it is whoever asks."""
    for reason in policy.reasons:
        if reason.code == ask.reason:
            return reason.fault
    return Fault.CUSTOMER if ask.asker.role in (Role.CUSTOMER, Role.SUPPORT) else Fault.MERCHANT


def _pivot_at(
    part: Part, decision: PartDecision, order: Order, ask: Ask, policy: Policy, now: datetime
) -> datetime | None:
    """When the grace period is over, and a silent holder's late report would have come. None = no waiting."""
    terms = terms_of(decision.candidate, order, policy)
    ready = now if ask.kind is Kind.WITHDRAWAL else now + terms.grace
    holder = decision.candidate.fulfilment_order
    silent = holder is not None and holder.control is Control.NONE and part.stage is not Stage.UNRELEASED
    if silent and isinstance(decision, Approve):
        ready += terms.stop_settle
    return ready if ready > now else None


def _with_cases(
    order: Order, request: Request, decisions: tuple[PartDecision, ...], policy: Policy, now: datetime
) -> Order:
    """Open one case per fulfilment order that must be asked. The holder is asked before the merchant."""
    asked: dict[str, AskApproval] = {}
    for decision in decisions:
        if isinstance(decision, AskApproval) and decision.candidate.fulfilment_order is not None:
            key = decision.candidate.fulfilment_order.id
            known = asked.get(key)
            if known is None or decision.answerer < known.answerer:
                asked[key] = decision
    parts = request.parts
    for number, (fulfilment_order, decision) in enumerate(asked.items(), start=1):
        terms = terms_of(decision.candidate, order, policy)
        case = Case(
            child_id("ca", request.id, number), request.id, fulfilment_order,
            order.fulfilment_order(fulfilment_order).holder, decision.answerer, CaseState.OPEN, now,
            decision.answer_by, decision.on_silence, terms.final_default,
        )
        order = with_case(order, case)
        parts = tuple(
            replace(part, case=case.id, answer_by=case.answer_by, on_silence=case.on_silence)
            if part.state is PartState.AWAITING_APPROVAL and part.fulfilment_order == fulfilment_order
            else part
            for part in parts
        )
    return with_request(order, replace(request, parts=parts))
