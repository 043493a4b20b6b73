"""Which earlier purchase a cancelled row means, and how many of its units are left to cancel.

The files carry no link from a `C` invoice to its purchase. The rule (docs/replay.md, "Matching"): same customer and
stock code, purchase not later, equal unit price first, then the latest; several purchases if one is not enough;
never more than is left. The ledger in SQL (tools/ledger) holds the same rule and shares no code with this file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from countermand.cli.replay.uci import Invoice, Purchase, Row, is_goods

Wanted = tuple[str, str]
"""A customer and a stock code."""


@dataclass(slots=True)
class Bought:
    """One line of a purchase that some cancellation may mean. `left`: units not yet matched."""

    order: str
    line: str
    at: datetime
    price: Decimal
    left: int


@dataclass(frozen=True, slots=True)
class Match:
    order: str
    line: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Units of a cancelled row that no purchase explains, and why."""

    row: int
    sku: str
    units: int
    why: str


@dataclass(frozen=True, slots=True)
class Matched:
    """What one `C` invoice cancels: per purchase, in the order in which they were found, units per line."""

    orders: dict[str, dict[str, int]]
    unmatched: tuple[Unmatched, ...]


def watched(cancellations: Iterable[Invoice]) -> frozenset[Wanted]:
    """The pairs worth remembering: only purchases of these can ever be meant."""
    return frozenset(
        (invoice.customer, row.sku)
        for invoice in cancellations
        if invoice.cancels and invoice.customer
        for row in invoice.rows
        if row.quantity < 0 and is_goods(row.sku)
    )


@dataclass(slots=True)
class Ledger:
    """What is left of every purchase that a later `C` invoice may mean. Grows with the watched pairs only."""

    watch: frozenset[Wanted]
    bought: dict[Wanted, list[Bought]] = field(default_factory=dict)

    def add(self, invoice: Invoice, sold: Purchase) -> None:
        """Remember a purchase. Invoices come in time order."""
        if not invoice.customer:
            return
        for each in sold.goods:
            pair = (invoice.customer, each.sku)
            if pair in self.watch:
                line = Bought(invoice.number, each.line, invoice.at, each.price, each.quantity)
                self.bought.setdefault(pair, []).append(line)

    def match(self, invoice: Invoice) -> Matched:
        """Take the cancelled units out of what is left, row by row."""
        orders: dict[str, dict[str, int]] = {}
        unmatched: list[Unmatched] = []
        for row in invoice.rows:
            why = _why_not(invoice, row)
            missing = abs(row.quantity)
            if why is None:
                found, missing, why = self._take(invoice.customer, row)
                for each in found:
                    lines = orders.setdefault(each.order, {})
                    lines[each.line] = lines.get(each.line, 0) + each.quantity
            if missing and why is not None:
                unmatched.append(Unmatched(row.number, row.sku, missing, why))
        return Matched(orders, tuple(unmatched))

    def _take(self, customer: str, row: Row) -> tuple[list[Match], int, str | None]:
        missing = -row.quantity
        every = self.bought.get((customer, row.sku), [])
        found: list[Match] = []
        latest_first = every[::-1]
        equal_first = sorted(latest_first, key=lambda each: each.price != row.price)
        for line in equal_first:
            quantity = min(missing, line.left)
            if quantity:
                line.left -= quantity
                missing -= quantity
                found.append(Match(line.order, line.line, quantity))
        why = ("more_than_bought" if every else "no_purchase_before") if missing else None
        return found, missing, why


def _why_not(invoice: Invoice, row: Row) -> str | None:
    """Why a row of a `C` invoice cannot be matched at all; None = it can be tried."""
    if row.quantity >= 0:
        return "not_negative"
    if not is_goods(row.sku):
        return "not_goods"
    if not invoice.customer:
        return "no_customer"
    return None
