"""Orders come in from files: whole or not at all, and twice is the same as once."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.world import Shell, order, written


def imported(shell: Shell, path: Path, *words: str | Path, code: int = 0) -> Any:
    return shell("import", path, "--merchant", "acme", "--json", *words, code=code).last


def rejected(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.with_name(f"{path.name}.rejected.jsonl").read_text().splitlines()]


def test_running_it_again_changes_nothing(acme: Shell, tmp_path: Path) -> None:
    path = written(tmp_path / "orders.jsonl", *(order(str(number)) for number in range(20)))
    assert imported(acme, path) == {"imported": 20, "unchanged": 0, "put_aside": 0}
    before = acme("orders", "show", "7", "--merchant", "acme", "--json").json
    assert imported(acme, path) == {"imported": 0, "unchanged": 20, "put_aside": 0}
    assert acme("orders", "show", "7", "--merchant", "acme", "--json").json == before
    assert not path.with_name("orders.jsonl.rejected.jsonl").exists()


def line_of(quantity: object) -> dict[str, Any]:
    return {"id": "1", "sku": "a", "title": "b", "quantity": quantity, "unit_price": 1}


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"number": "x"', "not JSON"),
        (order("x", lines=[]), "lines"),
        (order("x", lines=[line_of(0)]), "lines[0].quantity"),
        (order("x", lines=[line_of(1.5)]), "lines[0].quantity"),
        (order("x", lines=[line_of("２")]), "lines[0].quantity"),
        (order("x", colour="red"), "colour"),
        (order("x y"), "number"),
        (order("x", fulfilment_orders=[{"id": "F1", "holder": "nobody"}]), "nobody"),
    ],
)
def test_a_row_that_is_no_order_is_put_aside_with_its_line_and_reason(
    acme: Shell, tmp_path: Path, line: dict[str, Any] | str, named: str
) -> None:
    path = written(tmp_path / "orders.jsonl", order("1"), line, order("2"))
    assert imported(acme, path) == {"imported": 2, "unchanged": 0, "put_aside": 1}
    (aside,) = rejected(path)
    assert aside["line"] == 2
    assert named in aside["reason"]
    assert {each["number"] for each in acme("orders", "list", "-m", "acme", "--json").json} == {"1", "2"}


def test_an_order_whose_sums_disagree_is_quarantined_and_on_the_worklist(acme: Shell, tmp_path: Path) -> None:
    payments = [{"id": "p1", "provider": "sandbox", "reference": "pi", "captured": 4464}]
    path = written(tmp_path / "orders.jsonl", order("1"), order("faulty", payments=payments))
    for first in (True, False):
        expected = {"imported": int(first), "unchanged": int(not first), "put_aside": 1}
        assert imported(acme, path) == expected
    (aside,) = rejected(path)
    assert aside["quarantined"]
    shown = acme("orders", "show", "faulty", "--merchant", "acme", "--json").json
    assert "4465" in shown["quarantined"]
    assert [each["kind"] for each in shown["work"]] == ["quarantined"]
    acme("verify")


def test_an_order_that_differs_is_put_aside_and_a_newer_one_replaces_it(acme: Shell, tmp_path: Path) -> None:
    imported(acme, written(tmp_path / "a.jsonl", order("1")))
    other = order("1", customer={"name": "Somebody Else"})
    differing = written(tmp_path / "b.jsonl", other)
    assert imported(acme, differing) == {"imported": 0, "unchanged": 0, "put_aside": 1}
    assert "exists and differs" in rejected(differing)[0]["reason"]
    newer = written(tmp_path / "c.jsonl", {**other, "source_updated_at": "2026-11-21T11:00:00Z"})
    assert imported(acme, newer) == {"imported": 1, "unchanged": 0, "put_aside": 0}
    assert imported(acme, newer) == {"imported": 0, "unchanged": 1, "put_aside": 0}
    shown = acme("orders", "show", "1", "--merchant", "acme", "--json").json
    assert shown["customer"]["name"] == "Somebody Else"


def test_one_number_twice_in_a_file_is_one_order(acme: Shell, tmp_path: Path) -> None:
    path = written(tmp_path / "orders.jsonl", order("1"), order("1"), order("1", currency="GBP"))
    assert imported(acme, path) == {"imported": 1, "unchanged": 1, "put_aside": 1}
    assert rejected(path)[0]["line"] == 3


def test_unknown_sellers_are_created_and_holders_never(acme: Shell, tmp_path: Path) -> None:
    lines = [{"id": "1", "sku": "a", "title": "b", "quantity": 1, "unit_price": 5, "seller": "lamps"}]
    path = written(tmp_path / "orders.jsonl", order("1", lines=lines, payments=[], shipping=None))
    assert imported(acme, path, "--no-create-sellers")["put_aside"] == 1
    assert imported(acme, path)["imported"] == 1
    assert [each["id"] for each in acme("sellers", "list", "-m", "acme", "--json").json] == ["lamps"]


def test_two_merchants_may_have_one_number(acme: Shell, tmp_path: Path) -> None:
    acme("merchants", "create", "other")
    acme("holders", "create", "main", "--merchant", "other")
    path = written(tmp_path / "orders.jsonl", order("1"))
    for merchant in ("acme", "other"):
        assert acme("import", path, "--merchant", merchant, "--json").last["imported"] == 1
        assert len(acme("orders", "list", "--merchant", merchant, "--json").json) == 1


def test_without_a_holder_nothing_is_taken(shell: Shell, tmp_path: Path) -> None:
    shell("merchants", "create", "acme")
    ran = shell("import", written(tmp_path / "o.jsonl", order("1")), "--merchant", "acme", code=2)
    assert "countermand holders create" in ran.err


MAP = """
amounts = "major"
[columns]
number = "Order"
placed_at = "Created"
"customer.name" = "Buyer"
"line.sku" = "SKU"
"line.quantity" = "Qty"
"line.unit_price" = "Price"
"payment.captured" = "Paid"
[defaults]
currency = "EUR"
"payment.provider" = "sandbox"
"""
HEAD = "Order,Created,Buyer,SKU,Qty,Price,Paid\n"


def as_csv(tmp_path: Path, text: str) -> tuple[Path, Path]:
    path, columns = tmp_path / "orders.csv", tmp_path / "columns.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    columns.write_text(MAP, encoding="utf-8")
    return path, columns


def test_csv_rows_that_stand_together_are_one_order(acme: Shell, tmp_path: Path) -> None:
    path, columns = as_csv(
        tmp_path, '1,2026-11-21T10:00:00Z,Ana,MUG,2,12.50,27.10\n1,2026-11-21T10:00:00Z,Ana,"LAMP, red",1,2.1,27.10\n'
    )
    assert imported(acme, path, "--map", columns) == {"imported": 1, "unchanged": 0, "put_aside": 0}
    assert imported(acme, path, "--map", columns) == {"imported": 0, "unchanged": 1, "put_aside": 0}
    shown = acme("orders", "show", "1", "--merchant", "acme", "--json").json
    assert [(each["sku"], each["quantity"], each["unit_price"]) for each in shown["lines"]] == [
        ("MUG", 2, 1250), ("LAMP, red", 1, 210),
    ]
    assert shown["payments"][0]["captured"] == 2710


@pytest.mark.parametrize(
    ("rows", "named", "others"),
    [
        ("1,2026-11-21T10:00:00Z,Ana,MUG,x,1,2\n", "column Qty", 0),
        ("1,2026-11-21T10:00:00Z,Ana,MUG,1,1.005,1\n", "more digits", 0),
        ("1,2026-11-21T10:00:00Z,Ana,MUG,1,NaN,1\n", "column Price", 0),
        ("1,2026-11-21T10:00:00Z,Ana,A,1,1,2\n1,2026-11-21T10:00:00Z,Eva,B,1,1,2\n", "column Buyer", 0),
        ("1,2026-11-21T10:00:00Z,Ana,A,1,1,2\n2,2026-11-21T10:00:00Z,Eva,B,1,1,1\n"
         "1,2026-11-21T10:00:00Z,Ana,B,1,1,2\n", "next to each other", 1),
    ],
)
def test_a_csv_order_with_a_fault_is_put_aside_whole(
    acme: Shell, tmp_path: Path, rows: str, named: str, others: int
) -> None:
    path, columns = as_csv(tmp_path, rows)
    tally = imported(acme, path, "--map", columns)
    assert (tally["imported"], tally["put_aside"] > 0) == (others, True)
    with (tmp_path / "orders.csv.rejected.csv").open(encoding="utf-8", newline="") as text:
        aside = list(csv.DictReader(text))
    assert all(named in row["rejected_reason"] for row in aside)
    assert {row["Order"] for row in aside} == {"1"}


def test_a_column_map_with_an_unknown_field_is_refused(acme: Shell, tmp_path: Path) -> None:
    path, columns = as_csv(tmp_path, "1,2026-11-21T10:00:00Z,Ana,MUG,1,1,1\n")
    columns.write_text('[columns]\n"line.price" = "Price"\n', encoding="utf-8")
    assert "line.price" in acme("import", path, "--merchant", "acme", "--map", columns, code=2).err


def test_a_missing_file_and_a_missing_column_are_wrong_use(acme: Shell, tmp_path: Path) -> None:
    acme("import", tmp_path / "none.jsonl", "--merchant", "acme", code=2)
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "line.sku" in acme("import", path, "--merchant", "acme", code=2).err
