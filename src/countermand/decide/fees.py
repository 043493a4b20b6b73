"""Cancellation fees: what the policy would keep at the decision, and what is kept once the money is known.

A fee is never above the refund of the request that it is for, so no fee is kept while nothing was over-captured.
"""

from dataclasses import dataclass

from countermand.decide.worth import line_total
from countermand.model.fulfilment import Stage
from countermand.model.money import share
from countermand.model.order import Order
from countermand.model.policy import Fault, StageFee, Terms
from countermand.model.request import Kind

WHOLE = 10_000
"""Basis points of the whole."""


def nominal_fee(
    order: Order,
    line_id: str,
    quantity: int,
    stage: Stage,
    terms: Terms,
    fault: Fault,
    kind: Kind = Kind.CANCELLATION,
) -> tuple[int, int]:
    """The fee for units of a line at `stage` as (fixed once per order, share of the goods' value), minor units.

    Nothing if the customer is not at fault, and for a withdrawal (Directive 2011/83/EU, Art. 13(1)).
    """
    if fault is not Fault.CUSTOMER or kind is Kind.WITHDRAWAL:
        return 0, 0
    extra = _stage_fee(terms, stage)
    line = order.line(line_id)
    of = line.quantity - line.removed
    value = max(0, line_total(order, line))
    basis_points = min(WHOLE, terms.fee.percent_basis_points + extra.percent)
    percent = share(value, min(quantity, of) * basis_points, of * WHOLE) if of else 0
    return terms.fee.fixed + extra.fixed, percent


def _stage_fee(terms: Terms, stage: Stage) -> StageFee:
    """The highest stage reached counts, alone; before the first one there is nothing extra."""
    reached = [each for each in terms.fee.by_stage if each.stage.rank <= stage.rank]
    return max(reached, key=lambda each: each.stage.rank, default=StageFee(stage))


@dataclass(frozen=True, slots=True)
class FeesKept:
    """Fees kept so far, in minor units; `fixed` is taken once per order."""

    fixed: int = 0
    percent: int = 0

    @property
    def total(self) -> int:
        return self.fixed + self.percent

    def with_request(self, fixed: int, percent: int, gain: int) -> "FeesKept":
        """The same after one more request whose parts cost `fixed` and `percent` and bring `gain`.

        What a request cannot pay out of its own gain is let go; no other request pays for it.
        """
        more_fixed = min(max(0, fixed - self.fixed), gain)
        more_percent = min(percent, gain - more_fixed)
        return FeesKept(self.fixed + more_fixed, self.percent + more_percent)
