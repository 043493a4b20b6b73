"""Which purchase a cancelled row means (docs/replay.md, "Matching")."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from countermand.cli.replay.matching import Ledger, Matched, watched
from countermand.cli.replay.uci import Invoice, Row, purchase

START = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
Told = tuple[str, str, int, str]  # number, stock code, quantity, price


def invoice(number: str, hour: int, rows: list[tuple[str, int, str]], customer: str = "17850") -> Invoice:
    return Invoice(number, START + timedelta(hours=hour), customer, "United Kingdom", tuple(
        Row(index, sku, sku, quantity, Decimal(price)) for index, (sku, quantity, price) in enumerate(rows, start=2)
    ))


def matched(purchases: list[Invoice], *cancellations: Invoice) -> list[Matched]:
    ledger = Ledger(watched(cancellations))
    for each in purchases:
        ledger.add(each, purchase(each))
    return [ledger.match(each) for each in cancellations]


LAMP = "21730"


def test_the_latest_purchase_is_meant_when_prices_are_equal() -> None:
    bought = [invoice("1", 0, [(LAMP, 5, "2.00")]), invoice("2", 1, [(LAMP, 5, "2.00")])]
    assert matched(bought, invoice("C3", 2, [(LAMP, -1, "2.00")]))[0].orders == {"2": {"1": 1}}


def test_an_equal_price_comes_before_a_later_purchase() -> None:
    bought = [invoice("1", 0, [(LAMP, 5, "2.00")]), invoice("2", 1, [(LAMP, 5, "2.50")])]
    assert matched(bought, invoice("C3", 2, [(LAMP, -6, "2.00")]))[0].orders == {"1": {"1": 5}, "2": {"1": 1}}


def test_of_one_invoice_the_later_row_is_meant_first() -> None:
    bought = [invoice("1", 0, [(LAMP, 5, "2.00"), (LAMP, 2, "2.00")])]
    assert matched(bought, invoice("C3", 2, [(LAMP, -3, "2.00")]))[0].orders == {"1": {"2": 2, "1": 1}}


def test_nothing_is_cancelled_twice() -> None:
    bought = [invoice("1", 0, [(LAMP, 5, "2.00")])]
    first, second = matched(bought, invoice("C3", 2, [(LAMP, -4, "2.00")]), invoice("C4", 3, [(LAMP, -4, "2.00")]))
    assert first.orders == {"1": {"1": 4}}
    assert second.orders == {"1": {"1": 1}}
    assert [(each.units, each.why) for each in second.unmatched] == [(3, "more_than_bought")]


def test_another_customer_and_another_code_are_never_meant() -> None:
    bought = [invoice("1", 0, [(LAMP, 5, "2.00")], "12583"), invoice("2", 0, [("21731", 5, "2.00")])]
    (result,) = matched(bought, invoice("C3", 2, [(LAMP, -1, "2.00")]))
    assert (result.orders, result.unmatched[0].why) == ({}, "no_purchase_before")


def test_rows_of_one_cancellation_on_one_purchase_are_one_request() -> None:
    bought = [invoice("1", 0, [(LAMP, 5, "2.00"), ("21731", 2, "1.00")])]
    (result,) = matched(bought, invoice("C3", 2, [(LAMP, -1, "2.00"), ("21731", -2, "1.00"), (LAMP, -1, "2.00")]))
    assert result.orders == {"1": {"1": 2, "2": 2}}


@pytest.mark.parametrize(
    ("row", "customer", "why"),
    [
        (("M", -1, "2.00"), "17850", "not_goods"),
        (("POST", -1, "2.00"), "17850", "not_goods"),
        ((LAMP, 1, "2.00"), "17850", "not_negative"),
        ((LAMP, -1, "2.00"), "", "no_customer"),
    ],
)
def test_what_cannot_be_matched_is_reported(row: tuple[str, int, str], customer: str, why: str) -> None:
    bought = [invoice("1", 0, [(LAMP, 5, "2.00")], customer)]
    (result,) = matched(bought, invoice("C3", 2, [row], customer))
    assert (result.orders, [each.why for each in result.unmatched]) == ({}, [why])
