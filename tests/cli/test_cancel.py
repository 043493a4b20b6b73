"""Cancelling from the command line: seen first, confirmed, and an exit code that says what happened."""

from pathlib import Path

import pytest

from tests.cli.world import Shell, order, written


@pytest.fixture
def shop(acme: Shell, tmp_path: Path) -> Shell:
    gone = {"id": "F1", "stage": "despatched"}
    picked = {"id": "F1", "stage": "picking"}
    acme("import", written(
        tmp_path / "orders.jsonl", order("1042"), order("gone", fulfilment_orders=[gone]),
        order("picked", fulfilment_orders=[picked]),
    ), "--merchant", "acme")
    return acme


def units(shop: Shell, number: str) -> tuple[int, int, int]:
    (line,) = shop("orders", "show", number, "--merchant", "acme", "--json").json["lines"]
    return line["open"], line["held"], line["cancelled"]


def test_a_dry_run_shows_the_money_and_writes_nothing(shop: Shell) -> None:
    ran = shop("cancel", "1042", "--merchant", "acme", "--line", "1:2", "--dry-run")
    assert "25.80 EUR" in ran.out
    assert units(shop, "1042") == (3, 0, 0)


def test_nothing_is_asked_for_without_a_yes(shop: Shell) -> None:
    assert "--yes" in shop("cancel", "1042", "--merchant", "acme", code=2).err
    assert units(shop, "1042") == (3, 0, 0)


def test_what_is_approved_is_a_request(shop: Shell) -> None:
    made = shop("cancel", "1042", "-m", "acme", "-l", "1:1", "--comment", "it broke", "--yes", "--json").json
    assert made["id"].startswith("cr_")
    assert (made["money"]["refund"], made["comment"], made["asker"]["role"]) == (1290, "it broke", "merchant")
    assert units(shop, "1042") == (2, 0, 1)


def test_the_rules_saying_no_is_code_3_with_the_reason(shop: Shell) -> None:
    ran = shop("cancel", "gone", "--merchant", "acme", "--yes", code=3)
    assert "already despatched" in ran.out
    assert "refuse on delivery" in ran.out


def test_a_late_request_waits_for_its_holder(shop: Shell) -> None:
    made = shop("cancel", "picked", "--merchant", "acme", "--yes", "--json").json
    assert made["state"] == "awaiting_approval"
    assert units(shop, "picked") == (0, 3, 0)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("nope",), "no order nope"),
        (("1042", "--line", "7"), "no line 7"),
        (("1042", "--line", "1:0"), "--line '1:0'"),
        (("1042", "--line", "1:x"), "--line '1:x'"),
        (("1042", "--reason", "boredom"), "reason"),
    ],
)
def test_a_wrong_name_is_wrong_use_and_changes_nothing(shop: Shell, words: tuple[str, ...], named: str) -> None:
    assert named in shop("cancel", *words, "--merchant", "acme", "--yes", code=2).err
    assert units(shop, "1042") == (3, 0, 0)
