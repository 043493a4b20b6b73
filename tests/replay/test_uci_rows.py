"""What a row of the UCI files becomes: the rules of docs/replay.md, one table each."""

from decimal import Decimal
from pathlib import Path

import pytest

from countermand.cli.replay.uci import (
    COLUMNS,
    NotTheFormat,
    Purchase,
    intake,
    invoices,
    is_purchase,
    pence,
    purchase,
    total_of,
)

HEAD = ",".join(COLUMNS)


def written(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def sold(tmp_path: Path, *rows: str) -> Purchase:
    return purchase(next(invoices([written(tmp_path / "year.csv", *rows)])))


def test_each_row_is_a_line_also_when_a_code_stands_twice(tmp_path: Path) -> None:
    lines = sold(tmp_path, "5,21730,LAMP,6,2010-12-01 08:26:00,4.25,17850,United Kingdom",
                 "5,21730,LAMP,2,2010-12-01 08:26:00,3.75,17850,United Kingdom").goods
    assert [(each.line, each.quantity, each.unit_price) for each in lines] == [("1", 6, 425), ("2", 2, 375)]


@pytest.mark.parametrize(
    ("price", "quantity", "unit_price", "discount", "total"),
    [
        ("2.55", 6, 255, 0, 1530),
        ("0.001", 1, 1, 1, 0),
        ("0.001", 60, 1, 54, 6),
        ("0.005", 1, 1, 1, 0),  # half a penny goes to the even side
        ("0.015", 1, 2, 0, 2),
        ("1.995", 3, 200, 2, 598),  # 598.5 pence
        ("0", 4, 0, 0, 0),
    ],
)
def test_a_row_totals_price_times_quantity_rounded_half_to_even(
    tmp_path: Path, price: str, quantity: int, unit_price: int, discount: int, total: int
) -> None:
    result = sold(tmp_path, f"5,PADS,PADS,{quantity},2010-12-01 08:26:00,{price},17850,EIRE")
    (line,) = result.goods
    assert (line.unit_price, line.discount, total_of(result)) == (unit_price, discount, total)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("5,M,Manual,1,2010-12-01 08:26:00,3.00,17850,EIRE", "not_goods"),
        ("5,AMAZONFEE,Fee,1,2010-12-01 08:26:00,3.00,,EIRE", "not_goods"),
        ("5,21730,damaged,-7,2010-12-01 08:26:00,0.0,,EIRE", "stock_correction_negative"),
        ("5,21730,found,7,2010-12-01 08:26:00,0.0,,EIRE", "stock_correction_free"),
    ],
)
def test_a_row_that_sells_nothing_is_left_out_and_counted(tmp_path: Path, row: str, kind: str) -> None:
    result = sold(tmp_path, row)
    assert (result.goods, result.left_out) == ((), {kind: 1})


def test_postage_is_one_shipping_charge(tmp_path: Path) -> None:
    result = sold(tmp_path, "5,POST,POSTAGE,2,2010-12-01 08:26:00,18.00,12583,France",
                  "5,22728,CLOCK,4,2010-12-01 08:26:00,3.75,12583,France")
    assert (result.postage, total_of(result)) == (3600, 5100)


def test_a_free_row_of_a_known_customer_is_a_line_and_an_order_of_nothing_has_no_payment(tmp_path: Path) -> None:
    invoice = next(invoices([written(tmp_path / "f.csv", "5,22065,TREE,1,2010-12-01 08:26:00,0.0,14911,EIRE")]))
    order = intake(invoice, purchase(invoice))
    assert "payments" not in order
    assert order["lines"] == [
        {"id": "1", "sku": "22065", "title": "TREE", "quantity": 1, "unit_price": 0, "discount": 0, "kind": "goods"}
    ]


def test_rows_of_one_invoice_may_lie_between_others_and_minutes_apart(tmp_path: Path) -> None:
    path = written(tmp_path / "f.csv", "5,22065,A,1,2010-12-01 08:26:00,1.0,1,EIRE",
                   "4,22065,B,1,2010-12-01 08:27:00,1.0,1,EIRE", "5,22066,C,1,2010-12-01 08:35:00,1.0,1,EIRE",
                   "6,22066,C,1,2010-12-01 09:35:00,1.0,1,EIRE")
    assert [(each.number, len(each.rows)) for each in invoices([path])] == [("5", 2), ("4", 1), ("6", 1)]


def test_at_the_same_minute_purchases_come_first(tmp_path: Path) -> None:
    path = written(tmp_path / "f.csv", "C4,22065,B,-1,2010-12-01 08:26:00,1.0,1,EIRE",
                   "5,22065,A,1,2010-12-01 08:26:00,1.0,1,EIRE")
    assert [each.number for each in invoices([path])] == ["5", "C4"]


def test_an_invoice_in_two_files_counts_from_the_first(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv", "5,22065,FIRST,1,2010-12-01 08:26:00,1.0,1,EIRE")
    second = written(tmp_path / "b.csv", "5,22065,SECOND,1,2010-12-01 08:26:00,1.0,1,EIRE",
                     "6,22065,A,1,2010-12-01 08:27:00,1.0,1,EIRE")
    assert [(each.number, each.rows[0].title) for each in invoices([first, second])] == [("5", "FIRST"), ("6", "A")]


@pytest.mark.parametrize(("number", "wanted"), [("536365", True), ("C536379", False), ("A563185", False)])
def test_a_purchase_has_a_number_of_digits_only(tmp_path: Path, number: str, wanted: bool) -> None:
    path = written(tmp_path / "f.csv", f"{number},22065,A,1,2010-12-01 08:26:00,1.0,1,EIRE")
    assert is_purchase(next(invoices([path]))) is wanted


def test_another_file_is_refused_with_the_columns_named(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(NotTheFormat, match="InvoiceNo"):
        next(invoices([path]))


@pytest.mark.parametrize(("pounds", "wanted"), [("0.005", 0), ("0.015", 2), ("1.994", 199), ("12", 1200)])
def test_pence_are_rounded_half_to_even(pounds: str, wanted: int) -> None:
    assert pence(Decimal(pounds)) == wanted
