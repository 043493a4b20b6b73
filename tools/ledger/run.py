"""Print what the UCI history must refund, from SQL over the raw files; nothing of Countermand is imported.

    python tools/ledger/run.py FILE.csv.gz… [--out refunds.csv]

The last line is JSON: invoices with a refund, units, minor units (pence). `--out` writes `invoice,units,amount`.
"""

import argparse
import csv
import gzip
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

RULES = Path(__file__).with_name("ledger.sql")


def rows(files: list[Path]) -> Iterator[tuple[int, int, str, str, str, str, str, str]]:
    """Every row of every file, as text, with the number of its file and its line."""
    for file_number, path in enumerate(files):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as text:
            for number, row in enumerate(csv.DictReader(text), start=2):
                yield (file_number, number, row["InvoiceNo"], row["StockCode"], row["Quantity"], row["InvoiceDate"],
                       row["UnitPrice"], row["CustomerID"])


def refunds(files: list[Path], folder: str) -> list[tuple[str, int, int]]:
    """Invoice, units, pence: one row for each purchase that gets money or goods back, in order of invoice."""
    with closing(sqlite3.connect(Path(folder) / "ledger")) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE raw (file INTEGER, row INTEGER, invoice TEXT, sku TEXT, quantity TEXT,"
                         " at TEXT, price TEXT, customer TEXT)")
        database.executemany("INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(files))
        database.executescript("BEGIN;" + RULES.read_text(encoding="utf-8") + "COMMIT;")
        found = database.execute("SELECT invoice, units, amount FROM refund ORDER BY CAST(invoice AS INTEGER)")
        return [(str(invoice), int(units), int(amount)) for invoice, units, amount in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, help="write invoice,units,amount as CSV")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = refunds(chosen.files, folder)
    if chosen.out:
        with chosen.out.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows([("invoice", "units", "amount"), *found])
    total = {"invoices": len(found), "units": sum(row[1] for row in found), "amount": sum(row[2] for row in found)}
    print(json.dumps(total))


if __name__ == "__main__":
    main()
