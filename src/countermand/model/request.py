"""A cancellation request, its parts and its cases; the decision and goods tracks, one table each."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from countermand.model.fulfilment import Stage


class Role(StrEnum):
    CUSTOMER = "customer"
    MERCHANT = "merchant"
    SUPPORT = "support"
    SELLER = "seller"
    PLATFORM = "platform"
    SYSTEM = "system"


class Kind(StrEnum):
    CANCELLATION = "cancellation"
    WITHDRAWAL = "withdrawal"


class Outcome(StrEnum):
    APPROVED = "approved"
    AWAITING_APPROVAL = "awaiting_approval"
    DECLINED = "declined"


class PartState(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    EXECUTING = "executing"
    NEEDS_ATTENTION = "needs_attention"
    COMPLETED = "completed"
    DECLINED = "declined"
    RETRACTED = "retracted"


NEXT_PART: dict[PartState, frozenset[PartState]] = {
    PartState.AWAITING_APPROVAL: frozenset({PartState.APPROVED, PartState.DECLINED, PartState.RETRACTED}),
    PartState.APPROVED: frozenset({PartState.EXECUTING, PartState.RETRACTED, PartState.DECLINED}),
    PartState.EXECUTING: frozenset({PartState.COMPLETED, PartState.DECLINED, PartState.NEEDS_ATTENTION}),
    PartState.NEEDS_ATTENTION: frozenset({PartState.EXECUTING, PartState.COMPLETED, PartState.DECLINED}),
    PartState.COMPLETED: frozenset({PartState.NEEDS_ATTENTION}),  # a refund fails days later
    PartState.DECLINED: frozenset({PartState.EXECUTING}),  # too late, but the goods came back
    PartState.RETRACTED: frozenset(),
}

LIVE = frozenset(
    {PartState.AWAITING_APPROVAL, PartState.APPROVED, PartState.EXECUTING, PartState.NEEDS_ATTENTION,
     PartState.COMPLETED}
)
"""Parts that count when a request's money is replayed: neither declined nor retracted."""


class GoodsState(StrEnum):
    NOT_NEEDED = "not_needed"
    HOLD_REQUESTED = "hold_requested"
    HOLD_CONFIRMED = "hold_confirmed"
    STOP_REQUESTED = "stop_requested"
    STOPPED = "stopped"
    RELEASED = "released"
    TOO_LATE = "too_late"
    REFUSE_ON_DELIVERY_ADVISED = "refuse_on_delivery_advised"
    REFUSED = "refused"
    RETURNING = "returning"
    RETURNED = "returned"
    DELIVERED = "delivered"
    KEPT = "kept"
    LOST = "lost"
    STRAY = "stray"


NEXT_GOODS: dict[GoodsState, frozenset[GoodsState]] = {
    GoodsState.NOT_NEEDED: frozenset(),
    GoodsState.HOLD_REQUESTED: frozenset(
        {GoodsState.HOLD_CONFIRMED, GoodsState.STOP_REQUESTED, GoodsState.STOPPED, GoodsState.RELEASED,
         GoodsState.TOO_LATE}
    ),
    GoodsState.HOLD_CONFIRMED: frozenset(
        {GoodsState.STOP_REQUESTED, GoodsState.STOPPED, GoodsState.RELEASED, GoodsState.TOO_LATE}
    ),
    GoodsState.STOP_REQUESTED: frozenset({GoodsState.STOPPED, GoodsState.TOO_LATE}),
    GoodsState.TOO_LATE: frozenset({GoodsState.REFUSE_ON_DELIVERY_ADVISED}),
    GoodsState.REFUSE_ON_DELIVERY_ADVISED: frozenset(
        {GoodsState.REFUSED, GoodsState.DELIVERED, GoodsState.RETURNING, GoodsState.RETURNED, GoodsState.LOST}
    ),
    GoodsState.REFUSED: frozenset({GoodsState.RETURNING, GoodsState.RETURNED, GoodsState.LOST}),
    GoodsState.RETURNING: frozenset({GoodsState.RETURNED, GoodsState.LOST}),
    GoodsState.DELIVERED: frozenset(
        {GoodsState.REFUSED, GoodsState.RETURNING, GoodsState.RETURNED, GoodsState.KEPT}
    ),
    GoodsState.KEPT: frozenset({GoodsState.RETURNING, GoodsState.RETURNED}),
    GoodsState.LOST: frozenset({GoodsState.RETURNED}),
    GoodsState.STOPPED: frozenset({GoodsState.STRAY}),
    GoodsState.STRAY: frozenset(
        {GoodsState.REFUSED, GoodsState.DELIVERED, GoodsState.RETURNING, GoodsState.RETURNED, GoodsState.LOST}
    ),
    GoodsState.RELEASED: frozenset(),
    GoodsState.RETURNED: frozenset(),
}


