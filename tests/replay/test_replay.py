"""The extract of real history, replayed through the use cases on both engines."""

import subprocess
import sys
from pathlib import Path

from tests.cli.world import Shell
from tests.replay.test_ledger import EXTRACT, LEDGER


def test_a_still_warehouse_refunds_what_the_ledger_says_to_the_penny(
    command: str, tmp_path: Path, migrated_url: str
) -> None:
    refunds = tmp_path / "refunds.csv"
    subprocess.run([sys.executable, LEDGER / "run.py", EXTRACT, "--out", refunds], check=True, capture_output=True)
    shell = Shell(command, tmp_path, migrated_url)
    report = shell("replay", EXTRACT, "--warehouse", "still", "--ledger", refunds, "--json").json
    assert (report["orders"], report["lines"], report["cancellations"]) == (527, 6134, 192)
    assert report["requests"] == report["approved"] == report["states"]["completed"] == 150
    assert (report["units_cancelled"], report["refunded"], report["orders_refunded"]) == (2749, 519883, 142)
    assert (report["ledger_checked"], report["differences"], report["violations"]) == (142, [], [])
    assert report["invariants"] > 0
    shell("verify")
    assert "begins with an empty one" in shell("replay", "--merchant", "uci", code=4).err


def test_a_real_warehouse_asks_approves_declines_and_takes_back(
    command: str, tmp_path: Path, migrated_url: str
) -> None:
    shell = Shell(command, tmp_path, migrated_url)
    report = shell("replay", "--warehouse", "real", "--merchant", "real", "--json").json
    assert report["requests"] == 150
    assert report["awaiting"] > 0
    assert {"approve", "decline", "silent"} <= set(report["answers"])
    assert report["declined"]["already_despatched"] > 0
    assert report["declined"]["answer_overdue"] > 0
    assert {"refused at the door", "sent back"} <= set(report["goods"])
    assert 0 < report["refunded"] < 519883
    assert (report["differences"], report["violations"]) == ([], [])
    shell("verify", "--merchant", "real")


def test_a_ledger_that_differs_is_named_and_fails(command: str, tmp_path: Path, migrated_url: str) -> None:
    refunds = tmp_path / "refunds.csv"
    refunds.write_text("invoice,units,amount\n489434,1,1\n", encoding="utf-8")
    shell = Shell(command, tmp_path, migrated_url)
    report = shell("replay", "--limit", "20", "--ledger", refunds, "--json", code=1).json
    assert any("489434" in each for each in report["differences"])
