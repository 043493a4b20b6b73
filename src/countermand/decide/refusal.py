"""An expected no to a whole call, as a value. The shell turns it into the RFC 9457 problem of the same slug."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class No(StrEnum):
    """The slugs of errors.py that a rule can answer."""

    NOTHING_TO_CANCEL = "nothing-to-cancel"
    TOO_LATE_TO_RETRACT = "too-late-to-retract"
    CASE_ALREADY_ANSWERED = "case-already-answered"
    CASE_CLOSED = "case-closed"
    NO_MORE_TIME = "no-more-time"
    ORDER_CANCELLED = "order-cancelled"
    ALREADY_DESPATCHED = "already-despatched"
    LINES_CHANGED = "lines-changed"
    ORDER_ON_HOLD = "order-on-hold"
    CLAIM_CONFIRMED = "claim-confirmed"
    BAD_FIELDS = "bad-fields"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was done. `facts` become members of the problem; for bad-fields they are {field: message}."""

    no: No
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)
