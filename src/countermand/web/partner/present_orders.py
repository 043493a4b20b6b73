"""A holder's or seller's list of orders: only what is theirs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from countermand.model.order import Order
from countermand.web.pages.look import Tag, line_tag
from countermand.web.pages.words import Reader, text


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    placed: str
    units: tuple[str, ...]
    tag: Tag


def order_rows(
    orders: Sequence[Order], holders: frozenset[str], seller: str | None, reader: Reader
) -> tuple[Row, ...]:
    return tuple(row for order in orders if (row := _row(order, holders, seller, reader)) is not None)


def _row(order: Order, holders: frozenset[str], seller: str | None, reader: Reader) -> Row | None:
    """None if nothing of the order is theirs."""
    here = {row.line for each in order.fulfilment_orders if each.holder in holders for row in each.lines}
    lines = [line for line in order.lines if (line.seller == seller if seller else line.id in here)]
    if not lines:
        return None
    units = tuple(text("{n} × {name}", n=line.quantity, name=line.title) for line in lines)
    shown = line_tag(order, [line.id for line in lines], staff=True)
    return Row(order.number, reader.moment(order.placed_at), units, shown)
