"""The UCI "Online Retail II" files as a stream of whole invoices in time order, in flat memory.

Source: Chen, D. (2012) Online Retail II, UCI Machine Learning Repository, doi 10.24432/C5CG6D, CC BY 4.0.
What each kind of row becomes is written down once in docs/replay.md; tools/ledger holds the same rules as SQL.
"""

import csv
import gzip
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import IO

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
INVOICE_LASTS = timedelta(minutes=15)
"""Rows of one invoice may be minutes apart and lie between others; the longest in both files takes nine minutes."""

POSTAGE = frozenset({"POST", "DOT", "C2", "C3"})
NOT_GOODS = frozenset(
    {"D", "M", "m", "S", "B", "AMAZONFEE", "BANK CHARGES", "CRUK", "ADJUST", "ADJUST2", "TEST001", "TEST002"}
)
PENCE = Decimal(100)


class NotTheFormat(Exception):
    """The file is not one of the UCI files; the text says where it differs."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an invoice. `price`: pounds, as written. `number`: its line in the file, from 2."""

    number: int
    sku: str
    title: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice, whole. `at` is its first row's time; the files give no time zone and it is read as UTC."""

    number: str
    at: datetime
    customer: str
    country: str
    rows: tuple[Row, ...]

    @property
    def cancels(self) -> bool:
        return self.number.startswith("C")

    @property
    def place(self) -> tuple[datetime, bool, str]:
        """Where it stands in time: at the same minute purchases come before cancellations."""
        return self.at, self.cancels, self.number


@dataclass(slots=True)
class _Open:
    at: datetime
    customer: str
    country: str
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Goods:
    """A row that was sold, in pence: `unit_price * quantity - discount` is the row's total, rounded half to even."""

    line: str
    sku: str
    title: str
    quantity: int
    unit_price: int
    discount: int
    price: Decimal
    gift_card: bool


@dataclass(frozen=True, slots=True)
class Purchase:
    """What an invoice sold. `postage` in pence. `left_out`: how many rows were no sale, by kind."""

    goods: tuple[Goods, ...]
    postage: int
    left_out: dict[str, int]


def invoices(files: Iterable[Path]) -> Iterator[Invoice]:
    """Every invoice of all files once, in time order; of an invoice that is in two files the first file's counts."""
    previous = ""
    for invoice in heapq.merge(*map(_one_file, files), key=lambda each: each.place):
        if invoice.number != previous:
            yield invoice
        previous = invoice.number


def _one_file(path: Path) -> Iterator[Invoice]:
    with open_text(path) as text:
        yield from _whole(_rows(text, path.name))


