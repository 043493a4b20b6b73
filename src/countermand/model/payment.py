"""Payments, and the duties to give money back: the money track with its one transition table."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PaymentState(StrEnum):
    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"
    ON_DELIVERY = "on_delivery"
    ON_ACCOUNT = "on_account"


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of an order; amounts in minor units of the order's currency.

    `released`: authorisation let go uncaptured. `refunded_apart`: refunded before anything was cancelled, so it
    belongs to no request. `captured_at`: of the newest capture (the newest is refunded first). `counted`: provider
    references of refunds already counted, so that a second notice of one refund counts nothing.
    """

    id: str
    provider: str
    reference: str | None
    state: PaymentState
    authorised: int = 0
    captured: int = 0
    refunded: int = 0
    charged_back: int = 0
    released: int = 0
    refunded_apart: int = 0
    disputed: bool = False
    captured_at: datetime | None = None
    method: str | None = None
    counted: tuple[str, ...] = ()

    @property
    def capturable(self) -> int:
        """What the provider would still let the shop capture."""
        if self.state in (PaymentState.VOIDED, PaymentState.EXPIRED):
            return 0
        return max(0, self.authorised - self.captured - self.released)


class DutyState(StrEnum):
    NOT_DUE = "not_due"
    PLANNED = "planned"
    PAUSED = "paused"
    VOID_PENDING = "void_pending"
    LIMIT_PENDING = "limit_pending"
    PENDING = "pending"
    SUBMITTED = "submitted"
    REFUNDED = "refunded"
    FAILED = "failed"
    MANUAL_REQUIRED = "manual_required"
    WRITTEN_OFF = "written_off"
    SUPERSEDED = "superseded"
    VOIDED = "voided"
    LIMITED = "limited"


NEXT_DUTY: dict[DutyState, frozenset[DutyState]] = {
    DutyState.NOT_DUE: frozenset(
        {DutyState.PLANNED, DutyState.PAUSED, DutyState.VOID_PENDING, DutyState.LIMIT_PENDING}
    ),
    DutyState.PLANNED: frozenset({DutyState.PENDING, DutyState.SUPERSEDED, DutyState.PAUSED}),
    DutyState.PENDING: frozenset({DutyState.SUBMITTED}),
    DutyState.SUBMITTED: frozenset({DutyState.REFUNDED, DutyState.FAILED}),
    DutyState.REFUNDED: frozenset({DutyState.FAILED}),  # the bank sends it back days later
    DutyState.FAILED: frozenset({DutyState.PENDING, DutyState.MANUAL_REQUIRED}),
    DutyState.MANUAL_REQUIRED: frozenset({DutyState.REFUNDED, DutyState.WRITTEN_OFF}),
    DutyState.PAUSED: frozenset({DutyState.PENDING, DutyState.SUPERSEDED}),
    DutyState.VOID_PENDING: frozenset({DutyState.VOIDED, DutyState.PENDING, DutyState.MANUAL_REQUIRED}),
    DutyState.VOIDED: frozenset({DutyState.PLANNED}),  # captured late
    DutyState.LIMIT_PENDING: frozenset(
        {DutyState.LIMITED, DutyState.PLANNED, DutyState.SUPERSEDED, DutyState.MANUAL_REQUIRED}
    ),
    DutyState.LIMITED: frozenset({DutyState.PLANNED}),  # captured in full anyway
    DutyState.WRITTEN_OFF: frozenset(),
    DutyState.SUPERSEDED: frozenset(),
}

IN_FLIGHT = frozenset(
    {DutyState.PENDING, DutyState.SUBMITTED, DutyState.FAILED, DutyState.MANUAL_REQUIRED, DutyState.WRITTEN_OFF}
)
"""Money that is spoken for: `settle` neither raises nor lowers it (DESIGN section 4)."""

ADJUSTABLE = frozenset({DutyState.PLANNED, DutyState.PAUSED})
SETTLED = frozenset(
    {DutyState.REFUNDED, DutyState.VOIDED, DutyState.LIMITED, DutyState.SUPERSEDED, DutyState.WRITTEN_OFF}
)


class DutyKind(StrEnum):
    REFUND = "refund"
    VOID = "void"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Duty:
    """One movement of money that a request causes. `payment` is None until the step starts and chooses it.

    `amount`: minor units to refund or void; for a limit, what may still be captured. `generation` rises by one for
    each duty of a request, and after a definite refusal that a lookup confirmed; it is part of the provider's key.
    """

    id: str
    request: str
    kind: DutyKind
    amount: int
    state: DutyState
    generation: int
    created_at: datetime
    payment: str | None = None
    due_at: datetime | None = None
    due_by: datetime | None = None
    reference: str | None = None
    failure: str | None = None
    failures: int = 0
