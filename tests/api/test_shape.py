"""Every fault of a body is named, with its path, and nothing that is not what it says passes."""

from datetime import UTC, datetime

import pytest

from countermand.errors import BadFields, Fault
from countermand.model.request import Ask, Asker, Kind, Role, Wanted
from countermand.web.api.bodies import ASK, BATCH, GOODS, PAYMENT, ask_of
from countermand.web.api.shape import Instant, Shape, checked


def faults(shape: Shape, value: object) -> dict[str, str]:
    found: list[Fault] = []
    shape.check(value, "", found)
    return {fault.field: fault.message for fault in found}


@pytest.mark.parametrize("quantity", [0, -1, 10**9, 1.5, 1.0, True, "1", "２", None, [], {}, float("inf")])
def test_a_quantity_that_is_not_a_whole_number_of_units_is_refused_by_name(quantity: object) -> None:
    assert list(faults(ASK, {"lines": [{"line": "1", "quantity": quantity}]})) == ["lines[0].quantity"]


def test_every_fault_is_named_at_once() -> None:
    body = {
        "lines": [{"line": "1", "quantity": 0}, {"quantity": 1, "colour": "red"}], "comment": 5, "kind": "return",
        "asker": {"role": "king"}, "all_or_nothing": "yes", "refund": 100,
    }
    assert set(faults(ASK, body)) == {
        "lines[0].quantity", "lines[1].line", "lines[1].colour", "comment", "kind", "asker.role", "all_or_nothing",
        "refund",
    }


def test_a_line_named_twice_is_refused() -> None:
    twice = [{"line": "1", "quantity": 1}, {"line": "1", "quantity": 1}]
    assert list(faults(ASK, {"lines": twice})) == ["lines[1].line"]
    assert list(faults(BATCH, {"orders": [{"number": "7"}, {"number": "7"}]})) == ["orders[1].number"]


@pytest.mark.parametrize("comment", ["a\x00b", "\ud800", "x" * 501, "\x1b[31m"])
def test_a_comment_that_cannot_be_kept_is_refused(comment: str) -> None:
    assert list(faults(ASK, {"comment": comment})) == ["comment"]


@pytest.mark.parametrize("comment", ["👩‍👩‍👧", "\u202egnp.exe", "two\nlines\tand a tab", "x" * 500, "<script>"])
def test_a_comment_in_any_script_is_taken_as_it_is(comment: str) -> None:
    assert ask_of(checked(ASK, {"comment": comment})).comment == comment


def test_null_is_absent_for_optional_fields_only() -> None:
    assert faults(ASK, dict.fromkeys(["lines", "reason", "comment", "asker", "kind", "all_or_nothing"])) == {}
    assert set(faults(PAYMENT, dict.fromkeys(PAYMENT.needed))) == set(PAYMENT.needed)


@pytest.mark.parametrize("body", [None, [], "text", 1, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert faults(ASK, body) == {"body": "must be an object"}


def test_an_empty_list_of_lines_is_refused() -> None:
    assert list(faults(ASK, {"lines": []})) == ["lines"]


@pytest.mark.parametrize(
    "text",
    ["2026-02-30T10:00:00Z", "2026-11-21", "2026-11-21T10:00:00", "yesterday", "0001-01-01T00:00:00+23:59",
     "2026-11-21T10:00:00 Z", "２026-11-21T10:00:00Z", 5, "2026-11-21T24:00:01Z"],
)
def test_what_is_no_instant_is_refused(text: object) -> None:
    assert "occurred_at" in faults(GOODS, {**GOODS.example, "occurred_at": text})  # type: ignore[dict-item]


@pytest.mark.parametrize("text", ["2026-11-21T10:00:00Z", "2026-11-21t11:00:00+01:00", "2026-11-21 10:00:00.000z"])
def test_an_instant_comes_back_in_utc(text: str) -> None:
    found: list[Fault] = []
    assert Instant().check(text, "at", found) == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert not found


def test_a_whole_body_becomes_what_somebody_asks_for() -> None:
    body = {
        "lines": [{"line": "1", "quantity": 2, "restock": False}], "reason": "duplicate_order", "comment": "twice",
        "asker": {"role": "support", "name": "Bo", "channel": "phone"}, "kind": "withdrawal", "all_or_nothing": True,
    }
    assert ask_of(checked(ASK, body)) == Ask(
        Asker(Role.SUPPORT, "Bo", channel="phone"), Kind.WITHDRAWAL, (Wanted("1", 2, False),), "duplicate_order",
        "twice", True,
    )


def test_an_empty_body_asks_for_everything_as_the_customer() -> None:
    assert ask_of(checked(ASK, {})) == Ask(Asker(Role.CUSTOMER))


def test_the_problem_lists_every_fault_as_a_member() -> None:
    with pytest.raises(BadFields) as caught:
        checked(ASK, {"lines": 1, "kind": 2})
    assert [each["field"] for each in caught.value.extra["errors"]] == ["lines", "kind"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("shape", [ASK, GOODS, PAYMENT, BATCH])
def test_the_example_of_a_body_is_a_good_one(shape: Shape) -> None:
    assert faults(shape, shape.example) == {}  # type: ignore[attr-defined]