def open_text(path: Path) -> IO[str]:
    """The file's text, unpacked on the way when its name ends in .gz."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _rows(text: IO[str], name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text)
    head = next(reader, [])
    if tuple(head) != COLUMNS:
        raise NotTheFormat(f"{name}: the columns must be {', '.join(COLUMNS)}")
    for number, cells in enumerate(reader, start=2):
        if len(cells) != len(COLUMNS):
            raise NotTheFormat(f"{name}, line {number}: {len(cells)} cells instead of {len(COLUMNS)}")
        yield number, cells


def _whole(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Invoice]:
    """Gather rows into invoices and let each go when time has moved on far enough."""
    waiting: dict[str, _Open] = {}
    last = ""
    for number, (invoice, sku, title, quantity, at, price, customer, country) in rows:
        if at != last:
            last = at
            present = datetime.fromisoformat(at).replace(tzinfo=UTC)
            yield from _over(waiting, present - INVOICE_LASTS)
        gathered = waiting.get(invoice)
        if gathered is None:
            gathered = waiting[invoice] = _Open(present, customer.strip(), country.strip())
        gathered.rows.append(Row(number, sku.strip(), title.strip(), int(quantity), Decimal(price)))
    yield from _over(waiting, None)


def _over(waiting: dict[str, _Open], before: datetime | None) -> list[Invoice]:
    """The invoices that began before then (None = all), taken out of `waiting`, in time order."""
    ready = [number for number, each in waiting.items() if before is None or each.at < before]
    taken = [(number, waiting.pop(number)) for number in ready]
    whole = [Invoice(number, each.at, each.customer, each.country, tuple(each.rows)) for number, each in taken]
    return sorted(whole, key=lambda each: each.place)


def is_purchase(invoice: Invoice) -> bool:
    """An invoice number of digits only; `C` cancels and `A` adjusts bad debt."""
    return invoice.number.isdigit()


def is_goods(sku: str) -> bool:
    """Something that can be cancelled: neither postage nor a booking."""
    return sku not in POSTAGE and sku not in NOT_GOODS


def purchase(invoice: Invoice) -> Purchase:
    """The rows of a purchase invoice as goods, postage and what is left out (docs/replay.md, rules 3 to 7)."""
    goods: list[Goods] = []
    postage = 0
    left_out: dict[str, int] = {}
    for row in invoice.rows:
        kind = why_left_out(row, invoice.customer)
        if kind is not None:
            left_out[kind] = left_out.get(kind, 0) + 1
        elif row.sku in POSTAGE:
            postage += pence(row.price * row.quantity)
        else:
            goods.append(_goods(row, str(len(goods) + 1)))
    return Purchase(tuple(goods), postage, left_out)


def why_left_out(row: Row, customer: str) -> str | None:
    """Why a row of a purchase invoice is no sale; None = it is one."""
    if row.quantity <= 0:
        return "stock_correction_negative"
    if row.price == 0 and not customer:
        return "stock_correction_free"
    if row.sku in NOT_GOODS:
        return "not_goods"
    return None


def _goods(row: Row, line: str) -> Goods:
    unit_price = int((row.price * PENCE).to_integral_value(ROUND_CEILING))
    discount = unit_price * row.quantity - pence(row.price * row.quantity)
    gift_card = row.sku.startswith("gift_") or row.sku == "GIFT"
    return Goods(line, row.sku, row.title or row.sku, row.quantity, unit_price, discount, row.price, gift_card)


def pence(pounds: Decimal) -> int:
    """Whole pence, rounded half to even."""
    return int((pounds * PENCE).to_integral_value(ROUND_HALF_EVEN))


COUNTRIES = {
    "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Bermuda": "BM", "Brazil": "BR",
    "Canada": "CA", "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE", "Finland": "FI",
    "France": "FR", "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS", "Israel": "IL",
    "Italy": "IT", "Japan": "JP", "Korea": "KR", "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT",
    "Netherlands": "NL", "Nigeria": "NG", "Norway": "NO", "Poland": "PL", "Portugal": "PT", "RSA": "ZA",
    "Saudi Arabia": "SA", "Singapore": "SG", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH", "Thailand": "TH",
    "USA": "US", "United Arab Emirates": "AE", "United Kingdom": "GB",
}
"""ISO 3166-1 codes; "Channel Islands", "European Community", "Unspecified" and "West Indies" name no one country."""


def intake(invoice: Invoice, sold: Purchase, *, holder: str | None = None) -> dict[str, object]:
    """The order as `POST /orders` takes it: paid in full, not yet released."""
    lines: list[dict[str, object]] = [
        {"id": each.line, "sku": each.sku, "title": each.title, "quantity": each.quantity,
         "unit_price": each.unit_price, "discount": each.discount,
         "kind": "gift_card" if each.gift_card else "goods"}
        for each in sold.goods
    ]
    total = total_of(sold)
    order: dict[str, object] = {
        "number": invoice.number,
        "placed_at": invoice.at.isoformat().replace("+00:00", "Z"),
        "currency": "GBP",
        "customer": {"name": f"Customer {invoice.customer}" if invoice.customer else None},
        "ship_to": {"country": COUNTRIES.get(invoice.country)},
        "lines": lines,
    }
    if sold.postage:
        order["shipping"] = {"amount": sold.postage}
    if total:
        order["payments"] = [
            {"id": "p1", "provider": "sandbox", "reference": f"uci-{invoice.number}", "state": "captured",
             "authorised": total, "captured": total}
        ]
    if holder is not None:
        units = [{"line": each.line, "quantity": each.quantity} for each in sold.goods]
        order["fulfilment_orders"] = [{"id": "F1", "holder": holder, "stage": "unreleased", "lines": units}]
    return order


def total_of(sold: Purchase) -> int:
    """What the customer paid, in pence."""
    return sold.postage + sum(each.unit_price * each.quantity - each.discount for each in sold.goods)
