"""Ids sort by time, names keep to their letters, and a child's id follows from its request's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand.model.ids import ALPHABET, ITEM_ID, ORDER_NUMBER, SLUG, base32, child_id, typeid

MILLISECONDS = st.integers(0, 2**48 - 1)
CHANCE = st.integers(0, 2**80 - 1)


def number_of(text: str) -> int:
    value = 0
    for letter in text:
        value = value * 32 + ALPHABET.index(letter)
    return value


@given(st.integers(0, 2**128 - 1))
def test_base32_holds_128_bits_in_26_letters(value: int) -> None:
    assert len(base32(value)) == 26 and number_of(base32(value)) == value


@given(MILLISECONDS, CHANCE)
def test_an_id_is_a_version_7_uuid_of_the_rfc_variant(milliseconds: int, chance: int) -> None:
    prefix, _, text = typeid("cr", milliseconds, chance).partition("_")
    value = number_of(text)
    assert prefix == "cr" and value >> 80 == milliseconds
    assert (value >> 76 & 0xF, value >> 62 & 0b11) == (7, 0b10)


@given(MILLISECONDS, MILLISECONDS, CHANCE, CHANCE)
def test_a_later_id_sorts_later(first: int, second: int, one: int, other: int) -> None:
    if first < second:
        assert typeid("cr", first, one) < typeid("cr", second, other)


@given(MILLISECONDS, CHANCE, CHANCE)
def test_chance_tells_two_ids_of_one_millisecond_apart(milliseconds: int, one: int, other: int) -> None:
    kept = [chance >> 68 & 0xFFF | (chance & (1 << 62) - 1) << 12 for chance in (one, other)]
    same = typeid("cr", milliseconds, one) == typeid("cr", milliseconds, other)
    assert same == (kept[0] == kept[1])


def test_the_child_of_a_request_is_named_after_it() -> None:
    assert child_id("rf", "cr_01kabc", 2) == "rf_01kabc-2"


@pytest.mark.parametrize("name", ["1042", "A.b_c#-9", "x" * 64])
def test_an_order_number_may_be(name: str) -> None:
    assert ORDER_NUMBER.fullmatch(name)


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a/b", "é", "１", "a\n", "a:b"])
def test_an_order_number_may_not_be(name: str) -> None:
    assert not ORDER_NUMBER.fullmatch(name)


@pytest.mark.parametrize(("name", "right"), [
    ("acme", True), ("a", True), ("a-1", True), ("-a", False), ("a-", False), ("A", False), ("a" * 41, False),
])
def test_a_slug_is_short_and_plain(name: str, right: bool) -> None:
    assert bool(SLUG.fullmatch(name)) is right


def test_an_item_may_have_a_colon_in_its_id() -> None:
    assert ITEM_ID.fullmatch("gid:1:2") and not ITEM_ID.fullmatch("a b")
