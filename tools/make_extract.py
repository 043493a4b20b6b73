"""Cut the small extract that ships with Countermand out of the two full UCI files.

    python tools/make_extract.py online_retail_2009-2010.csv.gz online_retail_2010-2011.csv.gz

Whole customers are taken, in the order of a digest of their number, so that every cancellation keeps the purchases
it means; most of them cancelled something. A slice of rows without customer shows what is left out and why.
"""

import argparse
import csv
import gzip
import hashlib
import io
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/countermand/data/online_retail_extract.csv.gz"
LONGEST_INVOICE = 30
CUSTOMERS_WHO_CANCELLED = 120
CUSTOMERS_WHO_DID_NOT = 20
INVOICES_OF_A_CUSTOMER = 12
ROWS_WITHOUT_CUSTOMER = 60

Rows = dict[str, list[dict[str, str]]]


def invoices(files: list[Path]) -> Rows:
    """Every invoice once; of one that is in two files the first file's rows."""
    found: Rows = {}
    for path in files:
        here: Rows = defaultdict(list)
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                here[row["InvoiceNo"]].append(row)
        found = {**here, **found}
    return found


def chosen(every: Rows) -> Rows:
    """Whole customers with short invoices, and the first small invoices of each odd kind without customer."""
    of_customer: dict[str, list[str]] = defaultdict(list)
    for number, rows in every.items():
        of_customer[rows[0]["CustomerID"]].append(number)
    nobody = of_customer.pop("")
    small = {
        customer: numbers for customer, numbers in of_customer.items()
        if len(numbers) <= INVOICES_OF_A_CUSTOMER and all(len(every[each]) <= LONGEST_INVOICE for each in numbers)
    }
    by_digest = sorted(small, key=lambda customer: hashlib.sha256(customer.encode()).hexdigest())
    cancelled = [customer for customer in by_digest if any(each[0] == "C" for each in small[customer])]
    others = [customer for customer in by_digest if customer not in set(cancelled) and len(small[customer]) > 1]
    taken = cancelled[:CUSTOMERS_WHO_CANCELLED] + others[:CUSTOMERS_WHO_DID_NOT]
    numbers = {number for customer in taken for number in small[customer]}
    return {number: every[number] for number in numbers | odd(every, nobody)}


def odd(every: Rows, nobody: list[str]) -> set[str]:
    """Some of what has no customer: sales, corrections of stock, bookings, bad debt, cancellations."""
    kinds: dict[tuple[str, bool, bool], list[str]] = defaultdict(list)
    for number in sorted(nobody):
        rows = every[number]
        if len(rows) <= 3:
            first = rows[0]
            kinds[number[0], first["Quantity"].startswith("-"), float(first["UnitPrice"]) == 0].append(number)
    return {number for numbers in kinds.values() for number in numbers[: ROWS_WITHOUT_CUSTOMER // len(kinds)]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET)
    arguments = parser.parse_args()
    taken = chosen(invoices(arguments.files))
    rows = [row for number in sorted(taken) for row in taken[number]]
    rows.sort(key=lambda row: (row["InvoiceDate"], row["InvoiceNo"]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    packed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    arguments.out.write_bytes(packed)
    cancelling = sum(number.startswith("C") for number in taken)
    print(f"{arguments.out.name}: {len(rows)} rows, {len(taken)} invoices, {cancelling} of them cancel;"
          f" {len(packed)} bytes")


if __name__ == "__main__":
    main()
