"""The ledger in SQL and the replay's own matching are two readings of one rule; they must agree to the penny."""

import csv
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from countermand.cli.replay.matching import Ledger, watched
from countermand.cli.replay.uci import Purchase, invoices, is_purchase, purchase
from countermand.model.money import share

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "tools" / "ledger"
EXTRACT = Path(str(files("countermand.data") / "online_retail_extract.csv.gz"))

TRICKY = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,PADS,PADS,60,2010-01-01 08:00:00,0.001,17850,EIRE
1,21730,LAMP,3,2010-01-01 08:00:00,1.995,17850,EIRE
1,POST,POSTAGE,1,2010-01-01 08:00:00,3.00,17850,EIRE
2,21730,LAMP,4,2010-01-02 08:00:00,2.00,17850,EIRE
2,21730,LAMP,4,2010-01-02 08:00:00,2.00,17850,EIRE
C3,21730,LAMP,-2,2010-01-02 08:00:00,1.995,17850,EIRE
C4,21730,LAMP,-3,2010-01-03 08:00:00,2.00,17850,EIRE
C5,21730,LAMP,-9,2010-01-04 08:00:00,1.995,17850,EIRE
C6,PADS,PADS,-60,2010-01-05 08:00:00,0.001,17850,EIRE
C7,21730,LAMP,-1,2010-01-06 08:00:00,2.00,,EIRE
C8,D,Discount,-1,2010-01-06 08:00:00,9.00,17850,EIRE
"""


def by_sql(path: Path, tmp_path: Path) -> dict[str, tuple[int, int]]:
    out = tmp_path / "refunds.csv"
    subprocess.run([sys.executable, LEDGER / "run.py", path, "--out", out], check=True, capture_output=True)
    with out.open(encoding="utf-8", newline="") as text:
        return {row["invoice"]: (int(row["units"]), int(row["amount"])) for row in csv.DictReader(text)}


def by_matching(path: Path) -> dict[str, tuple[int, int]]:
    ledger = Ledger(watched(invoices([path])))
    bought: dict[str, Purchase] = {}
    taken: dict[str, dict[str, int]] = {}
    for invoice in invoices([path]):
        if is_purchase(invoice):
            bought[invoice.number] = purchase(invoice)
            ledger.add(invoice, bought[invoice.number])
        for order, lines in (ledger.match(invoice).orders if invoice.cancels else {}).items():
            for line, units in lines.items():
                rows = taken.setdefault(order, {})
                rows[line] = rows.get(line, 0) + units
    return {order: refund(bought[order], lines) for order, lines in taken.items()}


def refund(sold: Purchase, taken: dict[str, int]) -> tuple[int, int]:
    units = sum(taken.values())
    whole = units == sum(each.quantity for each in sold.goods)
    lines = sum(
        share(each.unit_price * each.quantity - each.discount, taken.get(each.line, 0), each.quantity)
        for each in sold.goods
    )
    return units, lines + (sold.postage if whole else 0)


def test_both_agree_on_every_purchase_of_the_extract(tmp_path: Path) -> None:
    expected = by_sql(EXTRACT, tmp_path)
    assert len(expected) > 100
    assert by_matching(EXTRACT) == expected


def test_both_agree_on_thirds_of_pennies_postage_and_cancellations_over_several_purchases(tmp_path: Path) -> None:
    path = tmp_path / "tricky.csv"
    path.write_text(TRICKY, encoding="utf-8")
    expected = by_sql(path, tmp_path)
    assert expected == {"1": (63, 6 + 598 + 300), "2": (8, 1600)}
    assert by_matching(path) == expected


def test_the_ledger_prints_its_total_as_json() -> None:
    ran = subprocess.run([sys.executable, LEDGER / "run.py", EXTRACT], check=True, capture_output=True, text=True)
    total = json.loads(ran.stdout.splitlines()[-1])
    assert total == {"invoices": 142, "units": 2749, "amount": 519883}


def test_the_ledger_uses_nothing_of_countermand() -> None:
    for path in LEDGER.iterdir():
        if path.is_file():
            assert "import countermand" not in path.read_text(encoding="utf-8")
            assert "from countermand" not in path.read_text(encoding="utf-8")