class NextStep(StrEnum):
    """The next best thing for whoever was told no."""

    REFUSE_ON_DELIVERY = "refuse_on_delivery"
    RETURN_ON_ARRIVAL = "return_on_arrival"
    CONTACT_SHOP = "contact_shop"
    CONTACT_SELLER = "contact_seller"
    CANCEL_WHOLE_ORDER = "cancel_whole_order"
    CANCEL_WHOLE_SET = "cancel_whole_set"
    WAIT_FOR_ANSWER = "wait_for_answer"


class Decline(StrEnum):
    """Why a part was declined. The list is closed: people read it and integrations switch on it."""

    WINDOW_CLOSED = "window_closed"
    TOO_LATE = "too_late"
    ALREADY_DESPATCHED = "already_despatched"
    ALREADY_REQUESTED = "already_requested"
    NOT_ENOUGH_LEFT = "not_enough_left"
    PARTIAL_NOT_ALLOWED = "partial_not_allowed"
    ASKER_NOT_ALLOWED = "asker_not_allowed"
    NOT_CANCELLABLE = "not_cancellable"
    BUNDLE_INDIVISIBLE = "bundle_indivisible"
    ALL_OR_NOTHING = "all_or_nothing"
    DECLINED_BY_HOLDER = "declined_by_holder"
    ANSWER_OVERDUE = "answer_overdue"
    ALREADY_PACKED = "already_packed"
    LOADED = "loaded"
    HANDED_TO_CARRIER = "handed_to_carrier"
    CANNOT_REACH = "cannot_reach"
    OTHER = "other"
    EXEMPT_PERSONALISED = "exempt_personalised"
    EXEMPT_PERISHABLE = "exempt_perishable"
    EXEMPT_SEALED_HYGIENE = "exempt_sealed_hygiene"
    EXEMPT_SEALED_MEDIA = "exempt_sealed_media"
    EXEMPT_DIGITAL_STARTED = "exempt_digital_started"
    EXEMPT_DATED_SERVICE = "exempt_dated_service"
    EXEMPT_PRICE_FLUCTUATES = "exempt_price_fluctuates"
    SELF_SERVICE_OFF = "self_service_off"


ANSWER_REASONS = (
    Decline.ALREADY_PACKED, Decline.LOADED, Decline.HANDED_TO_CARRIER, Decline.CANNOT_REACH, Decline.OTHER,
)


