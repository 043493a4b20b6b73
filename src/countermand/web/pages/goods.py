"""Goods and their amounts as pages show them: what remains, what is cancelled, what came back."""

from dataclasses import dataclass

from countermand.model.money import share
from countermand.model.order import Counts, Line, Order, counts
from countermand.web.pages.words import Reader, text


@dataclass(frozen=True, slots=True)
class Goods:
    """One row of goods. `amount` is written, with the share of the line's discount and tax in it."""

    line: str
    name: str
    sku: str
    quantity: int
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class Groups:
    remaining: tuple[Goods, ...]
    cancelled: tuple[Goods, ...]
    returned: tuple[Goods, ...]


def line_total(order: Order, line: Line) -> int:
    """What the whole line cost, in minor units (DESIGN section 4: price - discount + tax)."""
    net = line.unit_price * (line.quantity - line.removed) - line.discount
    return net if order.prices_include_tax else net + line.tax


def amount_of(order: Order, line: Line, first: int, last: int) -> int:
    """What the units after the first `first` up to `last` are worth: shares are cumulative, so nothing is lost."""
    whole = line.quantity - line.removed
    if whole <= 0:
        return 0
    total = line_total(order, line)
    return share(total, min(last, whole), whole) - share(total, min(first, whole), whole)


def groups(order: Order, reader: Reader) -> Groups:
    """Every unit of the order in one of three groups. Cancelled units count first, as the settlement does."""
    remaining: list[Goods] = []
    cancelled: list[Goods] = []
    returned: list[Goods] = []
    for line in order.lines:
        now = counts(order, line.id)
        gone = now.cancelled
        back = now.returned
        asked = gone - line.removed
        if gone:
            cancelled.append(_row(order, line, reader, gone, amount_of(order, line, 0, asked)))
        if back:
            returned.append(_row(order, line, reader, back, amount_of(order, line, asked, asked + back)))
        left = now.quantity - gone - back
        if left:
            rest = amount_of(order, line, asked + back, now.quantity - line.removed)
            remaining.append(_row(order, line, reader, left, rest, where=_where(now)))
    return Groups(tuple(remaining), tuple(cancelled), tuple(returned))


def _where(now: Counts) -> str:
    words = []
    if now.held:
        words.append(text("{n} on hold", n=now.held))
    if now.despatched - now.returned > 0 and (now.open or now.held):
        words.append(text("{n} shipped", n=now.despatched - now.returned))
    return ", ".join(words)


def _row(
    order: Order, line: Line, reader: Reader, quantity: int, amount: int, where: str = ""
) -> Goods:
    each = text("{n} at {price}", n=reader.number(quantity), price=reader.money(line.unit_price, order.currency))
    detail = f"{each}, {where}" if where else each
    return Goods(line.id, line.title, line.sku, quantity, detail, reader.money(amount, order.currency))


@dataclass(frozen=True, slots=True)
class Tally:
    """Units of the whole order."""

    quantity: int
    open: int
    held: int
    cancelled: int
    despatched: int
    returned: int

    @property
    def live(self) -> int:
        """Units that are neither cancelled nor back."""
        return self.quantity - self.cancelled - self.returned


def tally(order: Order) -> Tally:
    rows = [row for each in order.fulfilment_orders for row in each.lines]
    return Tally(
        quantity=sum(row.quantity for row in rows), open=sum(row.open for row in rows),
        held=sum(row.held for row in rows), cancelled=sum(row.cancelled for row in rows),
        despatched=sum(row.despatched for row in rows), returned=sum(row.returned for row in rows),
    )
