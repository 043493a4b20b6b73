"""The merchant's rules as data: versioned, resolved per part. Reading and checking them is in policy_document.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from countermand.model.fulfilment import Stage
from countermand.model.request import Role, Silence


class RefundTiming(StrEnum):
    AT_ONCE = "at_once"
    AFTER_REMAINING_DESPATCHED = "after_remaining_despatched"


class ProofOfReturn(StrEnum):
    """When a withdrawal's money goes back: goods received, or proof that they were sent (Art. 13(3))."""

    RETURNED = "returned"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class StageFee:
    """An extra fee for parts that are at `stage` or later when they are decided; the highest stage reached counts."""

    stage: Stage
    fixed: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Fee:
    """What the policy keeps. `fixed`: minor units, once per order. `percent`: basis points of the goods' value."""

    fixed: int = 0
    percent_basis_points: int = 0
    by_stage: tuple[StageFee, ...] = ()


class Fault(StrEnum):
    CUSTOMER = "customer"
    MERCHANT = "merchant"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    PLATFORM = "platform"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """One reason to choose from. `labels`: per language; missing = the canonical catalogue's text."""

    code: str
    askers: frozenset[Role]
    fault: Fault
    labels: Mapping[str, str]
    scheme: str = "countermand"


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules that hold for one part after every override. The defaults are a new merchant's policy (DESIGN 3).

    `automatic_until`, `ask_until`: the last stage for each; None = never. `value_limit`: minor units of one request's
    goods above which the merchant is asked. `velocity_limit`: requests of one customer within `velocity_period`
    before the merchant is asked.
    """

    window: timedelta | None = None
    automatic_until: Stage | None = Stage.UNRELEASED
    ask_until: Stage | None = Stage.PACKED
    answer_within: timedelta = timedelta(hours=4)
    on_silence: Silence = Silence.DECLINE
    escalate_for: timedelta = timedelta(hours=2)
    final_default: Silence = Silence.DECLINE
    extra_time: timedelta = timedelta(minutes=10)
    partial_allowed: bool = True
    cancellable: bool = True
    askers: frozenset[Role] = frozenset(Role)
    fee: Fee = Fee()
    refund_timing: RefundTiming = RefundTiming.AFTER_REMAINING_DESPATCHED
    partial_refund_at_latest: timedelta = timedelta(days=14)
    refund_within: timedelta = timedelta(days=14)
    withdrawal_refund_at: ProofOfReturn = ProofOfReturn.RETURNED
    grace: timedelta = timedelta()
    stop_settle: timedelta = timedelta(hours=1)
    value_limit: int | None = None
    velocity_limit: int | None = None
    velocity_period: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Override:
    """Terms that differ for a seller, a country or a product tag; every named condition must hold."""

    changes: Mapping[str, object]
    seller: str | None = None
    country: str | None = None
    tag: str | None = None

    def matches(self, seller: str | None, country: str | None, tags: tuple[str, ...]) -> bool:
        return (
            (self.seller is None or self.seller == seller)
            and (self.country is None or self.country == country)
            and (self.tag is None or self.tag in tags)
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """What the merchant offers in place of cancelling, beside one reason. `text`: per language."""

    text: Mapping[str, str]
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a merchant's policy. Later overrides win over earlier ones.

    `return_instructions`: text per language; shown with "refuse" and "return" next steps.
    `offers`: per reason code, the merchant's own text and link beside that reason.
    """

    version: int
    terms: Terms
    overrides: tuple[Override, ...]
    reasons: tuple[ReasonCode, ...]
    return_instructions: Mapping[str, str]
    offers: Mapping[str, Offer] = field(default_factory=dict)

    def terms_for(self, seller: str | None, country: str | None, tags: tuple[str, ...]) -> Terms:
        """The terms of one part, after every override that matches it."""
        terms = self.terms
        for override in self.overrides:
            if override.matches(seller, country, tags):
                terms = replace(terms, **dict(override.changes))  # type: ignore[arg-type]
        return terms


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """The current policy and the earlier versions that living requests met."""

    current: Policy
    earlier: Mapping[int, Policy]

    def version(self, number: int) -> Policy:
        """The policy a request met; the current one if that version is unknown."""
        return self.current if number == self.current.version else self.earlier.get(number, self.current)
