"""Money is shared out without losing or making any."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand.model.money import Money, minor_digits, share, split

AMOUNTS = st.integers(0, 10**15)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_split_loses_nothing(minor: int, weights: list[int]) -> None:
    parts = split(Money(minor, "EUR"), weights)
    assert sum(part.minor for part in parts) == minor
    assert {part.currency for part in parts} == {"EUR"}


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_no_part_of_a_split_is_a_whole_unit_away_from_its_fair_share(minor: int, weights: list[int]) -> None:
    for part, weight in zip(split(Money(minor, "EUR"), weights), weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1
        assert weight or part.minor == 0


@pytest.mark.parametrize(("total", "weights", "parts"), [
    (100, [1, 1, 1], [34, 33, 33]), (101, [1, 1, 1], [34, 34, 33]), (5, [0, 1], [0, 5]), (0, [3, 4], [0, 0]),
    (-100, [1, 1, 1], [-34, -33, -33]), (10, [1, 2, 7], [1, 2, 7]), (1, [1, 2], [0, 1]),
])
def test_the_largest_remainder_is_served_first(total: int, weights: list[int], parts: list[int]) -> None:
    assert [part.minor for part in split(Money(total, "EUR"), weights)] == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1]])
def test_a_split_needs_something_to_split_by(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split(Money(1, "EUR"), weights)


@given(AMOUNTS, st.integers(1, 1000))
def test_the_shares_of_all_units_add_up_to_the_total(total: int, units: int) -> None:
    each = [share(total, unit, units) - share(total, unit - 1, units) for unit in range(1, units + 1)]
    assert sum(each) == total == share(total, units, units)
    assert min(each) >= 0 and max(each) - min(each) <= 2


@given(AMOUNTS, st.integers(0, 1000), st.integers(1, 1000))
def test_a_share_is_rounded_half_to_even(total: int, part: int, whole: int) -> None:
    part = min(part, whole)
    assert share(total, part, whole) == round(Fraction(total * part, whole))


@pytest.mark.parametrize(("total", "half"), [(1, 0), (3, 2), (5, 2), (7, 4)])
def test_halves_go_to_the_even_neighbour(total: int, half: int) -> None:
    assert share(total, 1, 2) == half


@pytest.mark.parametrize(("part", "whole"), [(-1, 2), (3, 2), (0, 0)])
def test_a_share_lies_between_nothing_and_the_whole(part: int, whole: int) -> None:
    with pytest.raises(AssertionError):
        share(1, part, whole)


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("USD", 2)])
def test_a_currency_has_its_minor_digits(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


def test_two_currencies_are_never_added() -> None:
    assert Money(1, "EUR") + Money(2, "EUR") - Money(4, "EUR") == Money(-1, "EUR")
    with pytest.raises(AssertionError):
        Money(1, "EUR") + Money(1, "JPY")
    with pytest.raises(AssertionError):
        Money(1, "EUR") - Money(1, "JPY")
