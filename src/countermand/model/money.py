"""Money in whole minor units, shared out without losing any.

Source: minor digits from ISO 4217:2015 (list one, amendment 176); rounding half to even from IEEE 754-2019, 4.3.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ZERO_DIGITS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
FOUR_DIGITS = frozenset("CLF UYW".split())


def minor_digits(currency: str) -> int:
    """How many digits stand behind the point: 0 for JPY, 2 for EUR, 3 for KWD."""
    if currency in ZERO_DIGITS:
        return 0
    if currency in THREE_DIGITS:
        return 3
    return 4 if currency in FOUR_DIGITS else 2


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that travels on its own: `minor` whole minor units of the ISO 4217 `currency`.

    Inside an order every amount is an `int` in minor units of `order.currency`.
    """

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "amounts of two currencies are never added"
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "amounts of two currencies are never subtracted"
        return Money(self.minor - other.minor, self.currency)


def share(total: int, part: int, whole: int) -> int:
    """`total * part / whole` in minor units, rounded half to even.

    Cumulative use loses nothing: the k-th unit of n is worth `share(total, k, n) - share(total, k - 1, n)`.
    """
    assert 0 <= part <= whole and whole > 0, "a share lies between nothing and the whole"
    quotient, remainder = divmod(total * part, whole)
    if 2 * remainder > whole or (2 * remainder == whole and quotient % 2 == 1):
        return quotient + 1
    return quotient


def split(total: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Share `total` out by `weights` and lose nothing; the largest remainder is served first.

    Units:  `total.minor` is in minor units (cents, yen); weights are whole numbers, 0 or more.
    Errors: ValueError if no weight is positive.
    """
    weight = sum(weights)
    if weight <= 0 or min(weights) < 0:
        raise ValueError("at least one weight must be positive and none negative")
    sign = -1 if total.minor < 0 else 1
    shares = [divmod(abs(total.minor) * each, weight) for each in weights]
    missing = abs(total.minor) - sum(whole for whole, _ in shares)
    served = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))[:missing]
    return tuple(
        Money(sign * (whole + (index in served)), total.currency) for index, (whole, _) in enumerate(shares)
    )
