"""The plan as data: the steps of a request's saga, stored so that they survive kill -9 and an upgrade."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StepKind(StrEnum):
    """In the order of the way: goods first, money second."""

    HOLD = "hold"
    STOP = "stop"
    RELEASE_HOLD = "release_hold"
    VOID = "void"
    REFUND = "refund"
    LIMIT_CAPTURE = "limit_capture"
    RELEASE_STOCK = "release_stock"
    CLOSE_LINES = "close_lines"


class StepState(StrEnum):
    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"
    SKIPPED = "skipped"
    NEEDS_ATTENTION = "needs_attention"


NEXT_STEP: dict[StepState, frozenset[StepState]] = {
    StepState.PLANNED: frozenset({StepState.STARTED, StepState.SKIPPED}),
    StepState.STARTED: frozenset({StepState.DONE, StepState.PLANNED, StepState.SKIPPED, StepState.NEEDS_ATTENTION}),
    StepState.NEEDS_ATTENTION: frozenset({StepState.PLANNED, StepState.DONE, StepState.SKIPPED}),
    StepState.DONE: frozenset(),
    StepState.SKIPPED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """Units that a step speaks of. `location`: the holder whose stock they are."""

    line: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Step:
    """One act. `subject`: a fulfilment order, a duty or "order". `number` is unique in the request, from 1.

    The key a plugin sees is `{merchant}/{request}/{kind}/{subject}/{generation}`.
    """

    request: str
    number: int
    kind: StepKind
    subject: str
    state: StepState = StepState.PLANNED
    generation: int = 1
    attempt: int = 0
    due_at: datetime | None = None
    lines: tuple[StepLine, ...] = ()
    receipt: str | None = None
    failure: str | None = None
