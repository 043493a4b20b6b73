"""Real purchases of the extract as orders of the demo: their goods and prices, at a time that is not long ago."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from countermand.cli.demo.stories import (
    EVERY_SPLIT,
    HOLDERS_IN_TURN,
    LANGUAGES,
    PAID_IN_TURN,
    SELLER,
    SELLER_HOLDER,
    STORIES,
    THIRD_PARTY,
    WAREHOUSE,
    Paid,
    Story,
)
from countermand.cli.replay.uci import COUNTRIES, Invoice, Purchase, intake, invoices, is_purchase, purchase, total_of

MOST_LINES, MOST_UNITS = 6, 12
LEAST_TOTAL = 500
"""Pence: an order of less shows nothing about money."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """One order of the demo. `turn` counts from 0 over all of them."""

    turn: int
    story: Story
    body: Body
    placed_at: datetime

    @property
    def number(self) -> str:
        return str(self.body["number"])

    @property
    def fulfilment_orders(self) -> tuple[str, ...]:
        return tuple(each["id"] for each in self.body["fulfilment_orders"])


def demo_orders(files: list[Path], now: datetime) -> list[DemoOrder]:
    """As many orders as the stories want, each placed at a whole minute before `now`, in order of time."""
    hours = [
        (story.youngest + (story.oldest - story.youngest) * index / max(1, story.count - 1), story)
        for story in STORIES for index in range(story.count)
    ]
    hours.sort(key=lambda each: -each[0])
    paid = cycle(PAID_IN_TURN)
    made: list[DemoOrder] = []
    for turn, ((ago, story), (invoice, sold)) in enumerate(zip(hours, _purchases(files), strict=False)):
        placed_at = (now - timedelta(hours=ago)).replace(second=0, microsecond=0)
        body = _body(invoice, sold, turn, story.paid or next(paid), placed_at)
        made.append(DemoOrder(turn, story, body, placed_at))
    assert len(made) == len(hours), "the extract has a purchase for each of the demo's orders"
    return made


def _purchases(files: list[Path]) -> Iterator[tuple[Invoice, Purchase]]:
    """Purchases of known customers, as far as a shop's customer would buy so many: the files are a wholesaler's."""
    for invoice in invoices(files):
        if is_purchase(invoice) and invoice.customer:
            sold = purchase(invoice)
            few = [each for each in sold.goods if each.quantity <= MOST_UNITS][:MOST_LINES]
            short = Purchase(tuple(few), sold.postage, sold.left_out)
            if few and total_of(short) >= LEAST_TOTAL:
                yield invoice, short


def _body(invoice: Invoice, sold: Purchase, turn: int, paid: Paid, placed_at: datetime) -> Body:
    body: Body = dict(intake(invoice, sold))
    country = COUNTRIES.get(invoice.country)
    body["placed_at"] = placed_at.isoformat()
    body["customer"] = {
        "name": f"Customer {invoice.customer}", "email": f"customer-{invoice.customer}@example.com",
        "locale": LANGUAGES.get(country or "", "en-GB"),
    }
    body["payments"] = payments(paid, total_of(sold), invoice.number)
    holder = HOLDERS_IN_TURN[turn % len(HOLDERS_IN_TURN)]
    if holder == SELLER_HOLDER:
        for line in body["lines"]:
            line["seller"] = SELLER
    units = [{"line": each.line, "quantity": each.quantity} for each in sold.goods]
    if turn % EVERY_SPLIT == EVERY_SPLIT - 1 and len(units) > 1 and holder != SELLER_HOLDER:
        half = len(units) // 2
        places = [("F1", WAREHOUSE, units[:half]), ("F2", THIRD_PARTY, units[half:])]
    else:
        places = [("F1", holder, units)]
    body["fulfilment_orders"] = [
        {"id": name, "holder": where, "stage": "unreleased", "lines": lines} for name, where, lines in places
    ]
    return body


def payments(paid: Paid, total: int, number: str) -> list[Body]:
    """How it was paid. What is authorised or captured adds up to the total."""
    match paid:
        case Paid.CAPTURED:
            return [_card("p1", number, total, total)]
        case Paid.AUTHORISED:
            return [_card("p1", number, total, 0)]
        case Paid.SPLIT:
            voucher = total // 4
            gift_card = {**_card("p1", number, voucher, voucher), "method": "Gift card"}
            return [gift_card, _card("p2", number, total - voucher, 0)]
        case Paid.ON_ACCOUNT:
            return [{"id": "p1", "provider": "invoice", "state": "on_account", "method": "Invoice, 30 days"}]
        case Paid.BY_HAND:
            return [{"id": "p1", "provider": "bank-transfer", "reference": f"RF-{number}", "state": "captured",
                     "authorised": total, "captured": total, "method": "Bank transfer"}]


def _card(name: str, number: str, authorised: int, captured: int) -> Body:
    return {
        "id": name, "provider": "sandbox", "reference": f"demo-{number}-{name}",
        "state": "captured" if captured else "authorised", "authorised": authorised, "captured": captured,
        "method": "Card (sandbox)",
    }