class Silence(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. `channel` (phone, email, chat) is recorded when support asks on somebody's behalf."""

    role: Role
    name: str | None = None
    id: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many units of one line. `restock`: None = by policy; False = never put back for sale."""

    line: str
    quantity: int
    restock: bool | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for, before it is decided. `lines` None = every unit open or despatched.

    `recent`: how many requests the same customer made within the policy's velocity period; a fact from outside.
    """

    asker: Asker
    kind: Kind = Kind.CANCELLATION
    lines: tuple[Wanted, ...] | None = None
    reason: str | None = None
    comment: str | None = None
    all_or_nothing: bool = False
    recent: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One (line, fulfilment order, outcome) of a request. `number` is unique in the request, from 1.

    `group`: parts of one group stand or fall together (all_or_nothing, an indivisible bundle). `stage`: where the
    goods were when it was decided. `fee_fixed`, `fee_percent`: nominal fees in minor units, set at the decision;
    what is kept of them follows from the money (decide/settlement.py). `pivot_at`: when the grace period ends, or
    when a silent holder's late report must have arrived. `cleared`: the holder said yes to this very case.
    `returned`: units of this part that came back.
    """

    number: int
    line: str
    fulfilment_order: str | None
    quantity: int
    outcome: Outcome
    state: PartState
    goods: GoodsState
    stage: Stage
    reason: Decline | None = None
    until: datetime | None = None
    next_step: NextStep | None = None
    answer_by: datetime | None = None
    on_silence: Silence | None = None
    case: str | None = None
    group: str | None = None
    restock: bool = True
    fee_fixed: int = 0
    fee_percent: int = 0
    pivot_at: datetime | None = None
    cleared: bool = False
    returned: int = 0


class CaseState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"


class Answerer(StrEnum):
    HOLDER = "holder"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class Case:
    """The question put to whoever holds the goods: one per request and fulfilment order.

    `escalated`: the merchant became the answerer, once; then `final_default` is what silence means.
    """

    id: str
    request: str
    fulfilment_order: str
    holder: str
    answerer: Answerer
    state: CaseState
    opened_at: datetime
    answer_by: datetime
    on_silence: Silence
    final_default: Silence = Silence.DECLINE
    escalated: bool = False
    extended: bool = False
    answer: str | None = None
    reason: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A cancellation request with its parts. Its state and its money are computed, never stored."""

    id: str
    kind: Kind
    asker: Asker
    reason: str | None
    comment: str | None
    policy_version: int
    created_at: datetime
    parts: tuple[Part, ...]
    all_or_nothing: bool = False
    due_at: datetime | None = None
    """When the runner must look at it next; None = nothing is waiting for time."""


class IllegalTransition(Exception):
    """A pair that no table has: our own mistake, never the caller's."""


def advance_part(part: Part, to: PartState) -> Part:
    """The part in its next state on the decision track."""
    return advance(part, to)


def advance_goods(part: Part, *way: GoodsState) -> Part:
    """The part after walking the goods track along `way`, each pair checked."""
    return advance(part, None, *way)


def advance(part: Part, to: PartState | None, *way: GoodsState) -> Part:
    """The part on both tracks at once: in the state `to` (None = as it is), and along `way` with its goods."""
    if to is not None and to not in NEXT_PART[part.state]:
        raise IllegalTransition(f"part {part.number}: {part.state} -> {to}")
    goods = part.goods
    for place in way:
        if place not in NEXT_GOODS[goods]:
            raise IllegalTransition(f"part {part.number}: goods {goods} -> {place}")
        goods = place
    return replace(part, state=to or part.state, goods=goods)


class RequestState(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    EXECUTING = "executing"
    NEEDS_ATTENTION = "needs_attention"
    COMPLETED = "completed"
    DECLINED = "declined"
    RETRACTED = "retracted"


def folded_state(states: frozenset[PartState]) -> RequestState:
    """A request's state from the states of its parts (DESIGN section 3); nothing stores it as its own truth."""
    if PartState.AWAITING_APPROVAL in states:
        return RequestState.AWAITING_APPROVAL
    if states & {PartState.APPROVED, PartState.EXECUTING}:
        return RequestState.EXECUTING
    if PartState.NEEDS_ATTENTION in states:
        return RequestState.NEEDS_ATTENTION
    if PartState.COMPLETED in states:
        return RequestState.COMPLETED
    return RequestState.RETRACTED if PartState.RETRACTED in states else RequestState.DECLINED
